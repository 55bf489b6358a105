package environment

import "fargate-cd/internal/problems"

// InternalSpec configures who reaches the internal load balancer.
type InternalSpec struct {
	// InternalIngressCidrBlocks are the networks that reach services with internalClients on the production listener of the
	// internal load balancer, such as the range of the VPC, of a peered network or of a VPN. By default the range of the
	// created network; required with vpcId. With it, an environment that other stacks use lets their services have
	// internalClients. The networks reach all services on this load balancer without a token, also those of other stacks that
	// otherwise only their API reaches.
	InternalIngressCidrBlocks []string `json:"internalIngressCidrBlocks"`
}

// ValidateInternalClients reports networks without a service that they reach, and a service without networks: the program
// does not know the range of an existing VPC.
func (s *Spec) ValidateInternalClients(prefix string, clients bool, found *problems.List) {
	switch {
	case !clients && len(s.InternalIngressCidrBlocks) > 0:
		found.Add(prefix+"internalIngressCidrBlocks", s.InternalIngressCidrBlocks, "it requires a service with internalClients, or internal in environment.loadBalancers")
	case clients && s.VpcID != "" && len(s.InternalIngressCidrBlocks) == 0:
		found.Missing(prefix+"internalIngressCidrBlocks", "with internalClients and vpcId, the networks that reach the internal load balancer")
	}
}

// InternalIngress returns the networks that reach the internal load balancer if it has clients besides the API.
func (s *Spec) InternalIngress() []string {
	if len(s.InternalIngressCidrBlocks) > 0 {
		return s.InternalIngressCidrBlocks
	}
	return []string{s.VpcCidrBlock}
}
