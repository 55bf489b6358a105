package environment

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// Spec holds the settings of an environment that a stack file can set.
type Spec struct {
	// VpcCidrBlock is the address range of the created network, from /16 to /25.
	VpcCidrBlock string `json:"vpcCidrBlock" default:"10.0.0.0/16"`
	// AvailabilityZones are the two availability zones of the created network, such as eu-central-1a. By default the
	// first two available zones. Set them for a long-lived stack: when the available zones change, the default moves
	// the subnets, and everything in them, to other zones.
	AvailabilityZones []string `json:"availabilityZones"`
	// NatGatewayStrategy is the number of NAT gateways: Single (one), OnePerAz (one in each zone), or None. With None
	// the tasks have either public addresses (assignPublicIp), which costs least, or no internet access. Without
	// internet access they reach the AWS services that they need through interface endpoints, and every image,
	// including the first one, must be in Amazon ECR.
	NatGatewayStrategy string `json:"natGatewayStrategy" default:"Single"`
	// VpcID is the id of an existing VPC to use instead of a created network.
	VpcID pulumi.StringInput `json:"vpcId"`
	// PublicSubnetIDs are the subnets of the internet-facing load balancer, in two zones or more. Required with vpcId.
	PublicSubnetIDs pulumi.StringArrayInput `json:"publicSubnetIds"`
	// PrivateSubnetIDs are the subnets of the tasks and of the internal load balancer, which needs two in different
	// zones. Only with vpcId. By default the tasks run in the public subnets, which requires assignPublicIp.
	PrivateSubnetIDs pulumi.StringArrayInput `json:"privateSubnetIds"`
	// AssignPublicIP runs the tasks in the public subnets, with public addresses.
	AssignPublicIP bool `json:"assignPublicIp"`
	// CertificateArn is the ARN of a certificate in AWS Certificate Manager, in the region of the stack. With it every
	// listener uses HTTPS, and the internet-facing load balancer redirects HTTP. By default HTTPS requires domainName and
	// hostedZoneId.
	CertificateArn pulumi.StringInput `json:"certificateArn"`
	// DomainName is the domain name of the load balancer, such as app.example.com. With it every listener uses HTTPS.
	// It requires certificateArn, with a certificate that covers the name, or hostedZoneId. Without an internet-facing
	// load balancer the name belongs to the internal one, and the API verifies its certificate by the name.
	DomainName string `json:"domainName"`
	// HostedZoneID is the Route 53 hosted zone of domainName. The stack creates an alias record there and, without
	// certificateArn, a certificate with its validation record. With certificateArn and without an internet-facing load
	// balancer it may be a private hosted zone. By default you point domainName to the load balancer yourself.
	HostedZoneID string `json:"hostedZoneId"`
	// ListenerPort is the port of the production listener; 0 means 80 for HTTP and 443 for HTTPS.
	ListenerPort int `json:"listenerPort"`
	// IngressCidrBlocks are the networks that can reach the production listener of the internet-facing load balancer,
	// and its redirect from HTTP.
	IngressCidrBlocks []string `json:"ingressCidrBlocks" default:"0.0.0.0/0"`
	// TestListenerPort is the port of the test listener, on which a blue/green deployment shows the new version before
	// it gets production traffic; 0 creates no test listener.
	TestListenerPort int `json:"testListenerPort"`
	// TestIngressCidrBlocks are the networks that can reach the test listener, such as the public addresses of an
	// office. Required with testListenerPort, unless the created network has only an internal load balancer. Its test
	// listener admits the range of the created network by default.
	TestIngressCidrBlocks []string `json:"testIngressCidrBlocks"`
	// AccessLogs stores the access logs of the load balancers in an S3 bucket, for logRetentionDays days.
	AccessLogs *bool `json:"accessLogs" default:"true"`
	// DesyncMitigationMode is the treatment of requests that a server could interpret differently from the load
	// balancer: monitor, defensive, or strictest, which admits only requests that comply with RFC 7230.
	DesyncMitigationMode string `json:"desyncMitigationMode" default:"defensive"`
	// IdleTimeoutSeconds is the maximum idle time of a connection to a load balancer, in seconds.
	IdleTimeoutSeconds int `json:"idleTimeoutSeconds" default:"60"`
	WafSpec
	InternalSpec
	// FlowLogs logs the connections in the created network to CloudWatch Logs, for logRetentionDays days. AWS charges
	// by the amount of data.
	FlowLogs bool `json:"flowLogs"`
	// Notifications sends messages about failed pipelines and deployments, and about pending approvals. By default
	// there are none. The topic is encrypted with its own KMS key.
	Notifications NotificationsSpec `json:"notifications"`
	// PullThroughCache makes builds pull base images of Docker Hub through Amazon ECR, which keeps a copy of them.
	// Dockerfiles need no change. By default builds pull from Docker Hub.
	PullThroughCache PullThroughCacheSpec `json:"pullThroughCache"`
	// DeletionProtection protects the load balancers and their listeners from deletion. AWS refuses to delete the load
	// balancers, and Pulumi refuses to delete the load balancers and listeners, and so to destroy the stack. By default
	// true, unless forceDestroy is true: a stack that may lose its data may also be destroyed.
	DeletionProtection *bool `json:"deletionProtection"`
}

// namePattern matches a name. The length is checked separately: this pattern cannot limit it.
var namePattern = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9]|-[A-Za-z0-9])*$`)

// Maximum lengths of an environment's name. The name of its load balancer has 32 characters at most: the environment's
// name, "-alb" and Pulumi's suffix of 8 characters.
const (
	maxNameLength = 20
	// The name of the internal load balancer is the environment's name, "-internal" and the same suffix.
	internalSuffix        = "-internal"
	maxInternalNameLength = 32 - len(internalSuffix) - 8
)

// ValidateName checks the name of an Environment. The names of AWS resources begin with it.
func ValidateName(key, name string, found *problems.List) {
	if !namePattern.MatchString(name) || len(name) > maxNameLength {
		found.Add(key, name, "1 to %d letters, digits and single hyphens, beginning with a letter and not ending in a hyphen: "+
			"AWS resources are named after it", maxNameLength)
	}
	found.Reserved(key, name, "internal-", "a load balancer")
	found.Reserved(key, name, "sg-", "a security group")
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *Spec) Validate(prefix string, found *problems.List) {
	s.Notifications.Validate(prefix+"notifications.", found)
	s.PullThroughCache.validate(prefix+"pullThroughCache.", found)
	s.validateNetwork(prefix, found)
	s.validateCertificate(prefix, found)
	s.validateBalancer(prefix, found)
	s.validateListeners(prefix, found)
}
