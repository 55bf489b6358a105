package monitoring

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/deterministic"
)

// The grid of a dashboard has 24 columns ("Dashboard body structure and syntax", Amazon
// CloudWatch API Reference). A service has at most four widgets. A dashboard has at most 500 widgets, and
// a widget shows at most 100 alarms: both suffice for the services of two load balancers.
const (
	columns         = 24
	widgetHeight    = 6
	alarmsInWidget  = 100
	alarmsInRow     = 4
	alarmRowsAtOnce = 4 // with more alarms the widget scrolls
)

// rows lays out widgets in rows, one below the other.
type rows struct {
	widgets pulumi.Array
	y       int
}

// add adds a row of widgets with the same height, which share the width equally.
func (r *rows) add(height int, widgets ...pulumi.Map) {
	width := columns / max(len(widgets), 1)
	for i, widget := range widgets {
		widget["x"], widget["y"] = pulumi.Int(i*width), pulumi.Int(r.y)
		widget["width"], widget["height"] = pulumi.Int(width), pulumi.Int(height)
		r.widgets = append(r.widgets, widget)
	}
	r.y += height
}

// newDashboard creates the dashboard: the states of all alarms, the API, and a row for each
// service. Its name is unique in the account and region.
func (m *Monitoring) newDashboard(ctx *pulumi.Context) error {
	region := m.environment.Account.Region
	var r rows
	for some := range slices.Chunk(m.alarms, alarmsInWidget) {
		height := 1 + min((len(some)+alarmsInRow-1)/alarmsInRow, alarmRowsAtOnce)
		r.add(height, pulumi.Map{"type": pulumi.String("alarm"), "properties": pulumi.Map{
			"title": pulumi.String("Alarms of " + m.name), "alarms": some,
		}})
	}
	if api := m.args.API; api != nil {
		of := apiDimensions(api)
		r.add(widgetHeight,
			graph(region, "API: requests in a minute", line{apiNamespace, "Count", of, "SampleCount", "requests"}),
			graph(region, "API: errors in a minute", line{apiNamespace, "4xx", of, "Sum", "4xx"}, line{apiNamespace, "5xx", of, "Sum", "5xx"}),
			graph(region, "API: latency in ms", line{apiNamespace, "Latency", of, "p50", "p50"}, line{apiNamespace, "Latency", of, "p95", "p95"}),
		)
	}
	for _, service := range m.args.Services {
		if !service.Service.Scheduled() {
			r.add(widgetHeight, widgetsOfService(region, service)...)
		}
	}
	body := pulumi.Map{"widgets": r.widgets}.ToMapOutput().ApplyT(func(body map[string]any) (string, error) {
		return deterministic.JSON(body)
	}).(pulumi.StringOutput)
	name := m.environment.FixedName()
	dashboard, err := cloudwatch.NewDashboard(ctx, m.name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(name), DashboardBody: body,
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("creating the dashboard: %w", err)
	}
	m.DashboardURL = pulumi.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s", region, region, dashboard.DashboardName)
	return nil
}

// widgetsOfService returns the row of a service: traffic with errors and latency, load, and tasks.
func widgetsOfService(region pulumi.StringOutput, s Service) []pulumi.Map {
	name, of := s.Service.Name(), dimensions(s.Service)
	var widgets []pulumi.Map
	if s.Service.LoadBalancer() != nil { // a worker receives no requests
		widgets = widgetsOfTraffic(region, s.Service)
	}
	return append(widgets,
		graph(region, name+": CPU and memory in %",
			line{ecsNamespace, "CPUUtilization", of, "Average", "CPU"}, line{ecsNamespace, "MemoryUtilization", of, "Average", "memory"}),
		graph(region, name+": tasks",
			line{insightsNamespace, "RunningTaskCount", of, "Average", "running"}, line{insightsNamespace, "DesiredTaskCount", of, "Average", "desired"}),
	)
}

// widgetsOfTraffic returns the widgets on the requests of a service. A blue/green service has lines for both target
// groups, which show how a deployment shifts the traffic.
func widgetsOfTraffic(region pulumi.StringOutput, service *fargateservice.FargateService) []pulumi.Map {
	var traffic, latency []line
	add := func(suffix string, group pulumi.StringOutput) {
		const namespace = "AWS/ApplicationELB"
		of := pulumi.StringMap{"LoadBalancer": service.LoadBalancer().ArnSuffix, "TargetGroup": group}
		traffic = append(traffic, line{namespace, "RequestCount", of, "Sum", "requests" + suffix},
			line{namespace, "HTTPCode_Target_5XX_Count", of, "Sum", "5xx" + suffix})
		latency = append(latency, line{namespace, "TargetResponseTime", of, "p50", "p50" + suffix},
			line{namespace, "TargetResponseTime", of, "p95", "p95" + suffix})
	}
	if service.BlueGreen() {
		add(" blue", service.BlueTargetGroupArnSuffix)
		add(" green", service.GreenTargetGroupArnSuffix)
	} else {
		add("", service.BlueTargetGroupArnSuffix)
	}
	return []pulumi.Map{
		graph(region, service.Name()+": requests and 5xx in a minute", traffic...),
		graph(region, service.Name()+": latency in s", latency...),
	}
}

// line is a metric in a graph.
type line struct {
	namespace, metric string
	of                pulumi.StringMap
	stat, label       string
}

// graph returns a widget that shows metrics over time, with one value a minute.
func graph(region pulumi.StringOutput, title string, lines ...line) pulumi.Map {
	var metrics pulumi.Array
	for _, each := range lines {
		entry := pulumi.Array{pulumi.String(each.namespace), pulumi.String(each.metric)}
		for _, name := range slices.Sorted(maps.Keys(each.of)) {
			entry = append(entry, pulumi.String(name), each.of[name])
		}
		metrics = append(metrics, append(entry, pulumi.Map{"stat": pulumi.String(each.stat), "label": pulumi.String(each.label)}))
	}
	return pulumi.Map{"type": pulumi.String("metric"), "properties": pulumi.Map{
		"title": pulumi.String(title), "view": pulumi.String("timeSeries"), "region": region, "period": pulumi.Int(60),
		"yAxis": pulumi.Map{"left": pulumi.Map{"min": pulumi.Int(0)}}, "metrics": metrics,
	}}
}
