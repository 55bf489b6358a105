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

	"fargate-cd/internal/concurrent"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/ecsapi"
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
	// EndpointServices are the AWS services that tasks reach through interface endpoints in a created network without a
	// way to the internet, beside those that every task needs, such as secretsmanager or ssm.
	EndpointServices []string
	// CapacityProviders adds Fargate's capacity providers to the cluster, for services with a capacity provider strategy.
	CapacityProviders bool
	// Exec creates the key and the log of the sessions of ECS Exec, for services with exec.
	Exec bool
	// ServiceConnect creates the namespace in which services reach each other.
	ServiceConnect bool
	// InternalClients opens the production listener of the internal load balancer to networks. By default only an API
	// reaches it.
	InternalClients bool
	// ForceDestroy lets the stack delete the bucket of the access logs with its logs, and the load balancers. By default
	// AWS refuses both.
	ForceDestroy bool
	// Alarms creates the topic of notifications even if nobody has subscribed to it, and lets alarms publish to it.
	Alarms bool
	// LogRetentionDays is how long access logs and flow logs are kept, in days. By default 30.
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
	// Public is the internet-facing load balancer. Internal is the one for services that the API, or clients in the
	// network, reach. Each is nil unless the arguments request it.
	Public, Internal *LoadBalancer
	// Account is the AWS account and region of the environment.
	Account Account

	name           string
	spec           Spec                  // zero for an existing environment; for a guest, what its host has
	host           string                // the stack whose environment this is; empty if it is of this stack or no stack's
	certificateArn pulumi.StringPtrInput // of the listeners; nil for HTTP
	accessLogs     *accessLogs           // of the load balancers; nil for none
	// logRetentionDays is how long logs are kept, in days.
	logRetentionDays int
	// topic gets the notifications, and topicPolicy lets AWS services publish to it; nil for none.
	topic          *sns.Topic
	topicPolicy    *sns.TopicPolicy
	alarms         bool // alarms publish to the topic
	pullThrough    pulumi.StringInput
	clusterName    string
	fixedName      string
	assignPublicIP bool
	// endpointServices are the services with an interface endpoint, beside those that every task needs.
	endpointServices []string
	internalClients  bool // reach the internal load balancer
	egress           []pulumi.Resource
	capacity         []pulumi.Resource  // of the cluster
	exec             *Exec              // of the cluster; nil for none
	namespace        pulumi.StringInput // ARN of the namespace of Service Connect; nil for none
	ecs              ecsapi.Client
}

// ECS returns the client with which components read the state of services in the environment.
func (e *Environment) ECS() ecsapi.Client { return e.ecs }

// Cluster returns the name of the cluster, which is known before anything is registered.
func (e *Environment) Cluster() string { return e.clusterName }

// FixedName returns what the fixed names of the stack's resources begin with. It is the name of the cluster, unless the
// cluster is that of another stack.
func (e *Environment) FixedName() string { return e.fixedName }

// Spec returns the settings of the environment. Those of a guest are the ones of its host that services depend on, and its
// own notifications.
func (e *Environment) Spec() Spec { return e.spec }

// InternalClients reports whether networks reach the internal load balancer, and not only an API.
func (e *Environment) InternalClients() bool { return e.internalClients }

// EndpointServices returns the services that tasks reach through interface endpoints, beside those that every task needs.
func (e *Environment) EndpointServices() []string { return e.endpointServices }

// EndpointsOnly reports whether tasks reach AWS through interface endpoints, and nothing
// else of the internet. It is false for an existing network.
func (e *Environment) EndpointsOnly() bool { return e.name != "" && e.spec.EndpointsOnly() }

// AssignPublicIP reports whether tasks get public addresses.
func (e *Environment) AssignPublicIP() bool { return e.assignPublicIP }

// Egress returns the routes or endpoints that a task in a private subnet needs to pull
// its image. It returns none for an existing network.
func (e *Environment) Egress() []pulumi.Resource { return e.egress }

// Capacity returns what a service with a capacity provider strategy needs in the cluster. It returns none for an existing
// cluster, which must have its capacity providers.
func (e *Environment) Capacity() []pulumi.Resource { return e.capacity }

// Exec returns what the sessions of ECS Exec use; nil without them, and for an existing cluster.
func (e *Environment) Exec() *Exec { return e.exec }

// New registers an Environment. It fails before registering anything when the
// arguments are not valid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Environment, error) {
	if args == nil {
		return nil, errors.New("the arguments of an Environment are missing")
	}
	given := *args
	defaults.Set(&given)
	spec := given.Spec
	spec.DeletionProtection = pulumi.BoolRef(spec.Protected(given.ForceDestroy))
	var found problems.List
	ValidateName("name", name, &found)
	if args.ClusterName == "" {
		found.Missing("clusterName", "the name of the ECS cluster")
	}
	spec.Validate("", &found)
	found.Retention("logRetentionDays", given.LogRetentionDays)
	validateLoadBalancers(given.LoadBalancers, name, &spec, &found)
	if err := found.Err(); err != nil {
		return nil, err
	}

	invokeOpts, err := invokeOptions(opts)
	if err != nil {
		return nil, err
	}
	var client ecsapi.Client
	var inZones, inNetwork, inHostedZone problems.List
	errs := concurrent.Run(4,
		func() (err error) { client, err = ecsapi.New(ctx, invokeOpts...); return err },
		func() (err error) { spec.AvailabilityZones, err = spec.zones(ctx, invokeOpts, &inZones); return err },
		func() error { return spec.checkVpc(ctx, given.LoadBalancers, invokeOpts, &inNetwork) },
		func() error { return spec.checkHostedZone(ctx, invokeOpts, &inHostedZone) },
	)
	if err := cmp.Or(errs...); err != nil {
		return nil, err
	}
	for _, list := range []problems.List{inZones, inNetwork, inHostedZone} {
		found.Append(list)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}

	e := &Environment{
		spec: spec, name: name, clusterName: args.ClusterName, fixedName: args.ClusterName, assignPublicIP: spec.AssignPublicIP, ecs: client,
		endpointServices: slices.Compact(slices.Sorted(slices.Values(args.EndpointServices))), logRetentionDays: given.LogRetentionDays, alarms: given.Alarms,
	}
	if err := ctx.RegisterComponentResource(typeToken, name, e, opts...); err != nil {
		return nil, fmt.Errorf("registering environment %s: %w", name, err)
	}
	e.Account = lookupAccount(ctx, pulumi.Parent(e))
	publicSubnetIDs, err := e.newNetwork(ctx, name)
	if err != nil {
		return nil, err
	}
	if given.Exec {
		if err := e.newExec(ctx, name); err != nil {
			return nil, err
		}
	}
	if err := e.newCluster(ctx, name, args.ClusterName); err != nil {
		return nil, err
	}
	if given.CapacityProviders {
		if err := e.newCapacity(ctx, name); err != nil {
			return nil, err
		}
	}
	if given.ServiceConnect {
		if err := e.newNamespace(ctx, name); err != nil {
			return nil, err
		}
	}
	if e.certificateArn, err = e.newCertificate(ctx, name); err != nil {
		return nil, err
	}
	if err := e.newAccessLogs(ctx, name, &given); err != nil {
		return nil, err
	}
	if err := e.newFlowLogs(ctx, name); err != nil {
		return nil, err
	}
	if err := e.newTopic(ctx); err != nil {
		return nil, err
	}
	if err := e.newPullThroughCache(ctx, name); err != nil {
		return nil, err
	}
	outputs := pulumi.Map{
		"clusterArn": e.ClusterArn, "clusterName": e.ClusterName, "vpcId": e.VpcID, "taskSubnetIds": e.TaskSubnetIDs,
	}
	public := slices.Contains(given.LoadBalancers, LoadBalancerPublic)
	if public {
		if e.Public, err = e.newLoadBalancer(ctx, publicBalancer(name, &spec, publicSubnetIDs)); err != nil {
			return nil, err
		}
		outputs[LoadBalancerPublic] = e.Public.outputs()
	}
	if slices.Contains(given.LoadBalancers, LoadBalancerInternal) {
		plan := internalBalancer(name, e.TaskSubnetIDs, spec.DomainName != "" && !public)
		if given.InternalClients {
			plan.ingress, e.internalClients = spec.InternalIngress(), true
		}
		if e.Internal, err = e.newLoadBalancer(ctx, plan); err != nil {
			return nil, err
		}
		outputs[LoadBalancerInternal] = e.Internal.outputs()
	}
	return e, ctx.RegisterResourceOutputs(e, outputs)
}
