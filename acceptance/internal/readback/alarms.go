//go:build acceptance

package readback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"fargate-cd/acceptance/internal/lab"
)

// alarms returns the alarms on the services and on the API. Missing data does not breach a
// threshold. The alarm on 5xx answers rolls deployments back. It looks at three minutes, of
// which one is enough: a late metric still counts, and the alarm resets before the next
// deployment. Only the stack's topic gets messages.
func (s System) alarms() []string {
	var lines []string
	add := func(name, limit string, watches ...string) {
		lines = append(lines, fmt.Sprintf("%s: GreaterThanThreshold %s minutes, absent is notBreaching", name, limit))
		for _, watch := range watches {
			lines = append(lines, name+": "+watch)
		}
		if s.Alarms {
			const topic = "arn:aws:sns:REGION:ACCOUNT:STACK-notifications"
			lines = append(lines, name+": ALARM calls "+topic, name+": OK calls "+topic)
		}
	}
	for _, each := range s.Services {
		if threshold := s.threshold5xx(each); threshold != 0 {
			add(each.Name+"-5xx", fmt.Sprintf("%d in 1 of 3", threshold),
				each.groups("Sum", "HTTPCode_Target_5XX_Count", "both = FILL(blue, 0)", " + FILL(green, 0)", "")...)
		}
		if !s.Alarms {
			continue
		}
		begin, of := "STACK-"+each.Name, " of ClusterName=fargate-cd-STACK ServiceName="+each.Name
		add(begin+"-unhealthy", "0 in 5 of 5", each.groups("Maximum", "UnHealthyHostCount", "result = FILL(blue, 0)", " + FILL(green, 0)", "")...)
		add(begin+"-latency", "2 in 3 of 5", each.groups("p95", "TargetResponseTime", "result = MAX([FILL(blue, 0)", ", FILL(green, 0)", "])")...)
		add(begin+"-cpu", "90 in 5 of 5", "watches cpu = Average in 60 s of AWS/ECS CPUUtilization"+of)
		add(begin+"-memory", "90 in 5 of 5", "watches memory = Average in 60 s of AWS/ECS MemoryUtilization"+of)
		add(begin+"-tasks", "0 in 10 of 10", "watches result = desired - FILL(running, 0)",
			"desired = Average in 60 s of ECS/ContainerInsights DesiredTaskCount"+of,
			"running = Average in 60 s of ECS/ContainerInsights RunningTaskCount"+of)
	}
	if s.Alarms && len(s.Routes) > 0 {
		const of = " of ApiId=the API Stage=$default"
		add("STACK-api-5xx", "10 in 3 of 5", "watches errors = Sum in 60 s of AWS/ApiGateway 5xx"+of)
		add("STACK-api-4xx", "50 in 5 of 5", "watches result = IF(requests >= 20, 100 * errors / requests, 0)", "errors = Sum in 60 s of AWS/ApiGateway 4xx"+of,
			"requests = SampleCount in 60 s of AWS/ApiGateway Count"+of)
	}
	return lines
}

// threshold5xx returns the threshold of a service's alarm on 5xx answers; 0 for no alarm.
func (s System) threshold5xx(service Service) int {
	switch {
	case service.BlueGreen != nil && service.BlueGreen.Most5xx != 0:
		return service.BlueGreen.Most5xx
	case s.Alarms:
		return 10
	default:
		return 0
	}
}

// groups returns the queries of a metric of the service's target groups, after the expression
// that combines them. The expression consists of blue, of green if the service has a second
// target group, and of end.
func (s Service) groups(stat, metric, blue, green, end string) []string {
	names := []string{"blue"}
	if s.BlueGreen != nil {
		names, blue = append(names, "green"), blue+green
	}
	lines := []string{"watches " + blue + end}
	for _, group := range names {
		lines = append(lines, fmt.Sprintf("%s = %s in 60 s of AWS/ApplicationELB %s of LoadBalancer=the balancer TargetGroup=group %s-%s",
			group, stat, metric, s.Name, group))
	}
	return lines
}

func seenAlarms(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, alarm := range lab.Ask(t, d.CloudWatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms {
		begin := aws.ToString(alarm.AlarmName) + ": "
		if strings.HasPrefix(begin, "TargetTracking-") { // Application Auto Scaling creates and deletes it with its policy
			continue
		}
		lines = append(lines, fmt.Sprintf("%s%s %g in %d of %d minutes, absent is %s", begin, alarm.ComparisonOperator,
			aws.ToFloat64(alarm.Threshold), aws.ToInt32(alarm.DatapointsToAlarm), aws.ToInt32(alarm.EvaluationPeriods),
			aws.ToString(alarm.TreatMissingData)))
		for _, query := range alarm.Metrics {
			lines = append(lines, begin+seenQuery(query))
		}
		for state, actions := range map[types.StateValue][]string{
			types.StateValueAlarm: alarm.AlarmActions, types.StateValueOk: alarm.OKActions,
			types.StateValueInsufficientData: alarm.InsufficientDataActions,
		} {
			for _, action := range actions {
				lines = append(lines, fmt.Sprintf("%s%s calls %s", begin, state, action))
			}
		}
		if !aws.ToBool(alarm.ActionsEnabled) {
			lines = append(lines, begin+"its actions are disabled")
		}
	}
	return lines
}

func seenQuery(query types.MetricDataQuery) string {
	watches := ""
	if aws.ToBool(query.ReturnData) {
		watches = "watches "
	}
	if query.MetricStat == nil {
		return fmt.Sprintf("%s%s = %s", watches, aws.ToString(query.Id), aws.ToString(query.Expression))
	}
	stat, dimensions := query.MetricStat, map[string]string{}
	for _, dimension := range stat.Metric.Dimensions {
		dimensions[aws.ToString(dimension.Name)] = aws.ToString(dimension.Value)
	}
	line := fmt.Sprintf("%s%s = %s in %d s of %s %s of", watches, aws.ToString(query.Id), aws.ToString(stat.Stat), aws.ToInt32(stat.Period),
		aws.ToString(stat.Metric.Namespace), aws.ToString(stat.Metric.MetricName))
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		line += fmt.Sprintf(" %s=%s", name, dimensions[name])
	}
	return line
}
