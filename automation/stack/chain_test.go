package stack

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/sandbox"
)

// arrow is a dependency: AWS creates a resource of the type kind only after a resource of the type after.
type arrow struct{ after, kind, why string }

// arrows lists the dependencies that no program can avoid and that form long chains. The times of the types are in
// automation/sandbox/creationtimes.go.
var arrows = []arrow{
	{"ec2/vpc:Vpc", "ec2/subnet:Subnet", "a subnet is a part of a VPC"},
	{"ec2/vpc:Vpc", "ec2/securityGroup:SecurityGroup", "a security group belongs to a VPC"},
	{"ec2/subnet:Subnet", "lb/loadBalancer:LoadBalancer", "a load balancer is in subnets"},
	{"ec2/securityGroup:SecurityGroup", "lb/loadBalancer:LoadBalancer", "a load balancer is created with its groups"},
	{"lb/loadBalancer:LoadBalancer", "lb/listener:Listener", "a listener belongs to a load balancer"},
	{"lb/listener:Listener", "lb/listenerRule:ListenerRule", "a rule belongs to a listener"},
	{"lb/targetGroup:TargetGroup", "lb/listenerRule:ListenerRule", "a rule forwards to a target group"},
	{"lb/listenerRule:ListenerRule", "ecs/service:Service", "ECS refuses a target group that no load balancer uses"},

	{"ec2/subnet:Subnet", "ec2/natGateway:NatGateway", "a NAT gateway is in a subnet"},
	{"ec2/eip:Eip", "ec2/natGateway:NatGateway", "a NAT gateway is created with its address"},
	{"ec2/natGateway:NatGateway", "ecs/service:Service", "the tasks pull their image through it"},

	{"ecs/cluster:Cluster", "ecs/service:Service", "a service is in a cluster"},
	{"iam/role:Role", "ecs/taskDefinition:TaskDefinition", "a task definition names its roles"},
	{"ecs/taskDefinition:TaskDefinition", "ecs/service:Service", "a service runs a task definition"},
	{"ecs/service:Service", TasksRun, "Up ends when the tasks run"},

	{"ec2/securityGroup:SecurityGroup", "apigatewayv2/vpcLink:VpcLink", "the groups of a VPC link cannot change"},
	{"ec2/subnet:Subnet", "apigatewayv2/vpcLink:VpcLink", "the subnets of a VPC link cannot change"},
	{"apigatewayv2/vpcLink:VpcLink", "apigatewayv2/integration:Integration", "an integration names its VPC link"},
	{"lb/listener:Listener", "apigatewayv2/integration:Integration", "an integration names the listener"},
	{"apigatewayv2/integration:Integration", "apigatewayv2/route:Route", "a route leads to an integration"},

	{"kms/key:Key", "s3/bucketV2:BucketV2", "a bucket that cannot be deleted keeps its key"},
	{"s3/bucketV2:BucketV2", "s3/bucketVersioningV2:BucketVersioningV2", "versioning belongs to a bucket"},
	{"s3/bucketVersioningV2:BucketVersioningV2", "s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
		"rules for old versions need versions"},
	{"s3/bucketVersioningV2:BucketVersioningV2", "codepipeline/pipeline:Pipeline", "a new pipeline starts at once"},
	{"ecs/service:Service", "codedeploy/deploymentGroup:DeploymentGroup", "CodeDeploy refuses a service that does not exist"},
	{"codedeploy/deploymentGroup:DeploymentGroup", "codepipeline/pipeline:Pipeline", "a new pipeline starts at once"},
}

// token returns the full type of an arrow's field kind or after.
func token(kind string) string {
	if kind == TasksRun {
		return kind
	}
	return "aws:" + kind
}

// necessary returns the longest chain of arrows in a stack that has the given types.
func necessary(types map[string]bool) Chain {
	var endingWith func(kind string) Chain
	endingWith = func(kind string) Chain {
		takes := sandbox.CreationTime(kind)
		if kind == TasksRun {
			takes = sandbox.TaskStartTime
		}
		before := map[resource.URN]Chain{}
		for _, a := range arrows {
			if token(a.kind) == kind && types[token(a.after)] {
				before[resource.URN(a.after)] = endingWith(token(a.after))
			}
		}
		return append(longest(before), Link{Type: kind, Takes: takes})
	}
	all := map[resource.URN]Chain{}
	for kind := range types {
		all[resource.URN(kind)] = endingWith(kind)
	}
	return longest(all)
}

// requireShortChain requires that Up of the stack takes at most 5 % longer than AWS requires. It fails if a new
// dependency makes Up longer.
func requireShortChain(t *testing.T, s *Stack) {
	t.Helper()
	state, err := s.state(t.Context())
	require.NoError(t, err)
	g := newGraph(state.Resources)
	types := map[string]bool{TasksRun: true}
	for _, r := range state.Resources {
		types[string(r.Type)] = true
	}
	for _, a := range arrows {
		if types[token(a.after)] && types[token(a.kind)] && a.kind != TasksRun {
			require.True(t, g.follows(token(a.kind), token(a.after)), "%s needs %s (%s), and not in this stack: the arrow is wrong, "+
				"or the program forgets a dependency", a.kind, a.after, a.why)
		}
	}
	chain, err := s.LongestChain(t.Context())
	require.NoError(t, err)
	least := necessary(types)
	require.LessOrEqual(t, chain.Takes(), least.Takes()*105/100, "up waits for too much. The longest chain is\n%v\nand this is "+
		"necessary:\n%v\nRemove the dependency, or add an arrow with its reason if AWS requires it.", chain, least)
	t.Logf("the longest chain takes %s, %.3f of what is necessary", chain.Takes(), chain.Takes().Seconds()/least.Takes().Seconds())
}

// follows reports whether some resource of a type waits for one of another type, directly or indirectly.
func (g *graph) follows(kind, after string) bool {
	seen := map[resource.URN]bool{}
	var reaches func(urn resource.URN) bool
	reaches = func(urn resource.URN) bool {
		for _, other := range g.waitsFor(urn) {
			if string(g.resources[other].Type) == after {
				return true
			}
			if !seen[other] {
				seen[other] = true
				if reaches(other) {
					return true
				}
			}
		}
		return false
	}
	for urn, r := range g.resources {
		if clear(seen); string(r.Type) == kind && reaches(urn) {
			return true
		}
	}
	return false
}

func TestNecessary(t *testing.T) {
	chain := necessary(map[string]bool{
		"aws:ec2/vpc:Vpc": true, "aws:ec2/securityGroup:SecurityGroup": true, "aws:lb/loadBalancer:LoadBalancer": true,
		"aws:kms/key:Key": true, "aws:ec2/natGateway:NatGateway": true,
	})
	require.Equal(t, (14+4+165)*time.Second, chain.Takes())
	require.Len(t, chain, 3)
}

func TestLongestChain(t *testing.T) {
	at := func(kind, name string, parent resource.URN, needs ...resource.URN) apitype.ResourceV3 {
		return apitype.ResourceV3{
			URN: resource.NewURN("test", "p", "", tokens.Type(kind), name), Type: tokens.Type(kind),
			Custom: strings.HasPrefix(kind, "aws:"), Parent: parent, Dependencies: needs,
		}
	}
	component := at("p:components:Environment", "net", "")
	network := at("awsx:ec2:Vpc", "net", component.URN)
	vpc := at("aws:ec2/vpc:Vpc", "net", network.URN)
	subnet := at("aws:ec2/subnet:Subnet", "net", vpc.URN) // waits for its parent
	// The load balancer needs only the VPC, but gets its id together with all outputs of the network.
	balancer := at("aws:lb/loadBalancer:LoadBalancer", "web", component.URN, network.URN)
	listener := at("aws:lb/listener:Listener", "web", component.URN)
	listener.PropertyDependencies = map[resource.PropertyKey][]resource.URN{"loadBalancerArn": {balancer.URN}}
	service := at(serviceType, "web", component.URN, listener.URN)
	looked := at("aws:ec2/natGateway:NatGateway", "looked", component.URN)
	looked.External = true
	nat := at("aws:ec2/natGateway:NatGateway", "net", component.URN, network.URN, looked.URN)

	got := longest(newGraph([]apitype.ResourceV3{component, network, vpc, subnet, looked, nat, balancer, listener, service}).chains())

	var names []string
	for _, link := range got {
		names = append(names, fmt.Sprintf("%s %s %s", link.Type, link.Name, link.Takes))
	}
	require.Equal(t, []string{
		"aws:ec2/vpc:Vpc net 14s", "aws:ec2/subnet:Subnet net 1s", "aws:lb/loadBalancer:LoadBalancer web 2m45s",
		"aws:lb/listener:Listener web 1s", serviceType + " web 1s", TasksRun + " web 1m30s",
	}, names)
	require.Equal(t, 272*time.Second, got.Takes())
}

// With latency, Up takes at least as long as its longest chain.
func TestLatency(t *testing.T) {
	t.Parallel()
	o := inSandbox(newProject(t, ""))
	o.LatencyScale = 0.05

	s := open(t, o)
	got, err := s.Up(t.Context())

	require.NoError(t, err)
	chain, err := s.LongestChain(t.Context())
	require.NoError(t, err)
	require.Equal(t, Chain{{clusterType, "first", 11 * time.Second}, {clusterType, "second", 11 * time.Second}}, chain)
	require.GreaterOrEqual(t, got.DurationSeconds, chain.Takes().Seconds()*o.LatencyScale)
}
