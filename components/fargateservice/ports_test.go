package fargateservice_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// withPorts returns a service with two additional ports.
func withPorts() *fargateservice.Args {
	return &fargateservice.Args{Spec: fargateservice.Spec{
		PathPatterns: []string{"/api/*"},
		PortsSpec: fargateservice.PortsSpec{AdditionalPorts: []fargateservice.PortSpec{
			{ContainerPort: 9090, PathPatterns: []string{"/admin/*"}, HealthCheck: fargateservice.TargetHealthCheckSpec{Path: "/ready"}},
			{ContainerPort: 9091, PathPatterns: []string{"/*"}, Priority: pulumi.IntRef(7), ConditionsSpec: fargateservice.ConditionsSpec{HostHeaders: []string{"admin.example.com"}}},
		}},
	}}
}

// Each port has a target group with its own health check, and a rule with its own conditions. The load balancer reaches all
// of them.
func TestAdditionalPorts(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: withPorts()}.program)
	const groups = "arn:aws:lb:eu-central-1:111122223333:targetgroup/"
	service := r.One(t, "ecs.Service", "web")
	require.Equal(t, list{
		object{"containerName": "web", "containerPort": 8080.0, "targetGroupArn": groups + "web-blue"},
		object{"containerName": "web", "containerPort": 9090.0, "targetGroupArn": groups + "web-9090"},
		object{"containerName": "web", "containerPort": 9091.0, "targetGroupArn": groups + "web-9091"},
	}, service.Inputs["loadBalancers"])
	var ports []any
	for _, mapping := range r.One(t, "ecs.TaskDefinition", "web").Container(t)["portMappings"].(list) {
		ports = append(ports, mapping.(object)["containerPort"])
	}
	require.Equal(t, []any{8080.0, 9090.0, 9091.0}, ports)
	require.Equal(t, "/", r.One(t, "lb.TargetGroup", "web-blue").Inputs["healthCheck"].(object)["path"])
	require.Equal(t, "/ready", r.One(t, "lb.TargetGroup", "web-9090").Inputs["healthCheck"].(object)["path"])
	admin, host := r.One(t, "lb.ListenerRule", "web-9090"), r.One(t, "lb.ListenerRule", "web-9091")
	require.Equal(t, list{object{"pathPattern": object{"values": list{"/admin/*"}}}}, admin.Inputs["conditions"])
	require.Equal(t, list{object{"type": "forward", "targetGroupArn": groups + "web-9090"}}, admin.Inputs["actions"])
	require.NotEqual(t, r.One(t, "lb.ListenerRule", "web-production").Inputs["priority"], admin.Inputs["priority"])
	require.Equal(t, 7.0, host.Inputs["priority"])
	for _, needed := range []*enginetest.Resource{admin, host} {
		require.True(t, service.Needs(needed), "ECS refuses a target group without a load balancer")
	}
	for _, port := range []string{"8080", "9090", "9091"} {
		require.NotNil(t, r.One(t, "vpc.SecurityGroupIngressRule", "web-from-alb-"+port))
		require.NotNil(t, r.One(t, "vpc.SecurityGroupEgressRule", "web-alb-to-"+port))
	}
}

// ECS has one grace period for all target groups of a service. So a port has none of its own: the program would ignore it.
func TestAdditionalPortsHaveNoGracePeriod(t *testing.T) {
	args := withPorts()
	args.HealthCheck.GracePeriodSeconds = pulumi.IntRef(20)
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: args}.program)
	require.Equal(t, 20.0, r.One(t, "ecs.Service", "web").Inputs["healthCheckGracePeriodSeconds"])
	require.ErrorContains(t, decodes(`{"gracePeriodSeconds": 300}`, &args.AdditionalPorts[0].HealthCheck), `unknown field "gracePeriodSeconds"`)
	require.NoError(t, decodes(`{"gracePeriodSeconds": 300}`, &args.HealthCheck))
}

// decodes reads JSON into a value that must have all its keys.
func decodes(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// A changed port changes the shape: the service gets a new revision with the running image. A changed path does not
// change the shape.
func TestAdditionalPortChanges(t *testing.T) {
	before := labels(t, withPorts(), false)
	for name, test := range map[string]struct {
		change func(*fargateservice.Spec)
		kept   bool
	}{
		"nothing":    {func(*fargateservice.Spec) {}, true},
		"its path":   {func(s *fargateservice.Spec) { s.AdditionalPorts[0].PathPatterns = []string{"/other/*"} }, true},
		"its number": {func(s *fargateservice.Spec) { s.AdditionalPorts[0].ContainerPort = 9092 }, false},
		"it goes":    {func(s *fargateservice.Spec) { s.AdditionalPorts = s.AdditionalPorts[:1] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			args := withPorts()
			test.change(&args.Spec)
			requireKept(t, test.kept, args, before, 8080, 9090, 9091)
		})
	}
}

func TestAdditionalPortsRefuse(t *testing.T) {
	with := func(change func(*fargateservice.Spec)) *fargateservice.Args {
		args := withPorts()
		change(&args.Spec)
		return args
	}
	port := func(change func(*fargateservice.PortSpec)) *fargateservice.Args {
		return with(func(s *fargateservice.Spec) { change(&s.AdditionalPorts[0]) })
	}
	for name, test := range map[string]struct {
		given     *fargateservice.Args
		blueGreen bool
		want      string
	}{
		"blue/green":     {withPorts(), true, "additionalPorts: 2 is not allowed: none with a blue/green deployment: CodeDeploy shifts the traffic of one port"},
		"five":           {with(func(s *fargateservice.Spec) { s.AdditionalPorts = make([]fargateservice.PortSpec, 5) }), false, "additionalPorts: 5 is not allowed: 4 or fewer"},
		"a worker":       {with(func(s *fargateservice.Spec) { s.PathPatterns = []string{} }), false, "additionalPorts: 2 is not allowed: none without pathPatterns"},
		"no port":        {port(func(p *fargateservice.PortSpec) { p.ContainerPort = 0 }), false, "additionalPorts[0].containerPort: 0 is not allowed: a whole number from 1 to 65535"},
		"the own port":   {port(func(p *fargateservice.PortSpec) { p.ContainerPort = 8080 }), false, "additionalPorts[0].containerPort: 8080 is not allowed: each port only once"},
		"a port twice":   {port(func(p *fargateservice.PortSpec) { p.ContainerPort = 9091 }), false, "additionalPorts[1].containerPort: 9091 is not allowed: each port only once"},
		"no path":        {port(func(p *fargateservice.PortSpec) { p.PathPatterns = nil }), false, "additionalPorts[0].pathPatterns: is missing: 1 to 5 patterns"},
		"a bad path":     {port(func(p *fargateservice.PortSpec) { p.PathPatterns = []string{"a"} }), false, `additionalPorts[0].pathPatterns[0]: "a" is not allowed`},
		"a priority":     {port(func(p *fargateservice.PortSpec) { p.Priority = pulumi.IntRef(0) }), false, "additionalPorts[0].priority: 0 is not allowed: a whole number from 1 to 50000"},
		"a health check": {port(func(p *fargateservice.PortSpec) { p.HealthCheck.Path = "a" }), false, `additionalPorts[0].healthCheck.path: "a" is not allowed`},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&enginetest.Engine{}).Run(setup{service: test.given, blueGreen: test.blueGreen}.program, nil)
			require.ErrorContains(t, err, test.want)
		})
	}
}
