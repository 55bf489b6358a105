// Package enginetest simulates the Pulumi engine and AWS in unit tests of components
// and programs.
package enginetest

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
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/awsapi"
)

// The default project, stack, region and account of a program.
const (
	Project   = "fargate-cd"
	Stack     = "test"
	Region    = "eu-central-1"
	AccountID = "111122223333"
)

// Engine simulates the engine and AWS, and records the resources that a program
// registers. The outputs of a resource contain its logical name, so that a test can
// tell from which resource a value comes.
type Engine struct {
	// Stack is the stack's name, by default "test".
	Stack string
	// Before is the service that ECS returns before the program registers it. By default there is no cluster yet.
	Before *types.Service
	// WhileRegistering is the service that ECS returns after the program has registered the FargateService component, but
	// not yet the ECS service. By default ECS returns Before.
	WhileRegistering *types.Service
	// After lists the services that ECS returns after the program has registered the ECS service, one for each call. ECS
	// returns the last one repeatedly. By default the service runs the registered revision.
	After []*types.Service
	// Revisions holds the container of each task definition, by ARN or family.
	Revisions map[string]types.ContainerDefinition
	// Newest is the revision number in the answer to a request by family, which means the newest revision.
	Newest int
	// APIError is the error of every call to ECS and Elastic Load Balancing. By default calls succeed.
	APIError error
	// Zones is the result of getAvailabilityZones. By default the region has zones of several kinds.
	Zones Answer
	// Functions holds the other provider functions, by token. By default an existing network has everything that a
	// program requires.
	Functions map[string]Function
	// Stacks holds the outputs of other stacks, by their full name (organization/project/stack).
	Stacks map[string]map[string]any
	// Rules lists the rules on the listeners of other stacks. RuleTags holds the tags of each rule, by ARN.
	Rules    []elbtypes.Rule
	RuleTags map[string]map[string]string
	// Updated lists the program's own calls to UpdateService.
	Updated []*ecs.UpdateServiceInput
	// Preview makes the run a preview.
	Preview bool

	// Registered lists the resources that the program has registered.
	Registered []*Resource
	// LastArgs holds the arguments of the last call of each provider function, by the short form of its token.
	LastArgs map[string]map[string]any

	mutex sync.Mutex
}

// Function returns the result of a provider function for its arguments.
type Function func(args map[string]any) (map[string]any, error)

// Answer is the result of a provider function.
type Answer struct {
	Values map[string]any
	Err    error
}

// Resource is a resource that the program has registered.
type Resource struct {
	// Kind is the short form of an AWS type: lb.Listener for aws:lb/listener:Listener. For other types, such as
	// components, it is the complete type token.
	Kind, Name, URN, Parent string
	Inputs                  map[string]any
	// DependsOn lists the URNs of the resources on which the resource depends, by its inputs or by option.
	DependsOn, IgnoreChanges []string
	Component, Protect       bool
	RetainOnDelete           bool
	DeleteBeforeReplace      bool
	// Aliases lists the former URNs of the resource.
	Aliases []string
	// DeletedWith is the URN of the resource with which this resource is deleted; empty for none.
	DeletedWith string
}

// NewResource records the resource and returns its id and outputs.
func (e *Engine) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		outputs, err := e.readStack(args.ID)
		return args.ID, outputs, err
	}
	rpc := args.RegisterRPC
	parent := resource.URN(rpc.GetParent())
	parentType := tokens.Type("")
	if parent != "" && parent.QualifiedType() != resource.RootStackType {
		parentType = parent.QualifiedType()
	}
	m := &Resource{
		Kind: kind(args.TypeToken), Name: args.Name, Parent: rpc.GetParent(), Inputs: args.Inputs.Mappable(),
		URN: string(resource.NewURN(tokens.QName(e.Stack), Project, parentType, tokens.Type(args.TypeToken), args.Name)),
		// A component of awsx is recorded as a plain resource.
		Component: strings.HasPrefix(args.TypeToken, Project+":"),
		DependsOn: slices.Sorted(slices.Values(rpc.GetDependencies())), IgnoreChanges: rpc.GetIgnoreChanges(),
		Protect: rpc.GetProtect(), RetainOnDelete: rpc.GetRetainOnDelete(),
		DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(),
		DeletedWith:         rpc.GetDeletedWith(),
	}
	for _, alias := range rpc.GetAliases() {
		m.Aliases = append(m.Aliases, alias.GetUrn())
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.Registered = append(e.Registered, m)
	_, typ, _ := strings.Cut(m.Kind, ".")
	return args.Name + "-" + strings.ToLower(typ), outputs(m, args.Inputs), nil
}

// readStack returns the outputs of another stack.
func (e *Engine) readStack(name string) (resource.PropertyMap, error) {
	outputs, known := e.Stacks[name]
	if !known {
		return nil, fmt.Errorf("unknown stack %q", name)
	}
	return resource.NewPropertyMapFromMap(map[string]any{"name": name, "outputs": outputs}), nil
}

// DescribeRules returns Rules.
func (e *Engine) DescribeRules(context.Context, *elb.DescribeRulesInput, ...func(*elb.Options)) (*elb.DescribeRulesOutput, error) {
	return &elb.DescribeRulesOutput{Rules: e.Rules}, e.APIError
}

// DescribeTags returns RuleTags.
func (e *Engine) DescribeTags(_ context.Context, in *elb.DescribeTagsInput, _ ...func(*elb.Options)) (*elb.DescribeTagsOutput, error) {
	out := &elb.DescribeTagsOutput{}
	for _, arn := range in.ResourceArns {
		described := elbtypes.TagDescription{ResourceArn: aws.String(arn)}
		for key, value := range e.RuleTags[arn] {
			described.Tags = append(described.Tags, elbtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
		out.TagDescriptions = append(out.TagDescriptions, described)
	}
	return out, e.APIError
}

// kind returns the short form of a type token.
func kind(token string) string {
	parts := strings.Split(token, ":")
	if parts[0] != "aws" {
		return token
	}
	return path.Dir(parts[1]) + "." + parts[2]
}

// outputs returns a resource's inputs and the outputs that AWS would add. Every resource gets all of these outputs. The
// SDK ignores those that the type does not have.
func outputs(m *Resource, inputs resource.PropertyMap) resource.PropertyMap {
	out := inputs.Copy()
	module, typ, _ := strings.Cut(m.Kind, ".")
	for key, value := range map[string]string{
		"name":          m.Name + "-0abcdef", // with a suffix, as Pulumi adds if the program sets no name
		"bucket":        m.Name + "-0abcdef",
		"arn":           fmt.Sprintf("arn:aws:%s:%s:%s:%s/%s", module, Region, AccountID, strings.ToLower(typ), m.Name),
		"arnSuffix":     strings.ToLower(typ) + "/" + m.Name,
		"dnsName":       m.Name + ".elb.example",
		"endpoint":      "cognito.example/" + m.Name,
		"invokeUrl":     "https://" + m.Name + ".execute-api.example/",
		"executionArn":  "arn:aws:execute-api:" + m.Name,
		"repositoryUrl": "ecr.example/" + m.Name,
		"clientSecret":  "secret of " + m.Name,
		"cloneUrlHttp":  "https://codecommit.example/" + m.Name,
		"cloneUrlSsh":   "ssh://codecommit.example/" + m.Name,
		"vpcId":         m.Name + "-id",
		"allocationId":  m.Name + "-allocation",
		"zoneId":        "zone of " + m.Name,
		"fqdn":          "fqdn of " + m.Name,
	} {
		if key == "arn" && m.Kind == "ecs.TaskDefinition" {
			value = fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s:9", Region, AccountID, m.Inputs["family"])
		}
		if _, given := out[resource.PropertyKey(key)]; !given {
			out[resource.PropertyKey(key)] = resource.NewProperty(value)
		}
	}
	if m.Kind == "acm.Certificate" {
		out["domainValidationOptions"] = resource.NewPropertyValue([]any{map[string]any{
			"resourceRecordName": "name of " + m.Name, "resourceRecordType": "CNAME", "resourceRecordValue": "value of " + m.Name,
		}})
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

// Call returns the result of a provider function.
func (e *Engine) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "pulumi:pulumi:readStackOutputs" {
		return e.readStack(args.Args["name"].StringValue())
	}
	answers := map[string]map[string]any{
		"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": AccountID},
		"aws:index/getPartition:getPartition":           {"partition": "aws"},
		"aws:index/getRegion:getRegion":                 {"name": Region},
		"aws:ec2/getRouteTable:getRouteTable":           {"id": fmt.Sprintf("rtb-of-%v", args.Args["subnetId"].V)},
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.LastArgs == nil {
		e.LastArgs = map[string]map[string]any{}
	}
	e.LastArgs[kind(args.Token)] = args.Args.Mappable()
	answer, known := answers[args.Token]
	if args.Token == "aws:index/getAvailabilityZones:getAvailabilityZones" {
		zones, err := e.zonesFor(args.Args.Mappable())
		return resource.NewPropertyMapFromMap(zones), err
	}
	for _, functions := range []map[string]Function{e.Functions, networkAnswers} {
		if function := functions[args.Token]; function != nil {
			values, err := function(args.Args.Mappable())
			return resource.NewPropertyMapFromMap(values), err
		}
	}
	if !known {
		return nil, fmt.Errorf("the test engine has no answer to %s", args.Token)
	}
	return resource.NewPropertyMapFromMap(answer), nil
}

// zonesFor returns the zones that match the state and filters of getAvailabilityZones.
func (e *Engine) zonesFor(args map[string]any) (map[string]any, error) {
	if e.Zones.Values != nil || e.Zones.Err != nil {
		return e.Zones.Values, e.Zones.Err
	}
	names := []any{}
	for _, zone := range []struct{ name, kind, state string }{
		{Region + "-loc-1a", "local-zone", "available"}, {Region + "d", "availability-zone", "available"},
		{Region + "a", "availability-zone", "unavailable"}, {Region + "b", "availability-zone", "available"},
		{Region + "c", "availability-zone", "available"},
	} {
		if wanted, ok := args["state"]; ok && wanted != zone.state {
			continue
		}
		filters, _ := args["filters"].([]any)
		if !slices.ContainsFunc(filters, func(filter any) bool {
			f := filter.(map[string]any)
			return f["name"] != "zone-type" || !slices.Contains(f["values"].([]any), any(zone.kind))
		}) {
			names = append(names, zone.name)
		}
	}
	return map[string]any{"names": names}, nil
}

// DescribeServices returns Before, WhileRegistering or an element of After, depending on what the program has registered.
func (e *Engine) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options),
) (*ecs.DescribeServicesOutput, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	service := e.Before
	if e.WhileRegistering != nil && e.registered(Project+":components:FargateService", in.Services[0]) != nil {
		service = e.WhileRegistering
	}
	if registered := e.registered("ecs.Service", in.Services[0]); registered != nil {
		service = Runs(fmt.Sprint(registered.Inputs["taskDefinition"]))
		if len(e.After) > 0 {
			service = e.After[0]
			e.After = e.After[min(1, len(e.After)-1):]
		}
	}
	switch {
	case e.APIError != nil:
		return nil, e.APIError
	case service == nil:
		return nil, &types.ClusterNotFoundException{}
	}
	return &ecs.DescribeServicesOutput{Services: []types.Service{*service}}, nil
}

// UpdateService appends the input to Updated.
func (e *Engine) UpdateService(_ context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.Updated = append(e.Updated, in)
	return &ecs.UpdateServiceOutput{}, e.APIError
}

// DescribeTaskDefinition returns a task definition from Revisions, or one that the program has registered.
func (e *Engine) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	container, known := e.Revisions[*in.TaskDefinition]
	if registered := e.revision(*in.TaskDefinition); !known && registered != nil {
		var containers []types.ContainerDefinition
		if err := json.Unmarshal([]byte(fmt.Sprint(registered.Inputs["containerDefinitions"])), &containers); err != nil {
			return nil, err
		}
		container, known = containers[0], true
	}
	if !known {
		return nil, &types.ClientException{Message: aws.String("Unable to describe task definition.")}
	}
	number, err := strconv.Atoi((*in.TaskDefinition)[strings.LastIndex(*in.TaskDefinition, ":")+1:])
	if err != nil {
		number = e.Newest
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{
		TaskDefinitionArn: in.TaskDefinition, Revision: int32(number), ContainerDefinitions: []types.ContainerDefinition{container},
	}}, nil
}

// revision returns the registered task definition with the given ARN, or nil.
func (e *Engine) revision(arn string) *Resource {
	for _, m := range e.Registered {
		if m.Kind == "ecs.TaskDefinition" && strings.HasSuffix(arn, fmt.Sprintf("/%s:9", m.Inputs["family"])) {
			return m
		}
	}
	return nil
}

// registered returns the registered resource with the given kind and name, or nil.
func (e *Engine) registered(kind, name string) *Resource {
	for _, m := range e.Registered {
		if m.Kind == kind && m.Name == name {
			return m
		}
	}
	return nil
}

// Runs returns a steady service with a load balancer. Its tasks run the given revision.
func Runs(revision string, change ...func(*types.Service)) *types.Service {
	service := &types.Service{
		Status: aws.String("ACTIVE"), TaskDefinition: &revision, DesiredCount: 1, RunningCount: 1,
		LoadBalancers: []types.LoadBalancer{{}},
		Deployments: []types.Deployment{{
			Status: aws.String("PRIMARY"), TaskDefinition: &revision, DesiredCount: 1, RunningCount: 1,
			RolloutState: types.DeploymentRolloutStateCompleted,
		}},
	}
	for _, apply := range change {
		apply(service)
	}
	return service
}

// MustRun runs a program that must succeed.
func (e *Engine) MustRun(t *testing.T, program func(ctx *pulumi.Context) error) {
	t.Helper()
	require.NoError(t, e.Run(program, nil))
}

// Run runs a program with the simulated engine and AWS. The keys of the configuration
// include their namespace. The configuration may be nil.
func (e *Engine) Run(program func(ctx *pulumi.Context) error, config map[string]string) error {
	if e.Stack == "" {
		e.Stack = Stack
	}
	withClient := func(ctx *pulumi.Context) error { return program(awsapi.WithClient(ctx, e)) }
	return pulumi.RunErr(withClient, pulumi.WithMocks(Project, e.Stack, e), func(info *pulumi.RunInfo) {
		info.Config, info.DryRun = config, e.Preview
	})
}

// Count returns the number of resources that the program has registered so far.
func (e *Engine) Count() int {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return len(e.Registered)
}

// All returns the resources of a kind, in the order of Sorted.
func (e *Engine) All(kind string) []*Resource {
	var found []*Resource
	for _, m := range e.Sorted() {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// One returns the only resource with the given kind and name. The test fails if there is not exactly one.
func (e *Engine) One(t *testing.T, kind, name string) *Resource {
	t.Helper()
	var found []*Resource
	for _, m := range e.All(kind) {
		if m.Name == name {
			found = append(found, m)
		}
	}
	require.Len(t, found, 1, "resources %s with the name %s", kind, name)
	return found[0]
}

// Children returns the number of a component's children, by kind.
func (e *Engine) Children(t *testing.T, component, name string) map[string]int {
	t.Helper()
	parent := e.One(t, Project+":components:"+component, name).URN
	count := map[string]int{}
	for _, m := range e.Registered {
		if m.Parent == parent {
			count[m.Kind]++
		}
	}
	return count
}

// Sorted returns all resources, sorted by URN. The order of Registered depends on timing.
func (e *Engine) Sorted() []*Resource {
	return slices.SortedFunc(slices.Values(e.Registered), func(a, b *Resource) int { return strings.Compare(a.URN, b.URN) })
}

// Names returns the names of the resources, in the same order.
func Names(resources []*Resource) []string {
	var list []string
	for _, m := range resources {
		list = append(list, m.Name)
	}
	return list
}

// Needs reports whether a resource depends on another.
func (m *Resource) Needs(other *Resource) bool { return slices.Contains(m.DependsOn, other.URN) }
