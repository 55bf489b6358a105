package summary

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

// created returns the engine's record of a created resource, whose parent is the component of service web.
func created(kind, name string, inputs map[string]any) apitype.StepEventMetadata {
	return apitype.StepEventMetadata{
		Op: apitype.OpCreate, URN: "urn:pulumi:test::fargate-cd::" + kind + "::" + name,
		New: &apitype.StepEventStateMetadata{Custom: true, Parent: webURN, Inputs: inputs},
	}
}

const webURN = "urn:pulumi:test::fargate-cd::fargate-cd:components:FargateService::web"

// costly returns the engine's records of a stack with every type of resource that costs money.
func costly() []apitype.StepEventMetadata {
	return []apitype.StepEventMetadata{
		{Op: apitype.OpCreate, URN: webURN, New: &apitype.StepEventStateMetadata{}},
		created(taskDefinitionKind, "web", map[string]any{"cpu": "1024", "memory": "2048", "runtimePlatform": map[string]any{"cpuArchitecture": "X86_64"}}),
		created(serviceKind, "web", map[string]any{"desiredCount": float64(2), "networkConfiguration": map[string]any{"assignPublicIp": true}}),
		created(balancerKind, "alb", map[string]any{"subnets": plugin.UnknownArrayValue}),
		created(balancerKind, "internal", map[string]any{"internal": true}),
		created("aws:ec2/natGateway:NatGateway", "nat", nil),
		created("aws:ec2/eip:Eip", "nat", nil),
		created("aws:ec2/vpcEndpoint:VpcEndpoint", "ecr", map[string]any{"vpcEndpointType": "Interface", "subnetIds": []any{"a", "b"}}),
		created("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", map[string]any{"vpcEndpointType": "Gateway"}),
		created(keyKind, "web", nil),
		created(alarmKind, "cpu", map[string]any{"metricName": "CPUUtilization"}),
		created(alarmKind, "5xx", map[string]any{"metricQueries": []any{
			map[string]any{"id": "blue", "metric": map[string]any{"metricName": "m"}}, map[string]any{"id": "green", "metric": map[string]any{"metricName": "m"}},
			map[string]any{"id": "both", "expression": "blue + green"},
		}}),
		created("aws:cloudwatch/dashboard:Dashboard", "test", nil),
		created("aws:wafv2/webAcl:WebAcl", "alb", map[string]any{"rules": []any{
			map[string]any{"name": "a", "priority": float64(0)}, map[string]any{"name": "b", "priority": float64(1)},
		}}),
		created(pipelineKind, "web", nil),
		created(projectKind, "web-image", map[string]any{"environment": map[string]any{"type": "LINUX_CONTAINER", "computeType": "BUILD_GENERAL1_SMALL"}}),
	}
}

func TestCost(t *testing.T) {
	prices, err := LoadPrices()
	require.NoError(t, err)
	got := Summarize(Plan{Region: "us-east-1", Steps: costly()}, prices).Cost

	require.True(t, got.Known)
	require.Zero(t, got.Before)
	want := map[string]float64{
		"Fargate tasks":       2 * 730 * (0.04048 + 2*0.004445),
		"Load balancers":      2 * 730 * 0.0225,
		"NAT gateways":        730 * 0.045,
		"Public addresses":    730 * 0.005 * (2 + 2 + 1), // two tasks, two zones of the public balancer, one gateway
		"Interface endpoints": 2 * 730 * 0.01,
		"KMS keys":            1,
		"Build minutes":       20 * 5 * 0.005,
		"Pipeline minutes":    20 * 10 * 0.002,
		"Logs":                0.5,
		"Web ACLs":            5 + 2*1,
		"Alarms":              3 * 0.1,
		"Dashboards":          3,
	}
	require.Len(t, got.Items, len(want))
	sum := 0.0
	for _, item := range got.Items {
		require.InDelta(t, want[item.Name], item.After, 1e-9, item.Name)
		sum += item.After
	}
	require.InDelta(t, sum, got.After, 1e-9)
	require.Empty(t, got.Unknown)
	for _, left := range []string{"number of tasks that the stack has recorded", "a scheduled task with none", "storage over 20 GiB", "VPC flow logs", "logs of web ACLs"} {
		require.Contains(t, strings.Join(got.Assumptions, "\n"), left)
	}
}

// An unknown price is left out, and the comment says so.
func TestCostWithoutAPrice(t *testing.T) {
	prices, err := LoadPrices()
	require.NoError(t, err)
	s := Summarize(Plan{Region: "eu-central-1", Steps: costly()}, prices)
	require.Equal(t, []string{"Build minutes"}, s.Cost.Unknown)
	require.Contains(t, s.Markdown(CommentLimit), "No price for this region in `docs/prices.yaml`, so left out: build minutes.")
	for _, region := range []string{"", "ap-south-2"} {
		s := Summarize(Plan{Region: region, Steps: costly()}, prices)
		require.False(t, s.Cost.Known)
		require.Contains(t, s.Markdown(CommentLimit), "Not computed: ")
	}
}

// Every price in the file has a page that states it.
func TestEveryPriceHasASource(t *testing.T) {
	prices, err := LoadPrices()
	require.NoError(t, err)
	require.Regexp(t, `^\d{4}-\d\d-\d\d$`, prices.Date)
	stated := map[string]bool{}
	for _, source := range prices.Sources {
		require.NotEmpty(t, source.Title)
		require.Regexp(t, `^https://aws\.amazon\.com/.*/pricing/$`, source.URL)
		for _, price := range source.Prices {
			stated[price] = true
		}
	}
	fields := reflect.TypeFor[RegionPrices]()
	for i := range fields.NumField() {
		require.True(t, stated[fields.Field(i).Tag.Get("yaml")], fields.Field(i).Name)
	}
	require.Contains(t, prices.Regions, "eu-central-1")
	require.Contains(t, prices.Regions, "us-east-1")
}
