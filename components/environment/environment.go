// Package environment creates the network, the ECS cluster and the load balancers that
// the services of a stack share. Existing uses resources that exist already instead.
package environment

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/awsapi"
	"fargate-cd/internal/concurrent"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:Environment"

// Args are the inputs of an Environment.
type Args struct {
	Spec
	// ClusterName is the physical name of the ECS cluster. Required. The name is fixed, so that the program can ask AWS
	// which services the cluster runs before it registers anything.
	ClusterName string
	// LoadBalancers lists the load balancers to create: LoadBalancerPublic, LoadBalancerInternal, or both.
	// By default LoadBalancerPublic. An empty list creates none.
	LoadBalancers []string `default:"public"`
	// EndpointServices lists additional AWS services that get an interface endpoint in a created network without
	// internet access, such as secretsmanager or ssm. The services that every task needs always get one there.
	EndpointServices []string
	// CapacityProviders adds Fargate's capacity providers to the cluster, for services with a capacity provider strategy.
	CapacityProviders bool
	// Exec creates the KMS key and the log group of ECS Exec sessions, for services with exec.
	Exec bool
	// ServiceConnect creates the Service Connect namespace, through which services reach each other.
	ServiceConnect bool
	// InternalClients opens the production listener of the internal load balancer to the networks of
	// Spec.InternalIngress. By default only an API can connect to it.
	InternalClients bool
	// ForceDestroy allows the deletion of the load balancers, and of the access log bucket with its logs. By default
	// AWS refuses both. For the load balancers, Spec.DeletionProtection takes precedence.
	ForceDestroy bool
	// Alarms creates the notification topic even if it has no subscribers, and lets alarms publish to it.
	Alarms bool
	// LogRetentionDays is the retention of the environment's logs, in days: access logs, flow logs, web ACL logs and
	// ECS Exec logs. By default 30.
	LogRetentionDays int `default:"30"`
}

// Environment holds the network, the ECS cluster and the load balancers that the
// services of a stack share. New creates these resources. NewGuest uses those of
// another stack. Existing uses resources that exist already and registers nothing.
type Environment struct {
	pulumi.ResourceState

	// ClusterArn and ClusterName identify the ECS cluster.
	ClusterArn  pulumi.StringOutput `pulumi:"clusterArn"`
	ClusterName pulumi.StringOutput `pulumi:"clusterName"`
	// VpcID is the id of the VPC of the environment.
	VpcID pulumi.StringOutput `pulumi:"vpcId"`
	// TaskSubnetIDs are the ids of the subnets in which tasks run.
	TaskSubnetIDs pulumi.StringArrayOutput `pulumi:"taskSubnetIds"`
	// Public is the internet-facing load balancer. Internal is the load balancer of services that only the API, or
	// clients in the network, can reach. Each is nil unless the arguments request it.
	Public   *LoadBalancer `pulumi:"public"`
	Internal *LoadBalancer `pulumi:"internal"`
	// Account is the AWS account and region of the environment.
	Account Account

	name           string                // empty for an existing environment
	existing       bool                  // Existing returned the environment
	spec           Spec                  // zero for an existing environment; read from the host for a guest
	host           string                // for a guest, the stack that owns the environment; otherwise empty
	certificateArn pulumi.StringPtrInput // of the listeners; nil for HTTP
	accessLogs     *accessLogs           // of the load balancers; nil for none
	// logRetentionDays is the retention of logs, in days.
	logRetentionDays int
	// topic receives the notifications. topicPolicy lets AWS services publish to it. Both are nil without
	// notifications.
	topic          *sns.Topic
	topicPolicy    *sns.TopicPolicy
	alarms         bool // alarms publish to the topic
	pullThrough    pulumi.StringInput
	clusterName    string
	fixedName      string
	assignPublicIP bool
	// endpointServices lists the services with an interface endpoint, in addition to those that every task needs.
	endpointServices []string
	internalClients  bool // clients other than an API can reach the internal load balancer
	egress           []pulumi.Resource
	capacity         []pulumi.Resource  // capacity providers of the cluster
	exec             *Exec              // of the cluster; nil for none
	namespace        pulumi.StringInput // ARN of the Service Connect namespace; nil for none
	ecs              awsapi.Client
}

// ECS returns the client through which components call the Amazon ECS API directly.
func (e *Environment) ECS() awsapi.Client { return e.ecs }

// Cluster returns the name of the cluster, which is known before anything is registered.
func (e *Environment) Cluster() string { return e.clusterName }

// FixedName returns the prefix of the fixed names of the stack's resources. It is the name of the cluster, unless the
// cluster belongs to another stack.
func (e *Environment) FixedName() string { return e.fixedName }

// Spec returns the settings of the environment. For a guest, these are the host's settings that services depend on, and
// the guest's own notifications.
func (e *Environment) Spec() Spec { return e.spec }

// InternalClients reports whether clients other than an API can reach the internal load balancer.
func (e *Environment) InternalClients() bool { return e.internalClients }

// EndpointServices returns the services with an interface endpoint, in addition to those that every task needs.
func (e *Environment) EndpointServices() []string { return e.endpointServices }

// Existing reports whether the environment consists of resources that exist already. Of these, Spec has no settings.
func (e *Environment) Existing() bool { return e.existing }

// EndpointsOnly reports whether tasks have no internet access and reach AWS only through VPC endpoints. It is false for
// an existing network.
func (e *Environment) EndpointsOnly() bool { return !e.existing && e.spec.EndpointsOnly() }

// AssignPublicIP reports whether tasks get public addresses.
func (e *Environment) AssignPublicIP() bool { return e.assignPublicIP }

// Egress returns the resources that must exist before a task in a private subnet can pull its image: routes, or
// endpoints with their security group rule. It returns none for an existing network and for a guest.
func (e *Environment) Egress() []pulumi.Resource { return e.egress }

// Capacity returns the resource that adds capacity providers to the cluster. A service with a capacity provider
// strategy depends on it. Capacity returns none for an existing cluster and for a guest, whose cluster must already
// have capacity providers.
func (e *Environment) Capacity() []pulumi.Resource { return e.capacity }

// Exec returns the key and the log group of ECS Exec sessions; nil without exec, and for an existing cluster.
func (e *Environment) Exec() *Exec { return e.exec }

// New registers an Environment. It fails before registering anything when the
// arguments are not valid.
//
// The ids of an existing network can be outputs. Then New checks the network, also with
// AWS, once all ids are known, and the resources that use an id fail. If the same program
// creates the network, pass outputs that are known only after its routes exist.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Environment, error) {
	if args == nil {
		return nil, errors.New("the arguments of an Environment are missing")
	}
	given := *args
	defaults.Set(&given)
	given.DeletionProtection = pulumi.BoolRef(given.Protected(given.ForceDestroy))
	if err := given.validate(name); err != nil {
		return nil, err
	}
	client, err := given.askAWS(ctx, opts)
	if err != nil {
		return nil, err
	}
	e := &Environment{
		spec: given.Spec, name: name, clusterName: given.ClusterName, fixedName: given.ClusterName,
		assignPublicIP: given.AssignPublicIP, ecs: client, logRetentionDays: given.LogRetentionDays, alarms: given.Alarms,
		endpointServices: slices.Compact(slices.Sorted(slices.Values(given.EndpointServices))),
		internalClients:  given.InternalClients && slices.Contains(given.LoadBalancers, LoadBalancerInternal),
	}
	if err := ctx.RegisterComponentResource(typeToken, name, e, opts...); err != nil {
		return nil, fmt.Errorf("registering environment %s: %w", name, err)
	}
	e.Account = LookupAccount(ctx, pulumi.Parent(e))
	if err := e.register(ctx, &given); err != nil {
		return nil, err
	}
	return e, ctx.RegisterResourceOutputs(e, e.outputs())
}

// validate reports the problems of the arguments that the program finds without AWS.
func (a *Args) validate(name string) error {
	var found problems.List
	ValidateName("name", name, &found)
	if a.ClusterName == "" {
		found.Missing("clusterName", "the name of the ECS cluster")
	}
	a.Spec.Validate("", &found)
	found.Retention("logRetentionDays", a.LogRetentionDays)
	validateLoadBalancers(a.LoadBalancers, name, &a.Spec, &found)
	return found.Err()
}

// askAWS creates the client for ECS. It chooses the availability zones of a created network, and checks with AWS an
// existing network, if its ids are known, and the hosted zone.
func (a *Args) askAWS(ctx *pulumi.Context, opts []pulumi.ResourceOption) (client awsapi.Client, err error) {
	invokeOpts, err := invokeOptions(opts)
	if err != nil {
		return nil, err
	}
	var inZones, inNetwork, inHostedZone problems.List
	errs := concurrent.Run(4,
		func() (err error) { client, err = awsapi.New(ctx, invokeOpts...); return err },
		func() (err error) { a.AvailabilityZones, err = a.zones(ctx, invokeOpts, &inZones); return err },
		func() error { return a.checkVpc(ctx, a.LoadBalancers, invokeOpts, &inNetwork) },
		func() error { return a.checkHostedZone(ctx, invokeOpts, &inHostedZone) },
	)
	if err := cmp.Or(errs...); err != nil {
		return nil, err
	}
	var found problems.List
	for _, list := range []problems.List{inZones, inNetwork, inHostedZone} {
		found.Append(list)
	}
	return client, found.Err()
}

// register creates the children in the order of their dependencies.
func (e *Environment) register(ctx *pulumi.Context, args *Args) error {
	publicSubnetIDs, err := e.newNetwork(ctx, e.name, args.LoadBalancers)
	if err != nil {
		return err
	}
	if err := e.registerCluster(ctx, args); err != nil {
		return err
	}
	if e.certificateArn, err = e.newCertificate(ctx, e.name); err != nil {
		return err
	}
	if err := e.newAccessLogs(ctx, e.name, args); err != nil {
		return err
	}
	if err := e.newFlowLogs(ctx, e.name); err != nil {
		return err
	}
	if err := e.newTopic(ctx); err != nil {
		return err
	}
	if err := e.newPullThroughCache(ctx, e.name); err != nil {
		return err
	}
	return e.newLoadBalancers(ctx, args.LoadBalancers, publicSubnetIDs)
}

// registerCluster creates the cluster, and those of its parts that the arguments request.
func (e *Environment) registerCluster(ctx *pulumi.Context, args *Args) error {
	if args.Exec {
		if err := e.newExec(ctx, e.name, args.ForceDestroy); err != nil {
			return err
		}
	}
	if err := e.newCluster(ctx, e.name, e.clusterName); err != nil {
		return err
	}
	if args.CapacityProviders {
		if err := e.newCapacity(ctx, e.name); err != nil {
			return err
		}
	}
	if args.ServiceConnect {
		return e.newNamespace(ctx, e.name)
	}
	return nil
}

// outputs returns the outputs of the component, of an environment of its own and of a guest's.
func (e *Environment) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"clusterArn": e.ClusterArn, "clusterName": e.ClusterName, "vpcId": e.VpcID, "taskSubnetIds": e.TaskSubnetIDs,
	}
	for name, balancer := range e.loadBalancers() {
		outputs[name] = balancer.outputs()
	}
	return outputs
}

// invokeOptions returns the environment's parent and provider as options for provider
// functions that run before the environment is registered.
func invokeOptions(opts []pulumi.ResourceOption) ([]pulumi.InvokeOption, error) {
	given, err := pulumi.NewResourceOptions(opts...)
	if err != nil {
		return nil, fmt.Errorf("reading the environment's options: %w", err)
	}
	var invokeOpts []pulumi.InvokeOption
	if given.Parent != nil {
		invokeOpts = append(invokeOpts, pulumi.Parent(given.Parent))
	}
	if given.Provider != nil {
		invokeOpts = append(invokeOpts, pulumi.Provider(given.Provider))
	}
	return invokeOpts, nil
}
