package environment

import "fargate-cd/internal/problems"

// InternalSpec configures the access to the internal load balancer.
type InternalSpec struct {
	// InternalIngressCidrBlocks are the networks that can reach services with internalClients on the production
	// listener of the internal load balancer, such as the range of the VPC, of a peered network or of a VPN. By default
	// the range of the created network; required with vpcId. If other stacks use this environment, it also allows
	// internalClients in their services. The networks can reach all services on this load balancer without a token,
	// including services of other stacks that otherwise only their API can reach.
	InternalIngressCidrBlocks []string `json:"internalIngressCidrBlocks"`
}

// ValidateInternalClients reports networks without a service with internalClients, and such a service without networks
// in an existing VPC: the program does not know the range of that VPC.
func (s *Spec) ValidateInternalClients(prefix string, clients bool, found *problems.List) {
	switch {
	case !clients && len(s.InternalIngressCidrBlocks) > 0:
		found.Add(prefix+"internalIngressCidrBlocks", s.InternalIngressCidrBlocks, "it requires a service with internalClients, or internal in environment.loadBalancers")
	case clients && s.existingVpc() && len(s.InternalIngressCidrBlocks) == 0:
		found.Missing(prefix+"internalIngressCidrBlocks", "with internalClients and vpcId, the networks that reach the internal load balancer")
	}
}

// InternalIngress returns the networks that can reach the internal load balancer if it has clients other than the API.
func (s *Spec) InternalIngress() []string {
	if len(s.InternalIngressCidrBlocks) > 0 {
		return s.InternalIngressCidrBlocks
	}
	return []string{s.VpcCidrBlock}
}
