package program

// portOfService is a view of a service with only one of its ports. key is the path of the port's keys in the
// configuration, relative to the service; empty for containerPort.
type portOfService struct {
	Service
	key string
}

// perPort returns the service once for each of its ports, containerPort first.
func (s *Service) perPort() []portOfService {
	out := []portOfService{{*s, ""}}
	for _, route := range s.AdditionalRoutes(s.Name) {
		port := portOfService{*s, route.Key}
		port.Name, port.Spec = route.Name, route.Spec
		out = append(out, port)
	}
	return out
}
