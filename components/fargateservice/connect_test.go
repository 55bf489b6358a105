package fargateservice_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// pair holds the settings of the server orders and of the client web, which can also be a server.
type pair struct {
	server, client fargateservice.ServiceConnectSpec
	serverPort     int
	noNamespace    bool
	noServers      bool
	blueGreen      bool
	schedule       bool
}

// connected returns a pair in which web connects to orders.
func connected() pair {
	return pair{
		server: fargateservice.ServiceConnectSpec{ClientAlias: "orders:80"},
		client: fargateservice.ServiceConnectSpec{ConnectsTo: []string{"orders"}},
	}
}

func (p pair) program(ctx *pulumi.Context) error {
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName, ServiceConnect: !p.noNamespace})
	if err != nil {
		return err
	}
	args := &fargateservice.Args{Environment: env, Spec: fargateservice.Spec{
		PathPatterns: []string{}, ContainerPort: p.serverPort, ConnectSpec: fargateservice.ConnectSpec{ServiceConnect: &p.server},
	}}
	server, err := fargateservice.New(ctx, "orders", args)
	if err != nil {
		return err
	}
	args = &fargateservice.Args{Environment: env, BlueGreen: p.blueGreen, Servers: []*fargateservice.FargateService{server}, Spec: fargateservice.Spec{
		ConnectSpec: fargateservice.ConnectSpec{ServiceConnect: &p.client},
	}}
	if p.schedule {
		args.Schedule = &fargateservice.TaskScheduleSpec{Expression: "rate(1 day)"}
	}
	if p.noServers {
		args.Servers = nil
	}
	_, err = fargateservice.New(ctx, "web", args)
	return err
}

// The tasks of web reach the tasks of orders through a name in the namespace, only on the container port. The service
// orders exists before the first task of web starts.
func TestServiceConnect(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, connected().program)
	namespace := r.One(t, "servicediscovery.HttpNamespace", "test-connect")
	log := func(service string) object {
		return object{"logDriver": "awslogs", "options": object{
			"awslogs-group": service + "-logs-0abcdef", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "service-connect"}}
	}
	const arn = "arn:aws:servicediscovery:eu-central-1:111122223333:httpnamespace/test-connect"
	server, client := r.One(t, "ecs.Service", "orders"), r.One(t, "ecs.Service", "web")
	require.Equal(t, object{"enabled": true, "namespace": arn, "logConfiguration": log("orders"), "services": list{object{
		"portName": "orders", "discoveryName": "orders", "clientAlias": list{object{"dnsName": "orders", "port": 80.0}},
	}}}, server.Inputs["serviceConnectConfiguration"])
	require.Equal(t, object{"enabled": true, "namespace": arn, "logConfiguration": log("web")}, client.Inputs["serviceConnectConfiguration"])
	require.Equal(t, list{object{"containerPort": 8080.0, "hostPort": 8080.0, "protocol": "tcp", "name": "orders", "appProtocol": "http"}},
		r.One(t, "ecs.TaskDefinition", "orders").Container(t)["portMappings"])
	require.Equal(t, list{object{"containerPort": 8080.0, "hostPort": 8080.0, "protocol": "tcp"}}, r.One(t, "ecs.TaskDefinition", "web").Container(t)["portMappings"])

	in, out := r.One(t, "vpc.SecurityGroupIngressRule", "web-to-orders-8080"), r.One(t, "vpc.SecurityGroupEgressRule", "web-to-orders-8080")
	require.Equal(t, object{"securityGroupId": "orders-tasks-securitygroup", "referencedSecurityGroupId": "web-tasks-securitygroup",
		"description": "Tasks of web", "ipProtocol": "tcp", "fromPort": 8080.0, "toPort": 8080.0}, in.Inputs)
	require.Equal(t, object{"securityGroupId": "web-tasks-securitygroup", "referencedSecurityGroupId": "orders-tasks-securitygroup",
		"description": "To the tasks of orders", "ipProtocol": "tcp", "fromPort": 8080.0, "toPort": 8080.0}, out.Inputs)
	for _, needed := range []*enginetest.Resource{server, in, out} {
		require.True(t, client.Needs(needed), "%s", needed.URN)
	}
	require.True(t, server.Needs(namespace))
	require.Empty(t, r.Updated)
}

// A service can set its request timeout. The timeout for idle connections keeps its default.
func TestServiceConnectTimeout(t *testing.T) {
	given := connected()
	given.server.PerRequestTimeoutSeconds = pulumi.IntRef(60)
	r := &enginetest.Engine{}
	r.MustRun(t, given.program)
	server := r.One(t, "ecs.Service", "orders").Inputs["serviceConnectConfiguration"].(object)["services"].(list)[0].(object)
	require.Equal(t, object{"perRequestTimeoutSeconds": 60.0, "idleTimeoutSeconds": 300.0}, server["timeout"])

	given.server.AppProtocol = "tcp"
	require.ErrorContains(t, (&enginetest.Engine{}).Run(given.program, nil),
		`serviceConnect.perRequestTimeoutSeconds: 60 is not allowed: 15 with the appProtocol tcp`)
	given.server = fargateservice.ServiceConnectSpec{ClientAlias: "orders:80", PerRequestTimeoutSeconds: pulumi.IntRef(-1)}
	require.ErrorContains(t, (&enginetest.Engine{}).Run(given.program, nil), "a whole number from 0 to")
}

// Without Service Connect there is no namespace, and the service has no input for it.
func TestNoServiceConnect(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: someService}.program)
	require.Empty(t, r.All("servicediscovery.HttpNamespace"))
	require.NotContains(t, r.One(t, "ecs.Service", "web").Inputs, "serviceConnectConfiguration")
}

// connects sets the Service Connect configuration of the primary deployment.
func connects(configuration *types.ServiceConnectConfiguration) func(*types.Service) {
	return func(s *types.Service) { s.Deployments[0].ServiceConnectConfiguration = configuration }
}

// serving returns a Service Connect configuration with the address of a server.
func serving(alias string, port int32) *types.ServiceConnectConfiguration {
	return &types.ServiceConnectConfiguration{Enabled: true, Services: []types.ServiceConnectService{{
		PortName: aws.String("web"), ClientAliases: []types.ServiceConnectClientAlias{{DnsName: &alias, Port: &port}},
	}}}
}

// A change of Service Connect registers a revision with the running image, because the change applies only to new tasks. If
// ECS has rolled the last change back, the program sends the configuration again, because the provider does not.
func TestServiceConnectChanges(t *testing.T) {
	serves := func(alias, protocol string) *fargateservice.Args {
		return &fargateservice.Args{Spec: fargateservice.Spec{ConnectSpec: fargateservice.ConnectSpec{
			ServiceConnect: &fargateservice.ServiceConnectSpec{ClientAlias: alias, AppProtocol: protocol},
		}}}
	}
	steady := func(configuration *types.ServiceConnectConfiguration) *types.Service {
		return enginetest.Runs("arn:aws:ecs:eu-central-1:111122223333:task-definition/fargate-cd-test-web:9", connects(configuration))
	}
	plain := labels(t, someService, false)
	var served map[string]string
	for name, test := range map[string]struct {
		args   *fargateservice.Args
		before *types.ServiceConnectConfiguration
		labels *map[string]string // of the running revision
		after  []*types.Service
		kept   bool
		want   *types.ServiceConnectConfiguration // of the program's own update; nil for none
		err    string
	}{
		"nothing":        {args: serves("web:80", "http"), before: serving("web", 80), labels: &served, after: []*types.Service{enginetest.Runs(revision, connects(serving("web", 80)))}, kept: true},
		"it comes":       {args: serves("web:80", "http"), labels: &plain, after: []*types.Service{steady(serving("web", 80))}},
		"it goes":        {args: someService, before: serving("web", 80), labels: &served, after: []*types.Service{steady(nil)}},
		"it is disabled": {args: someService, before: serving("web", 80), labels: &served, after: []*types.Service{steady(&types.ServiceConnectConfiguration{})}},
		"another port":   {args: serves("web:81", "http"), before: serving("web", 80), labels: &served, after: []*types.Service{steady(serving("web", 81))}},
		"it came and was rolled back": {args: serves("web:80", "http"), labels: &plain, after: []*types.Service{steady(nil), steady(serving("web", 80))},
			want: serving("web", 80)},
		"it went and was rolled back": {args: someService, before: serving("web", 80), labels: &served, after: []*types.Service{steady(serving("web", 80)), steady(nil)},
			want: &types.ServiceConnectConfiguration{}},
		"another protocol": {args: serves("web:80", "grpc"), before: serving("web", 80), labels: &served,
			err: `service web: serviceConnect.appProtocol: "grpc" is not allowed: http, which the running service has`},
	} {
		t.Run(name, func(t *testing.T) {
			run := func(r *enginetest.Engine, args *fargateservice.Args) error {
				return r.Run(func(ctx *pulumi.Context) error {
					env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName, ServiceConnect: true})
					require.NoError(t, err)
					given := *args
					given.Environment = env
					_, err = fargateservice.New(ctx, "web", &given)
					return err
				}, nil)
			}
			if served == nil {
				first := &enginetest.Engine{}
				require.NoError(t, run(first, serves("web:80", "http")))
				served = map[string]string{}
				for key, value := range first.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"].(object) {
					served[key] = value.(string)
				}
			}
			r := &enginetest.Engine{Before: enginetest.Runs(revision, connects(test.before)), After: test.after, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, *test.labels), "fargate-cd-test-web": container(image, *test.labels),
			}}
			err := run(r, test.args)
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			definition := r.One(t, "ecs.TaskDefinition", "web")
			require.Equal(t, test.kept, len(definition.IgnoreChanges) > 0, "the running revision is kept")
			require.Equal(t, image, definition.Container(t)["image"])
			if test.want == nil {
				require.Empty(t, r.Updated)
				return
			}
			require.Len(t, r.Updated, 1)
			got := r.Updated[0].ServiceConnectConfiguration
			require.Equal(t, test.want.Enabled, got.Enabled)
			require.Len(t, got.Services, len(test.want.Services))
			for i, each := range test.want.Services {
				require.Equal(t, each.PortName, got.Services[i].PortName)
				require.Equal(t, each.ClientAliases, got.Services[i].ClientAliases)
				require.Equal(t, "arn:aws:servicediscovery:eu-central-1:111122223333:httpnamespace/test-connect", *got.Namespace)
			}
		})
	}
}

// The tasks of a client see a new address of its server only if they start after the address exists. So the address is
// part of the client's shape.
func TestServerChangesClient(t *testing.T) {
	shape := func(change func(*pair)) any {
		p := connected()
		change(&p)
		r := &enginetest.Engine{}
		r.MustRun(t, p.program)
		return r.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"].(object)["fargate-cd.shape"]
	}
	unchanged := shape(func(*pair) {})
	require.NotEqual(t, unchanged, shape(func(p *pair) { p.server.ClientAlias = "orders:81" }))
	require.Equal(t, unchanged, shape(func(p *pair) { p.serverPort = 9090 }), "the proxy gets the port of a task from ECS")
	require.Equal(t, unchanged, shape(func(p *pair) { p.server.AppProtocol = "grpc" }))
}

// The configuration decides to which services a client connects and in which order, whatever services the caller passes.
func TestServersInAnyOrder(t *testing.T) {
	run := func(connectsTo string, servers ...string) (*enginetest.Engine, error) {
		r := &enginetest.Engine{}
		return r, r.Run(func(ctx *pulumi.Context) error {
			env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName, ServiceConnect: true})
			require.NoError(t, err)
			registered := map[string]*fargateservice.FargateService{}
			for name, connect := range map[string]*fargateservice.ServiceConnectSpec{
				"orders": {ClientAlias: "orders:80"}, "users": {ClientAlias: "users:80"}, "alone": nil,
			} {
				registered[name], err = fargateservice.New(ctx, name, &fargateservice.Args{Environment: env, Spec: fargateservice.Spec{
					PathPatterns: []string{}, ConnectSpec: fargateservice.ConnectSpec{ServiceConnect: connect},
				}})
				require.NoError(t, err)
			}
			args := &fargateservice.Args{Environment: env, Spec: fargateservice.Spec{ConnectSpec: fargateservice.ConnectSpec{
				ServiceConnect: &fargateservice.ServiceConnectSpec{ConnectsTo: strings.Fields(connectsTo)},
			}}}
			for _, name := range servers {
				args.Servers = append(args.Servers, registered[name])
			}
			_, err = fargateservice.New(ctx, "web", args)
			return err
		}, nil)
	}
	shape := func(servers ...string) any {
		r, err := run("orders users", servers...)
		require.NoError(t, err)
		require.Equal(t, 3, r.Children(t, "FargateService", "web")["vpc.SecurityGroupIngressRule"], "from the load balancer, to orders and to users")
		require.False(t, r.One(t, "ecs.Service", "web").Needs(r.One(t, "ecs.Service", "alone")))
		return r.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"].(object)["fargate-cd.shape"]
	}
	require.Equal(t, shape("orders", "users"), shape("users", "alone", "orders"))

	_, err := run("orders users", "orders", "alone")
	require.ErrorContains(t, err, `serviceConnect.connectsTo[1]: "users" is not allowed: the name of a service in servers`)
	_, err = run("alone", "alone")
	require.ErrorContains(t, err, `serviceConnect.connectsTo[0]: "alone" is not allowed: the name of a service in servers that has a serviceConnect.clientAlias`)
}

func TestServiceConnectRefuses(t *testing.T) {
	with := func(change func(*pair)) pair {
		p := connected()
		change(&p)
		return p
	}
	for name, test := range map[string]struct {
		given pair
		want  string
	}{
		"blue/green": {with(func(p *pair) { p.blueGreen = true }),
			`serviceConnect: is not allowed: it cannot be combined with a blue/green deployment: AWS supports Service Connect only with the strategy Rolling`},
		"a schedule":                {with(func(p *pair) { p.schedule = true }), `serviceConnect: is not allowed: it cannot be combined with schedule`},
		"neither server nor client": {with(func(p *pair) { p.client.ConnectsTo, p.noServers = nil, true }), "serviceConnect.clientAlias: is missing: the address of the service, such as orders:8080, or services in connectsTo"},
		"no port":                   {with(func(p *pair) { p.client.ClientAlias = "web" }), `serviceConnect.clientAlias: "web" is not allowed: a name of up to 127`},
		"a large port":              {with(func(p *pair) { p.client.ClientAlias = "web:65536" }), `serviceConnect.clientAlias: "web:65536" is not allowed`},
		"a bad name":                {with(func(p *pair) { p.client.ClientAlias = "Web:80" }), `serviceConnect.clientAlias: "Web:80" is not allowed`},
		"a protocol":                {with(func(p *pair) { p.client.AppProtocol = "udp" }), `serviceConnect.appProtocol: "udp" is not allowed: one of http, http2, grpc, tcp`},
		"no server":                 {with(func(p *pair) { p.noServers = true }), `serviceConnect.connectsTo[0]: "orders" is not allowed: the name of a service in servers`},
		"a server twice":            {with(func(p *pair) { p.client.ConnectsTo = []string{"orders", "orders"} }), `serviceConnect.connectsTo[1]: "orders" is not allowed: the name of a service in servers`},
		"no namespace":              {with(func(p *pair) { p.noNamespace = true }), `serviceConnect: is not allowed: it requires an environment with a namespace`},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, (&enginetest.Engine{}).Run(test.given.program, nil), test.want)
		})
	}
}
