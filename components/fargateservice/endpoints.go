package fargateservice

// EndpointServices returns the interface endpoint names of the AWS services that the
// tasks need, in addition to those that every task needs.
func (s *Spec) EndpointServices() []string {
	var services []string
	for _, from := range s.allSecrets() {
		if secretPattern.MatchString(from) {
			services = append(services, "secretsmanager")
		} else {
			services = append(services, "ssm")
		}
	}
	if s.Exec { // kms for the key of the sessions ("Amazon ECS interface VPC endpoints", Amazon ECS Developer Guide)
		services = append(services, "kms", "ssmmessages")
	}
	return services
}
