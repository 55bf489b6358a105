package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/fargateservice"
)

// watch describes an alarm. The alarm fires when the value is above the threshold in at least `firing` of the last
// `minutes` minutes.
type watch struct {
	name, description string
	queries           cloudwatch.MetricAlarmMetricQueryArray
	threshold         float64
	firing, minutes   int
}

// Namespaces of the metrics. The Container Insights metrics exist because the cluster has Container Insights turned on
// ("Amazon ECS Container Insights metrics", Amazon CloudWatch User Guide).
const (
	ecsNamespace      = "AWS/ECS"
	insightsNamespace = "ECS/ContainerInsights"
	apiNamespace      = "AWS/ApiGateway"
)

// watchesOfService returns the alarms of a service. A blue/green service has two target groups, and the alarms watch
// both. The group without tasks has no metrics, or zeros.
//
// New tasks start within about two minutes. So the alarm on missing tasks fires only when tasks are missing for ten
// minutes.
func watchesOfService(s Service) []watch {
	service, limits := s.Service, s.Alarms
	if service.Scheduled() { // the service itself runs no tasks; notifications report each scheduled task that fails
		return nil
	}
	name := service.Name()
	var ofTraffic []watch
	if service.LoadBalancer() != nil { // a worker receives no requests
		ofTraffic = []watch{
			{
				name + "-unhealthy", fmt.Sprintf("%s has tasks that fail the health check of the load balancer", name),
				result(service.TargetGroupMetric("UnHealthyHostCount", "Maximum"), "unhealthy tasks", service.SumOfTargetGroups()), 0, 5, 5,
			},
			{
				name + "-latency", fmt.Sprintf("%s takes more than %d ms for the slowest 5 %% of its responses", name, limits.MaxLatencyMilliseconds),
				result(service.TargetGroupMetric("TargetResponseTime", "p95"), "p95 latency in seconds", service.MaxOfTargetGroups()),
				float64(limits.MaxLatencyMilliseconds) / 1000, 3, 5,
			},
		}
	}
	return append(ofTraffic, []watch{
		{
			name + "-cpu", fmt.Sprintf("%s uses more than %d %% of the CPU of its tasks", name, limits.MaxCpuPercent),
			single(fargateservice.MetricQuery("cpu", ecsNamespace, "CPUUtilization", "Average", dimensions(service))), float64(limits.MaxCpuPercent), 5, 5,
		},
		{
			name + "-memory", fmt.Sprintf("%s uses more than %d %% of the memory of its tasks", name, limits.MaxMemoryPercent),
			single(fargateservice.MetricQuery("memory", ecsNamespace, "MemoryUtilization", "Average", dimensions(service))), float64(limits.MaxMemoryPercent), 5, 5,
		},
		{
			name + "-tasks", fmt.Sprintf("%s runs fewer tasks than it should", name),
			result(cloudwatch.MetricAlarmMetricQueryArray{
				fargateservice.MetricQuery("desired", insightsNamespace, "DesiredTaskCount", "Average", dimensions(service)),
				fargateservice.MetricQuery("running", insightsNamespace, "RunningTaskCount", "Average", dimensions(service)),
			}, "missing tasks", "desired - FILL(running, 0)"), 0, 10, 10,
		},
	}...)
}

// Thresholds of the API's alarms. The API answers a throttled request with 429, for which an HTTP API has no separate
// metric ("Monitor CloudWatch metrics for HTTP APIs in API Gateway", API Gateway Developer Guide).
const (
	apiMax5xx        = 10 // in a minute
	apiMax4xxPercent = 50
	// apiMinRequests is the minimum number of requests in a minute for the 4xx alarm. Among fewer requests, one client
	// without a token would cause a high percentage.
	apiMinRequests = 20
)

func watchesOfAPI(api *apigateway.ApiGateway) []watch {
	of := apiDimensions(api)
	return []watch{
		{
			"api-5xx", fmt.Sprintf("the API answers more than %d requests in a minute with 5xx", apiMax5xx),
			single(fargateservice.MetricQuery("errors", apiNamespace, "5xx", "Sum", of)), apiMax5xx, 3, 5,
		},
		{
			"api-4xx", fmt.Sprintf("the API refuses or throttles more than %d %% of the requests", apiMax4xxPercent),
			result(cloudwatch.MetricAlarmMetricQueryArray{
				fargateservice.MetricQuery("errors", apiNamespace, "4xx", "Sum", of), fargateservice.MetricQuery("requests", apiNamespace, "Count", "SampleCount", of),
			}, "4xx responses in percent", fmt.Sprintf("IF(requests >= %d, 100 * errors / requests, 0)", apiMinRequests)), apiMax4xxPercent, 5, 5,
		},
	}
}

func dimensions(service *fargateservice.FargateService) pulumi.StringMap {
	return pulumi.StringMap{"ClusterName": service.Environment().ClusterName, "ServiceName": service.ServiceName}
}

func apiDimensions(api *apigateway.ApiGateway) pulumi.StringMap {
	return pulumi.StringMap{"ApiId": api.ID, "Stage": pulumi.String(apigateway.StageName)}
}

// single returns the queries of an alarm on one metric.
func single(query cloudwatch.MetricAlarmMetricQueryArgs) cloudwatch.MetricAlarmMetricQueryArray {
	query.ReturnData = pulumi.Bool(true)
	return cloudwatch.MetricAlarmMetricQueryArray{query}
}

// result returns the queries of an alarm on the result of an expression over metrics.
func result(metrics cloudwatch.MetricAlarmMetricQueryArray, label, expression string) cloudwatch.MetricAlarmMetricQueryArray {
	return append(metrics, cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("result"), Label: pulumi.String(label), Expression: pulumi.String(expression), ReturnData: pulumi.Bool(true),
	})
}
