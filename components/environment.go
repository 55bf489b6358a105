package components

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/ecsapi"
)

const environmentType = "fargate-cd:components:Environment"

// NAT gateway strategies, named as awsx names them.
const (
	NatGatewayNone     = "None"     // no way out of the private subnets
	NatGatewaySingle   = "Single"   // one NAT gateway for all zones
	NatGatewayOnePerAz = "OnePerAz" // one NAT gateway in each zone
)

// EnvironmentSpec is the part of an environment that is plain configuration.
type EnvironmentSpec struct {
	// VpcCidrBlock is the address range of the created network, from /16 to /25.
	VpcCidrBlock string `json:"vpcCidrBlock" default:"10.0.0.0/16"`
	// AvailabilityZones are the two zones of the created network, such as eu-central-1a. By default the first two that
	// are available. Name them if the stack must last: when the available zones change, the default moves the subnets,
	// and everything in them, to other zones.
	AvailabilityZones []string `json:"availabilityZones"`
	// NatGatewayStrategy is Single (one NAT gateway), OnePerAz (one in each zone), or None, which costs nothing and
	// requires assignPublicIp.
	NatGatewayStrategy string `json:"natGatewayStrategy" default:"Single"`
	// VpcID is the id of an existing VPC to use instead of a created network.
	VpcID string `json:"vpcId"`
	// PublicSubnetIDs are the subnets of the internet-facing load balancer, in two zones or more. Required with vpcId.
	PublicSubnetIDs []string `json:"publicSubnetIds"`
	// PrivateSubnetIDs are the subnets of the tasks and of the internal load balancer, which needs two in different
	// zones. Only with vpcId. By default the tasks run in the public subnets, which requires assignPublicIp.
	PrivateSubnetIDs []string `json:"privateSubnetIds"`
	// AssignPublicIP runs the tasks in the public subnets, with public addresses.
	AssignPublicIP bool `json:"assignPublicIp"`
	// ListenerPort is the port of the production listener.
	ListenerPort int `json:"listenerPort" default:"80"`
	// IngressCidrBlocks are the networks that reach the production listener of the internet-facing load balancer.
	IngressCidrBlocks []string `json:"ingressCidrBlocks" default:"0.0.0.0/0"`
	// TestListenerPort is the port of the test listener, on which a blue/green deployment shows the new version before
	// it gets production traffic; 0 creates no test listener.
	TestListenerPort int `json:"testListenerPort"`
	// TestIngressCidrBlocks are the networks that reach the test listener, such as an office's public addresses.
	// Required with testListenerPort, unless the created network has only an internal load balancer, which admits the
	// network's own range by default.
	TestIngressCidrBlocks []string `json:"testIngressCidrBlocks"`
	// DeletionProtection makes AWS refuse to delete the load balancers.
	DeletionProtection bool `json:"deletionProtection"`
}

// EnvironmentArgs are the inputs of an Environment.
type EnvironmentArgs struct {
	EnvironmentSpec
	// ClusterName is the physical name of the ECS cluster. Required: it is fixed so that the
	// program can ask AWS what runs there before it registers anything.
	ClusterName string
	// LoadBalancers says which load balancers are made: LoadBalancerPublic, LoadBalancerInternal, or both.
	// By default LoadBalancerPublic.
	LoadBalancers []string `default:"public"`
}

// Environment is what the services of a stack share: a network, an ECS cluster
// and the load balancers.
type Environment struct {
	pulumi.ResourceState

	ClusterArn  pulumi.StringOutput `pulumi:"clusterArn"`
	ClusterName pulumi.StringOutput `pulumi:"clusterName"`
	VpcID       pulumi.StringOutput `pulumi:"vpcId"`
	// TaskSubnetIDs are the subnets in which tasks run.
	TaskSubnetIDs pulumi.StringArrayOutput `pulumi:"taskSubnetIds"`
	// Public is the internet-facing load balancer, and Internal the one for services that only the API
	// reaches. Each is nil unless LoadBalancers asks for it.
	Public, Internal *LoadBalancer

	spec        EnvironmentSpec
	clusterName string
	account     account
	ecs         ecsapi.Client
}

// account is where the stack lives, as the parts of an ARN.
type account struct {
	id, region, partition pulumi.StringOutput
}

// arn is the ARN of something in this account and region.
func (a account) arn(service string, format string, args ...any) pulumi.StringOutput {
	rest := pulumi.Sprintf(format, args...)
	return pulumi.Sprintf("arn:%s:%s:%s:%s:%s", a.partition, service, a.region, a.id, rest)
}

// NewEnvironment registers an Environment. It fails before registering
// anything when the arguments are not valid.
func NewEnvironment(
	ctx *pulumi.Context, name string, args *EnvironmentArgs, opts ...pulumi.ResourceOption,
) (*Environment, error) {
	if args == nil {
		return nil, errors.New("the arguments of an Environment are missing")
	}
	given := *args
	SetDefaults(&given)
	spec := given.EnvironmentSpec
	var faults Faults
	ValidateEnvironmentName("name", name, &faults)
	if args.ClusterName == "" {
		faults.Missing("clusterName", "the name of the ECS cluster")
	}
	spec.Validate("", &faults)
	validateLoadBalancers(given.LoadBalancers, name, &spec, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}

	client, err := ecsapi.New(ctx)
	if err != nil {
		return nil, err
	}
	if spec.AvailabilityZones, err = spec.zones(ctx, opts); err != nil {
		return nil, err
	}

	e := &Environment{spec: spec, clusterName: args.ClusterName, ecs: client}
	if err := ctx.RegisterComponentResource(environmentType, name, e, opts...); err != nil {
		return nil, fmt.Errorf("registering environment %s: %w", name, err)
	}
	e.account = account{
		id:        aws.GetCallerIdentityOutput(ctx, aws.GetCallerIdentityOutputArgs{}, pulumi.Parent(e)).AccountId(),
		region:    aws.GetRegionOutput(ctx, aws.GetRegionOutputArgs{}, pulumi.Parent(e)).Name(),
		partition: aws.GetPartitionOutput(ctx, aws.GetPartitionOutputArgs{}, pulumi.Parent(e)).Partition(),
	}
	publicSubnetIDs, err := e.newNetwork(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := e.newCluster(ctx, name, args.ClusterName); err != nil {
		return nil, err
	}
	outputs := pulumi.Map{
		"clusterArn": e.ClusterArn, "clusterName": e.ClusterName, "vpcId": e.VpcID, "taskSubnetIds": e.TaskSubnetIDs,
	}
	if slices.Contains(given.LoadBalancers, LoadBalancerPublic) {
		if e.Public, err = e.newLoadBalancer(ctx, publicBalancer(name, &spec, publicSubnetIDs)); err != nil {
			return nil, err
		}
		outputs[LoadBalancerPublic] = e.Public.outputs()
	}
	if slices.Contains(given.LoadBalancers, LoadBalancerInternal) {
		if e.Internal, err = e.newLoadBalancer(ctx, internalBalancer(name, e.TaskSubnetIDs)); err != nil {
			return nil, err
		}
		outputs[LoadBalancerInternal] = e.Internal.outputs()
	}
	return e, ctx.RegisterResourceOutputs(e, outputs)
}

// newNetwork sets VpcID and TaskSubnetIDs and returns the public subnets.
func (e *Environment) newNetwork(ctx *pulumi.Context, name string) (pulumi.StringArrayInput, error) {
	if e.spec.VpcID != "" {
		public := pulumi.ToStringArray(e.spec.PublicSubnetIDs)
		tasks := pulumi.ToStringArray(e.spec.PrivateSubnetIDs)
		if e.spec.AssignPublicIP {
			tasks = public
		}
		e.VpcID = pulumi.String(e.spec.VpcID).ToStringOutput()
		e.TaskSubnetIDs = tasks.ToStringArrayOutput()
		return public, nil
	}
	network, err := awsxec2.NewVpc(ctx, name+"-vpc", &awsxec2.VpcArgs{
		CidrBlock:             pulumi.StringRef(e.spec.VpcCidrBlock),
		AvailabilityZoneNames: e.spec.AvailabilityZones,
		SubnetStrategy:        ptr(awsxec2.SubnetAllocationStrategyAuto),
		SubnetSpecs: []awsxec2.SubnetSpecArgs{
			{Type: awsxec2.SubnetTypePublic},
			{Type: awsxec2.SubnetTypePrivate},
		},
		NatGateways: &awsxec2.NatGatewayConfigurationArgs{
			Strategy: awsxec2.NatGatewayStrategy(e.spec.NatGatewayStrategy),
		},
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
	}, pulumi.Parent(e), pulumi.Transforms([]pulumi.ResourceTransform{noPublicIPOnLaunch}))
	if err != nil {
		return nil, fmt.Errorf("creating VPC: %w", err)
	}
	// AWS gives each VPC a group that lets its members talk to one another: take its rules away (EC2.2).
	_, err = ec2.NewDefaultSecurityGroup(ctx, name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: network.VpcId,
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("emptying the VPC's default security group: %w", err)
	}
	e.VpcID = network.VpcId
	e.TaskSubnetIDs = network.PrivateSubnetIds
	if e.spec.AssignPublicIP {
		e.TaskSubnetIDs = network.PublicSubnetIds
	}
	return network.PublicSubnetIds, nil
}

// noPublicIPOnLaunch keeps public subnets from giving whatever starts in them a
// public address, as awsx lets them do (EC2.15). The tasks and NAT gateways of a
// public subnet have theirs all the same: ECS gives them by the service's
// assignPublicIp ("Amazon ECS task networking options for Fargate", ECS Developer
// Guide), a NAT gateway's is its own. It must be a transform: a transformation
// does not reach the resources that the awsx provider registers.
func noPublicIPOnLaunch(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if args.Type != "aws:ec2/subnet:Subnet" {
		return nil
	}
	args.Props["mapPublicIpOnLaunch"] = pulumi.Bool(false)
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}

func (e *Environment) newCluster(ctx *pulumi.Context, name, clusterName string) error {
	cluster, err := ecs.NewCluster(ctx, name+"-cluster", &ecs.ClusterArgs{
		Name: pulumi.String(clusterName),
		Settings: ecs.ClusterSettingArray{ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String("enabled"),
		}},
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating cluster: %w", err)
	}
	e.ClusterArn, e.ClusterName = cluster.Arn, cluster.Name
	return nil
}
