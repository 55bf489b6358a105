package components_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/ecsapi"
)

const (
	project   = "fargate-cd"
	stackName = "test"
	region    = "eu-central-1"
	accountID = "111122223333"
)

// recorder stands in for the engine and for AWS, and keeps what a program
// registers. It answers with names, ARNs and addresses made from the logical
// name, so that a test can tell where a value came from.
type recorder struct {
	// stack is the stack's name, by default "test".
	stack string
	// before is the service web as ECS describes it before the program runs. By default there is no cluster yet.
	before *types.Service
	// begun describes it once the program has registered something; nil = before.
	begun *types.Service
	// after describes it once the program has registered it, one description for each time that the program asks; the
	// last one stays. By default it runs the registered revision.
	after []*types.Service
	// revisions are the containers of task definitions, by ARN or family.
	revisions map[string]types.ContainerDefinition
	// newest is the number of the newest revision of the family.
	newest int
	// refusal is ECS's answer to every call.
	refusal error
	// zones is the answer to the question which zones there are. By default the region has some of each kind.
	zones answer
	// preview makes the run a preview.
	preview bool

	mutex sync.Mutex
	made  []*made
	// asked are the arguments of the last call of each provider function.
	asked map[string]map[string]any
}

// answer is what a provider function returns.
type answer struct {
	values map[string]any
	err    error
}

// made is one resource as the program registered it.
type made struct {
	// Kind is short for the type: lb.Listener for aws:lb/listener:Listener. Components have their whole type.
	Kind, Name, URN, Parent string
	Inputs                  map[string]any
	// DependsOn are the URNs of everything that the resource needs, by its inputs or by option.
	DependsOn, IgnoreChanges []string
	Component, Protect       bool
	RetainOnDelete           bool
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	rpc := args.RegisterRPC
	parent := resource.URN(rpc.GetParent())
	parentType := tokens.Type("")
	if parent != "" && parent.QualifiedType() != resource.RootStackType {
		parentType = parent.QualifiedType()
	}
	m := &made{
		Kind: kind(args.TypeToken), Name: args.Name, Parent: rpc.GetParent(), Inputs: args.Inputs.Mappable(),
		URN: string(resource.NewURN(tokens.QName(r.stack), project, parentType, tokens.Type(args.TypeToken), args.Name)),
		// An awsx component is a child like any other; it is AWS's to look into.
		Component: strings.HasPrefix(args.TypeToken, project+":"),
		DependsOn: slices.Sorted(slices.Values(rpc.GetDependencies())), IgnoreChanges: rpc.GetIgnoreChanges(),
		Protect: rpc.GetProtect(), RetainOnDelete: rpc.GetRetainOnDelete(),
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.made = append(r.made, m)
	_, typ, _ := strings.Cut(m.Kind, ".")
	return args.Name + "-" + strings.ToLower(typ), outputs(m, args.Inputs), nil
}

// kind makes a type token short.
func kind(token string) string {
	parts := strings.Split(token, ":")
	if parts[0] != "aws" {
		return token
	}
	return path.Dir(parts[1]) + "." + parts[2]
}

// outputs are a resource's inputs and what AWS adds. A resource takes those that its type has.
func outputs(m *made, inputs resource.PropertyMap) resource.PropertyMap {
	out := inputs.Copy()
	module, typ, _ := strings.Cut(m.Kind, ".")
	for key, value := range map[string]string{
		"name":          m.Name + "-0abcdef", // Pulumi's own suffix, where the program gives no name
		"bucket":        m.Name + "-0abcdef",
		"arn":           fmt.Sprintf("arn:aws:%s:%s:%s:%s/%s", module, region, accountID, strings.ToLower(typ), m.Name),
		"arnSuffix":     strings.ToLower(typ) + "/" + m.Name,
		"dnsName":       m.Name + ".elb.example",
		"endpoint":      "cognito.example/" + m.Name,
		"invokeUrl":     "https://" + m.Name + ".execute-api.example/",
		"repositoryUrl": "ecr.example/" + m.Name,
		"cloneUrlHttp":  "https://codecommit.example/" + m.Name,
		"cloneUrlSsh":   "ssh://codecommit.example/" + m.Name,
		"vpcId":         m.Name + "-id",
	} {
		if key == "arn" && m.Kind == "ecs.TaskDefinition" {
			value = fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s:9", region, accountID, m.Inputs["family"])
		}
		if _, given := out[resource.PropertyKey(key)]; !given {
			out[resource.PropertyKey(key)] = resource.NewProperty(value)
		}
	}
	if m.Kind == "awsx:ec2:Vpc" {
		for _, which := range []string{"public", "private"} {
			out[resource.PropertyKey(which+"SubnetIds")] = resource.NewProperty([]resource.PropertyValue{
				resource.NewProperty("subnet-" + which + "-1"), resource.NewProperty("subnet-" + which + "-2"),
			})
		}
	}
	return out
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	answers := map[string]map[string]any{
		"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": accountID},
		"aws:index/getPartition:getPartition":           {"partition": "aws"},
		"aws:index/getRegion:getRegion":                 {"name": region},
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.asked == nil {
		r.asked = map[string]map[string]any{}
	}
	r.asked[kind(args.Token)] = args.Args.Mappable()
	found, known := answers[args.Token]
	if args.Token == "aws:index/getAvailabilityZones:getAvailabilityZones" {
		zones, err := r.zonesFor(args.Args.Mappable())
		return resource.NewPropertyMapFromMap(zones), err
	}
	if !known {
		return nil, fmt.Errorf("the recorder has no answer to %s", args.Token)
	}
	return resource.NewPropertyMapFromMap(found), nil
}

// zonesFor is the answer to the question which zones there are, with its filters.
func (r *recorder) zonesFor(asked map[string]any) (map[string]any, error) {
	if r.zones.values != nil || r.zones.err != nil {
		return r.zones.values, r.zones.err
	}
	names := list{}
	for _, zone := range []struct{ name, kind, state string }{
		{region + "-loc-1a", "local-zone", "available"}, {region + "d", "availability-zone", "available"},
		{region + "a", "availability-zone", "unavailable"}, {region + "b", "availability-zone", "available"},
		{region + "c", "availability-zone", "available"},
	} {
		if wanted, ok := asked["state"]; ok && wanted != zone.state {
			continue
		}
		filters, _ := asked["filters"].(list)
		if !slices.ContainsFunc(filters, func(filter any) bool {
			f := filter.(object)
			return f["name"] != "zone-type" || !slices.Contains(f["values"].(list), any(zone.kind))
		}) {
			names = append(names, zone.name)
		}
	}
	return map[string]any{"names": names}, nil
}

// DescribeServices answers as ECS does.
func (r *recorder) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options),
) (*ecs.DescribeServicesOutput, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found := r.before
	if r.begun != nil && len(r.made) > 1 { // the stack is the first
		found = r.begun
	}
	if made := r.registered("ecs.Service", in.Services[0]); made != nil {
		found = runs(fmt.Sprint(made.Inputs["taskDefinition"]))
		if len(r.after) > 0 {
			found = r.after[0]
			r.after = r.after[min(1, len(r.after)-1):]
		}
	}
	switch {
	case r.refusal != nil:
		return nil, r.refusal
	case found == nil:
		return nil, &types.ClusterNotFoundException{}
	}
	return &ecs.DescribeServicesOutput{Services: []types.Service{*found}}, nil
}

// DescribeTaskDefinition answers with a known revision, or with one that the program has registered.
func (r *recorder) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	container, known := r.revisions[*in.TaskDefinition]
	if made := r.revision(*in.TaskDefinition); !known && made != nil {
		var containers []types.ContainerDefinition
		if err := json.Unmarshal([]byte(fmt.Sprint(made.Inputs["containerDefinitions"])), &containers); err != nil {
			return nil, err
		}
		container, known = containers[0], true
	}
	if !known {
		return nil, &types.ClientException{Message: aws.String("Unable to describe task definition.")}
	}
	number, err := strconv.Atoi((*in.TaskDefinition)[strings.LastIndex(*in.TaskDefinition, ":")+1:])
	if err != nil {
		number = r.newest
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{
		TaskDefinitionArn: in.TaskDefinition, Revision: int32(number), ContainerDefinitions: []types.ContainerDefinition{container},
	}}, nil
}

// revision is the task definition that the program has registered under an ARN, or nil.
func (r *recorder) revision(arn string) *made {
	for _, m := range r.made {
		if m.Kind == "ecs.TaskDefinition" && strings.HasSuffix(arn, fmt.Sprintf("/%s:9", m.Inputs["family"])) {
			return m
		}
	}
	return nil
}

// registered is a resource that the program has registered, or nil.
func (r *recorder) registered(kind, name string) *made {
	for _, m := range r.made {
		if m.Kind == kind && m.Name == name {
			return m
		}
	}
	return nil
}

// runs is a service at rest: its tasks run a revision, and nothing else of it runs.
func runs(revision string, change ...func(*types.Service)) *types.Service {
	service := &types.Service{
		Status: aws.String("ACTIVE"), TaskDefinition: &revision, DesiredCount: 1, RunningCount: 1,
		Deployments: []types.Deployment{{
			Status: aws.String("PRIMARY"), TaskDefinition: &revision, DesiredCount: 1, RunningCount: 1,
			RolloutState: types.DeploymentRolloutStateCompleted,
		}},
	}
	for _, each := range change {
		each(service)
	}
	return service
}

// run runs a program that must succeed.
func run(t *testing.T, r *recorder, program func(ctx *pulumi.Context) error) {
	t.Helper()
	require.NoError(t, r.run(program, nil))
}

// run runs a program with the recorder in the place of AWS.
func (r *recorder) run(program func(ctx *pulumi.Context) error, config map[string]string) error {
	if r.stack == "" {
		r.stack = stackName
	}
	asking := func(ctx *pulumi.Context) error { return program(ecsapi.With(ctx, r)) }
	return pulumi.RunErr(asking, pulumi.WithMocks(project, r.stack, r), func(info *pulumi.RunInfo) {
		info.Config, info.DryRun = config, r.preview
	})
}

// all are the resources of a kind, by name.
func (r *recorder) all(kind string) []*made {
	var found []*made
	for _, m := range r.sorted() {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// one is the resource of a kind and a name. There must be exactly one.
func (r *recorder) one(t *testing.T, kind, name string) *made {
	t.Helper()
	var found []*made
	for _, m := range r.all(kind) {
		if m.Name == name {
			found = append(found, m)
		}
	}
	require.Len(t, found, 1, "resources %s with the name %s", kind, name)
	return found[0]
}

// children counts the resources below a component, by kind.
func (r *recorder) children(t *testing.T, component, name string) map[string]int {
	t.Helper()
	parent := r.one(t, project+":components:"+component, name).URN
	count := map[string]int{}
	for _, m := range r.made {
		if m.Parent == parent {
			count[m.Kind]++
		}
	}
	return count
}

// sorted are all resources in an order that does not depend on timing.
func (r *recorder) sorted() []*made {
	return slices.SortedFunc(slices.Values(r.made), func(a, b *made) int { return strings.Compare(a.URN, b.URN) })
}

func names(resources []*made) []string {
	var list []string
	for _, m := range resources {
		list = append(list, m.Name)
	}
	return list
}

// dependsOn tells whether a resource needs another.
func (m *made) dependsOn(other *made) bool { return slices.Contains(m.DependsOn, other.URN) }
