package environment

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/awsapi"
	"fargate-cd/internal/problems"
)

// GuestArgs are the inputs of NewGuest.
type GuestArgs struct {
	// Stack is the host, in the format of SharingSpec.Stack. Required.
	Stack string
	// FixedName is the prefix of the fixed names of the guest's resources. Required.
	FixedName string
	// Notifications and Alarms are the settings of the guest's own notification topic.
	Notifications NotificationsSpec
	Alarms        bool
	// ServiceConnect creates a Service Connect namespace for the services of the guest.
	ServiceConnect bool
	// Check is called after the environment has read the settings of the host, before it creates anything in AWS. By
	// default there is no check.
	Check func(*Environment) error
}

// NewGuest registers an Environment that uses the network, the cluster and the load balancers of another stack. It
// reads the outputs of that stack, also in a preview. It creates only the notification topic and the Service Connect
// namespace.
func NewGuest(ctx *pulumi.Context, name string, args *GuestArgs, opts ...pulumi.ResourceOption) (*Environment, error) {
	if args == nil {
		return nil, errors.New("the arguments of a guest Environment are missing")
	}
	var found problems.List
	ValidateName("name", name, &found)
	if args.Stack == "" {
		found.Missing("stack", "the stack that has the environment")
	}
	if args.FixedName == "" {
		found.Missing("fixedName", "the beginning of the fixed names of the stack's resources")
	}
	args.Notifications.Validate("notifications.", &found)
	if err := found.Err(); err != nil {
		return nil, err
	}
	invokeOpts, err := invokeOptions(opts)
	if err != nil {
		return nil, err
	}
	client, err := awsapi.New(ctx, invokeOpts...)
	if err != nil {
		return nil, err
	}
	e := &Environment{name: name, fixedName: args.FixedName, host: args.Stack, alarms: args.Alarms, ecs: client}
	if err := ctx.RegisterComponentResource(typeToken, name, e, opts...); err != nil {
		return nil, fmt.Errorf("registering environment %s: %w", name, err)
	}
	e.Account = LookupAccount(ctx, pulumi.Parent(e))
	host, err := e.readHost(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.use(host); err != nil {
		return nil, err
	}
	e.spec.Notifications = args.Notifications
	if args.Check != nil {
		if err := args.Check(e); err != nil {
			return nil, err
		}
	}
	if err := e.newTopic(ctx); err != nil {
		return nil, err
	}
	if args.ServiceConnect {
		if err := e.newNamespace(ctx, name); err != nil {
			return nil, err
		}
	}
	return e, ctx.RegisterResourceOutputs(e, e.outputs())
}

// readStackOutputs is the engine function that a stack reference calls to read the outputs of a stack.
const readStackOutputs = "pulumi:pulumi:readStackOutputs"

// readHost reads the environment of the host from its stack outputs. It calls the engine function directly, because an
// error of a stack reference ends the program before the program can say what to do. The stack reference that it then
// registers is part of the guest's state, which shows who uses a host.
func (e *Environment) readHost(ctx *pulumi.Context) (*shared, error) {
	stack := e.host
	if !strings.Contains(stack, "/") { // a bare name would refer to a stack of the user's default organization
		stack = ctx.Organization() + "/" + ctx.Project() + "/" + stack
	}
	var read struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	// A raw call also succeeds if other outputs are secret.
	if _, err := ctx.InvokePackageRaw(readStackOutputs, map[string]any{"name": stack}, &read, ""); err != nil {
		return nil, fmt.Errorf("environment.stack: the outputs of the stack %q cannot be read: %w; run up on that stack first", e.host, err)
	}
	output := read.Outputs[OutputName]
	if output == nil {
		return nil, fmt.Errorf("environment.stack: the stack %q has no output %q: set environment.loadBalancers in its stack file, "+
			"and run up on it first", e.host, OutputName)
	}
	if _, err := pulumi.NewStackReference(ctx, e.name+"-host", &pulumi.StackReferenceArgs{Name: pulumi.String(stack)}, pulumi.Parent(e)); err != nil {
		return nil, fmt.Errorf("referring to the stack %q: %w", e.host, err)
	}
	text, err := json.Marshal(output)
	if err != nil {
		return nil, fmt.Errorf("reading the output %q of stack %q: %w", OutputName, e.host, err)
	}
	host := &shared{}
	if err := json.Unmarshal(text, host); err != nil {
		return nil, fmt.Errorf("reading the output %q of stack %q: %w; run up on it with the program of this version", OutputName, e.host, err)
	}
	return host, nil
}

// use copies the settings of the host that the services of the guest need.
func (e *Environment) use(host *shared) error {
	e.spec = Spec{
		AssignPublicIP: host.AssignPublicIP, NatGatewayStrategy: host.NatGatewayStrategy, CertificateArn: pulumi.String(host.CertificateArn),
		DomainName: host.DomainName, ListenerPort: host.ListenerPort, TestListenerPort: host.TestListenerPort,
	}
	e.clusterName, e.assignPublicIP, e.endpointServices = host.ClusterName, host.AssignPublicIP, host.EndpointServices
	e.internalClients = host.InternalClients
	if host.Exec != nil {
		e.exec = &Exec{KeyArn: pulumi.String(host.Exec.KeyArn).ToStringOutput(), LogGroupArn: pulumi.String(host.Exec.LogGroupArn).ToStringOutput()}
	}
	if missing := host.missing(); missing != "" {
		return fmt.Errorf("the output %q of stack %q has no %s: run up on it with the program of this version", OutputName, e.host, missing)
	}
	e.VpcID, e.TaskSubnetIDs = pulumi.String(host.VpcID).ToStringOutput(), pulumi.ToStringArray(host.TaskSubnetIDs).ToStringArrayOutput()
	e.Public = host.Public.of(e, publicLabel)
	e.Internal = host.Internal.of(e, LoadBalancerInternal)
	e.ClusterName = pulumi.String(host.ClusterName).ToStringOutput()
	e.ClusterArn = e.Account.Arn("ecs", "cluster/%s", host.ClusterName)
	return nil
}

// missing returns the first required key without a value; empty if no key is missing.
func (s *shared) missing() string {
	switch {
	case s.ClusterName == "":
		return "clusterName"
	case s.VpcID == "":
		return "vpcId"
	case len(s.TaskSubnetIDs) == 0:
		return "taskSubnetIds"
	}
	for _, balancer := range []*sharedBalancer{s.Public, s.Internal} {
		switch {
		case balancer == nil:
		case balancer.ListenerArn == "":
			return "listenerArn"
		case balancer.SecurityGroupID == "":
			return "securityGroupId"
		}
	}
	return ""
}

// of returns a load balancer of the host as a LoadBalancer, or nil if the host has none of this kind.
func (b *sharedBalancer) of(e *Environment, label string) *LoadBalancer {
	if b == nil {
		return nil
	}
	out := &LoadBalancer{
		DNSName: pulumi.String(b.DNSName).ToStringOutput(), SecurityGroupID: pulumi.String(b.SecurityGroupID).ToStringOutput(),
		ListenerArn: pulumi.String(b.ListenerArn).ToStringOutput(), ListenerPort: e.spec.ProductionPort(), ServerName: e.spec.DomainName,
		label: label, host: pulumi.String(b.Host).ToStringOutput(), hasTestListener: b.TestListenerArn != "", https: e.spec.HTTPS(),
		listenerArn: b.ListenerArn,
	}
	if out.hasTestListener {
		out.TestListenerArn = pulumi.String(b.TestListenerArn).ToStringOutput()
	}
	out.deriveArns()
	return out
}
