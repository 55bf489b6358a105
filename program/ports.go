package program

// portView is a service as if it had only one of its ports. key is the path of the port's keys in the configuration,
// relative to the service; empty for containerPort.
type portView struct {
	Service
	key string
}

// portViews returns a view of the service for each of its ports, containerPort first.
func (s *Service) portViews() []portView {
	views := []portView{{*s, ""}}
	for _, route := range s.AdditionalRoutes(s.Name) {
		view := portView{*s, route.Key}
		view.Name, view.Spec = route.Name, route.Spec
		views = append(views, view)
	}
	return views
}
