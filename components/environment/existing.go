package environment

import (
	"errors"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/awsapi"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// ExistingArgs are the inputs of Existing: a network, an ECS cluster and load
// balancers that exist already. Ids and ARNs may be outputs of another stack.
type ExistingArgs struct {
	// ClusterName is the name of the ECS cluster. Required. It is a plain string, because the program asks AWS which
	// services the cluster runs before it registers anything.
	ClusterName string
	// VpcID is the id of the VPC of the tasks and the load balancers. Required.
	VpcID pulumi.StringInput
	// TaskSubnetIDs are the ids of the subnets in which tasks run, 1 to 16. Required.
	TaskSubnetIDs pulumi.StringArrayInput
	// AssignPublicIP gives the tasks public addresses, which they need in public subnets.
	AssignPublicIP bool
	// Public is the load balancer of services that clients reach directly. Internal is the load balancer of services
	// that only an API reaches. At least one is required.
	Public, Internal *ExistingLoadBalancer
}

// ExistingLoadBalancer describes an application load balancer that exists already. A service adds rules to the
// listeners, each with a priority that no other rule of the listener has, and a rule for its port to the security
// group.
type ExistingLoadBalancer struct {
	// ListenerArn is the ARN of the production listener. Required.
	ListenerArn pulumi.StringInput
	// TestListenerArn is the ARN of the listener on which a blue/green deployment shows the new version. By default there
	// is no test listener.
	TestListenerArn pulumi.StringInput
	// SecurityGroupID is the id of the load balancer's security group. Required. The group must not have inline rules,
	// because services add rules to it as separate resources.
	SecurityGroupID pulumi.StringInput
	// ListenerPort is the port of the production listener. An API connects to the load balancer on this port. By default 80.
	ListenerPort int `default:"80"`
	// ServerName is the domain name by which an API verifies the certificate of the production listener. By default the
	// API uses HTTP.
	ServerName string
}

var listenerPattern = regexp.MustCompile(`^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:listener/app(/[\w-]+){3}$`)

// Existing returns an Environment for resources that exist already. It creates
// nothing. The options, such as pulumi.Provider, apply to its calls to AWS. It
// fails when a known value is not valid. A value that is not known yet is checked
// during the update, which fails when the value is not valid.
func Existing(ctx *pulumi.Context, args *ExistingArgs, opts ...pulumi.InvokeOption) (*Environment, error) {
	if args == nil {
		return nil, errors.New("the arguments of an existing Environment are missing")
	}
	var found problems.List
	if args.ClusterName == "" {
		found.Missing("clusterName", "the name of the ECS cluster")
	}
	if args.Public == nil && args.Internal == nil {
		found.Missing("public", "a load balancer, public or internal")
	}
	e := &Environment{
		VpcID:         found.Input("vpcId", args.VpcID, vpcPattern, vpcAllowed),
		TaskSubnetIDs: found.Inputs(args.TaskSubnetIDs, validateTaskSubnets).ToStringArrayOutput(),
		Public:        args.Public.check("public.", publicLabel, &found),
		Internal:      args.Internal.check("internal.", LoadBalancerInternal, &found),

		existing: true, clusterName: args.ClusterName, fixedName: args.ClusterName, assignPublicIP: args.AssignPublicIP,
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	var err error
	if e.ecs, err = awsapi.New(ctx, opts...); err != nil {
		return nil, err
	}
	e.Account = LookupAccount(ctx, opts...)
	e.ClusterName = pulumi.String(args.ClusterName).ToStringOutput()
	e.ClusterArn = e.Account.Arn("ecs", "cluster/%s", args.ClusterName)
	return e, nil
}

// validateTaskSubnets checks the subnets of the tasks.
func validateTaskSubnets(ids []string, found *problems.List) {
	if n := len(ids); n < 1 || n > maxSubnets {
		found.Add("taskSubnetIds", n, "1 to %d subnets", maxSubnets)
	}
	for i, id := range ids {
		found.Matches(problems.Indexed("taskSubnetIds", i), id, subnetPattern, subnetAllowed)
	}
}

// check validates the description and returns the load balancer, or nil when there is none.
func (b *ExistingLoadBalancer) check(prefix, label string, found *problems.List) *LoadBalancer {
	if b == nil {
		return nil
	}
	given := *b
	defaults.Set(&given)
	found.Between(prefix+"listenerPort", given.ListenerPort, 1, 65535)
	if given.ServerName != "" {
		found.Matches(prefix+"serverName", given.ServerName, domainPattern, "a domain name such as app.example.com")
	}
	const allowed = "the ARN of a listener of an application load balancer"
	out := &LoadBalancer{
		SecurityGroupID: found.SecurityGroup(prefix+"securityGroupId", given.SecurityGroupID),
		ListenerArn:     found.Input(prefix+"listenerArn", given.ListenerArn, listenerPattern, allowed),
		ListenerPort:    given.ListenerPort,
		ServerName:      given.ServerName,
		https:           given.ServerName != "",
		label:           label,
		hasTestListener: given.TestListenerArn != nil,
	}
	if out.hasTestListener {
		out.TestListenerArn = found.Input(prefix+"testListenerArn", given.TestListenerArn, listenerPattern, allowed)
	}
	if given.ListenerArn != nil {
		out.deriveArns()
	}
	return out
}
