package monitoring_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/bluegreen"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/components/monitoring"
	"fargate-cd/internal/enginetest"
)

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)

// setup describes the services that a test watches.
type setup struct {
	workers, rolling, blueGreen []string
	limits                      monitoring.AlarmsSpec
	api, silent                 bool // api: with an API; silent: the environment has no alarms
}

func (s setup) program(ctx *pulumi.Context) error {
	_, err := s.register(ctx)
	return err
}

func (s setup) register(ctx *pulumi.Context) (*monitoring.Monitoring, error) {
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{
		ClusterName: "fargate-cd-test", LoadBalancers: []string{environment.LoadBalancerInternal}, Alarms: !s.silent,
	})
	if err != nil {
		return nil, err
	}
	args := &monitoring.Args{}
	for i, name := range slices.Concat(s.workers, s.rolling, s.blueGreen) {
		rollback := fargateservice.RollbackSpec{Max5xxPerMinute: 10}
		serviceArgs := fargateservice.Args{Environment: env, Internal: true, Rollback: rollback}
		serviceArgs.Priority = pulumi.IntRef(i + 1)
		serviceArgs.PathPatterns = []string{"/" + name}
		switch {
		case slices.Contains(s.workers, name):
			serviceArgs = fargateservice.Args{Environment: env, Spec: fargateservice.Spec{PathPatterns: []string{}}}
		case slices.Contains(s.blueGreen, name):
			serviceArgs.BlueGreen, serviceArgs.Rollback = true, fargateservice.RollbackSpec{}
		}
		service, err := fargateservice.New(ctx, name, &serviceArgs)
		if err != nil {
			return nil, err
		}
		if serviceArgs.BlueGreen {
			_, err := bluegreen.New(ctx, name, &bluegreen.Args{Service: service, Strategy: "ECSAllAtOnce", Rollback: rollback})
			if err != nil {
				return nil, err
			}
		}
		args.Services = append(args.Services, monitoring.Service{Service: service, Alarms: s.limits})
	}
	if s.api {
		args.API, err = apigateway.New(ctx, enginetest.Stack, &apigateway.Args{
			Environment: env, Services: []apigateway.Service{{Name: "web", PathPatterns: []string{"/*"}}},
		})
		if err != nil {
			return nil, err
		}
	}
	return monitoring.New(ctx, enginetest.Stack, args)
}

const topic = "arn:aws:sns:eu-central-1:111122223333:topic/test-notifications"

func TestChildren(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{rolling: []string{"web"}}.program)
	require.Equal(t, map[string]int{"cloudwatch.MetricAlarm": 5, "cloudwatch.Dashboard": 1}, r.Children(t, "Monitoring", "test"))
	require.Equal(t, 1, r.Children(t, "FargateService", "web")["cloudwatch.MetricAlarm"], "it rolls deployments back")
}

// Each field with a pulumi tag is an output. The alarms include the one that rolls deployments back.
func TestOutputs(t *testing.T) {
	r := &enginetest.Engine{}
	var values <-chan map[string]any
	r.MustRun(t, func(ctx *pulumi.Context) error {
		m, err := setup{rolling: []string{"web"}}.register(ctx)
		if err == nil {
			values = enginetest.Values(monitoring.Outputs(m))
		}
		return err
	})
	var alarms []string
	for _, name := range []string{"web-5xx", "test-web-unhealthy", "test-web-latency", "test-web-cpu", "test-web-memory", "test-web-tasks"} {
		alarms = append(alarms, "arn:aws:cloudwatch:eu-central-1:111122223333:metricalarm/"+name)
	}
	want := object{
		"alarmArns":    alarms,
		"dashboardUrl": "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/fargate-cd-test",
	}
	require.Equal(t, want, <-values)
	require.Equal(t, enginetest.OutputKeys[monitoring.Monitoring](), enginetest.Keys(want))
}

// Every alarm sends messages, and watches exactly one value.
func TestEveryAlarmSendsMessages(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{rolling: []string{"web"}, blueGreen: []string{"shop"}, api: true}.program)
	alarms := r.All("cloudwatch.MetricAlarm")
	require.Equal(t, []string{
		"shop-5xx", "web-5xx", "test-api-4xx", "test-api-5xx", "test-shop-cpu", "test-shop-latency", "test-shop-memory", "test-shop-tasks", "test-shop-unhealthy",
		"test-web-cpu", "test-web-latency", "test-web-memory", "test-web-tasks", "test-web-unhealthy",
	}, enginetest.Names(alarms))
	for _, alarm := range alarms {
		require.Equal(t, list{topic}, alarm.Inputs["alarmActions"], alarm.Name)
		require.Equal(t, list{topic}, alarm.Inputs["okActions"], alarm.Name)
		require.Equal(t, "notBreaching", alarm.Inputs["treatMissingData"], alarm.Name)
		require.NotEmpty(t, alarm.Inputs["alarmDescription"], alarm.Name)
		watched := 0
		for _, query := range alarm.Inputs["metricQueries"].(list) {
			if query.(object)["returnData"] == true {
				watched++
			}
		}
		require.Equal(t, 1, watched, alarm.Name)
	}
}

// watches returns a readable description of an alarm's condition and queries.
func watches(alarm *enginetest.Resource) []string {
	in := alarm.Inputs
	lines := []string{fmt.Sprintf("> %v in %v of %v minutes", in["threshold"], in["datapointsToAlarm"], in["evaluationPeriods"])}
	for _, each := range in["metricQueries"].(list) {
		query := each.(object)
		metric, ok := query["metric"].(object)
		if !ok {
			lines = append(lines, fmt.Sprintf("%v = %v", query["id"], query["expression"]))
			continue
		}
		of := ""
		for _, name := range []string{"LoadBalancer", "TargetGroup", "ClusterName", "ServiceName", "ApiId", "Stage"} {
			if value, given := metric["dimensions"].(object)[name]; given {
				of += fmt.Sprintf(" %s=%v", name, value)
			}
		}
		lines = append(lines, fmt.Sprintf("%v = %v %v %v%s", query["id"], metric["stat"], metric["namespace"], metric["metricName"], of))
	}
	return lines
}

func TestAlarms(t *testing.T) {
	r := &enginetest.Engine{}
	limits := monitoring.AlarmsSpec{MaxLatencyMilliseconds: 1500, MaxCpuPercent: 70, MaxMemoryPercent: 80}
	r.MustRun(t, setup{rolling: []string{"web"}, blueGreen: []string{"shop"}, limits: limits, api: true}.program)
	const (
		lb      = " LoadBalancer=loadbalancer/test-internal TargetGroup=targetgroup/"
		cluster = " ClusterName=fargate-cd-test ServiceName=web"
		api     = " ApiId=test-api Stage=$default"
	)
	for name, want := range map[string][]string{
		"test-web-unhealthy": {"> 0 in 5 of 5 minutes", "blue = Maximum AWS/ApplicationELB UnHealthyHostCount" + lb + "web-blue", "result = FILL(blue, 0)"},
		"test-shop-unhealthy": {"> 0 in 5 of 5 minutes", "blue = Maximum AWS/ApplicationELB UnHealthyHostCount" + lb + "shop-blue",
			"green = Maximum AWS/ApplicationELB UnHealthyHostCount" + lb + "shop-green", "result = FILL(blue, 0) + FILL(green, 0)"},
		"test-shop-latency": {"> 1.5 in 3 of 5 minutes", "blue = p95 AWS/ApplicationELB TargetResponseTime" + lb + "shop-blue",
			"green = p95 AWS/ApplicationELB TargetResponseTime" + lb + "shop-green", "result = MAX([FILL(blue, 0), FILL(green, 0)])"},
		"test-web-cpu":    {"> 70 in 5 of 5 minutes", "cpu = Average AWS/ECS CPUUtilization" + cluster},
		"test-web-memory": {"> 80 in 5 of 5 minutes", "memory = Average AWS/ECS MemoryUtilization" + cluster},
		"test-web-tasks": {"> 0 in 10 of 10 minutes", "desired = Average ECS/ContainerInsights DesiredTaskCount" + cluster,
			"running = Average ECS/ContainerInsights RunningTaskCount" + cluster, "result = desired - FILL(running, 0)"},
		"test-api-5xx": {"> 10 in 3 of 5 minutes", "errors = Sum AWS/ApiGateway 5xx" + api},
		"test-api-4xx": {"> 50 in 5 of 5 minutes", "errors = Sum AWS/ApiGateway 4xx" + api, "requests = SampleCount AWS/ApiGateway Count" + api,
			"result = IF(requests >= 20, 100 * errors / requests, 0)"},
	} {
		require.Equal(t, want, watches(r.One(t, "cloudwatch.MetricAlarm", name)), name)
	}
	require.Equal(t, "web takes more than 1500 ms for the slowest 5 % of its responses",
		r.One(t, "cloudwatch.MetricAlarm", "test-web-latency").Inputs["alarmDescription"])
}

// widget is a widget of a dashboard.
type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title   string
		Alarms  []string
		Metrics []list
	}
}

// dashboard returns the widgets of the dashboard, after it has checked that no widgets overlap.
func dashboard(t *testing.T, s setup) []widget {
	t.Helper()
	r := &enginetest.Engine{}
	r.MustRun(t, s.program)
	in := r.One(t, "cloudwatch.Dashboard", "test").Inputs
	require.Equal(t, "fargate-cd-test", in["dashboardName"])
	var body struct{ Widgets []widget }
	require.NoError(t, json.Unmarshal([]byte(in["dashboardBody"].(string)), &body))
	taken := map[[2]int]string{}
	for _, w := range body.Widgets {
		require.LessOrEqual(t, w.X+w.Width, 24, w.Properties.Title)
		for x := w.X; x < w.X+w.Width; x++ {
			for y := w.Y; y < w.Y+w.Height; y++ {
				require.Empty(t, taken[[2]int{x, y}], w.Properties.Title)
				taken[[2]int{x, y}] = w.Properties.Title
			}
		}
	}
	return body.Widgets
}

// The dashboard has the states of all alarms at the top, then the API, then a row for each service.
func TestDashboard(t *testing.T) {
	var titles []string
	widgets := dashboard(t, setup{rolling: []string{"web"}, blueGreen: []string{"shop"}, api: true})
	for _, w := range widgets {
		titles = append(titles, w.Properties.Title)
	}
	require.Equal(t, []string{
		"Alarms of test",
		"API: requests in a minute", "API: errors in a minute", "API: latency in ms",
		"web: requests and 5xx in a minute", "web: latency in s", "web: CPU and memory in %", "web: tasks",
		"shop: requests and 5xx in a minute", "shop: latency in s", "shop: CPU and memory in %", "shop: tasks",
	}, titles)
	require.Len(t, widgets[0].Properties.Alarms, 14)
	require.Equal(t, []list{{"AWS/ApplicationELB", "RequestCount", "LoadBalancer", "loadbalancer/test-internal", "TargetGroup", "targetgroup/web-blue",
		object{"stat": "Sum", "label": "requests"}}}, widgets[4].Properties.Metrics[:1])
	require.Len(t, widgets[8].Properties.Metrics, 4, "both target groups of a blue/green service")
}

// A worker receives no requests, so it has no alarms and no widgets on traffic.
func TestWorker(t *testing.T) {
	s := setup{workers: []string{"mailer"}}
	r := &enginetest.Engine{}
	r.MustRun(t, s.program)
	require.Equal(t, []string{"test-mailer-cpu", "test-mailer-memory", "test-mailer-tasks"}, enginetest.Names(r.All("cloudwatch.MetricAlarm")))
	require.Len(t, dashboard(t, s), 3, "alarms, load and tasks")
}

// A widget has at most 100 alarms, and a dashboard at most 500 widgets.
func TestDashboardOfManyServices(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("service-%d", i))
	}
	alarms := 0
	widgets := dashboard(t, setup{rolling: names})
	for _, w := range widgets {
		require.LessOrEqual(t, len(w.Properties.Alarms), 100)
		alarms += len(w.Properties.Alarms)
	}
	require.Equal(t, 60*6, alarms)
	require.Less(t, 2*len(widgets), 500, "also with as many services on another load balancer")
}

func TestRefuses(t *testing.T) {
	for want, s := range map[string]setup{
		"services[0].service: is missing: a service in an environment with Alarms: true":                 {rolling: []string{"web"}, silent: true},
		"services: is missing: at least one service to watch":                                            {},
		"services[0].alarms.maxCpuPercent: 100 is not allowed: a whole number from 1 to 99":              {rolling: []string{"web"}, limits: monitoring.AlarmsSpec{MaxCpuPercent: 100}},
		"services[0].alarms.maxMemoryPercent: -1 is not allowed: a whole number from 1 to 99":            {rolling: []string{"web"}, limits: monitoring.AlarmsSpec{MaxMemoryPercent: -1}},
		"services[0].alarms.maxLatencyMilliseconds: -5 is not allowed: a whole number from 1 to 3600000": {rolling: []string{"web"}, limits: monitoring.AlarmsSpec{MaxLatencyMilliseconds: -5}},
	} {
		r := &enginetest.Engine{}
		require.ErrorContains(t, r.Run(s.program, nil), want)
		for _, m := range r.Registered {
			require.False(t, strings.HasSuffix(m.Kind, ":Monitoring"), want)
		}
	}
}
