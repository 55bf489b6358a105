//go:build acceptance

package readback

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	autoscaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipelines "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	balancers "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// Options returns the options that TestEveryOptionReachesAWS sets, by their configuration
// keys. The stack has the services of that test: web, events and orders.
func Options(t *testing.T, d *lab.Stack) map[string]any {
	t.Helper()
	seen := map[string]any{}
	seenOfBalancer(t, d, seen)
	seenOfAPI(t, d, seen)
	seenOfPipelines(t, d, seen)
	seenOfTasks(t, d, seen)
	return seen
}

// seenOfBalancer reads the options of the network, the internet-facing load balancer and the target groups.
func seenOfBalancer(t *testing.T, d *lab.Stack, seen map[string]any) {
	all := lab.Balancers(t, d)
	public := all[slices.IndexFunc(all, func(b balancers.LoadBalancer) bool { return lab.BalancerKind(b) == lab.Public })]
	var zones []string
	for _, zone := range public.AvailabilityZones {
		zones = append(zones, aws.ToString(zone.ZoneName))
	}
	slices.Sort(zones)
	seen["availabilityZones"] = zones
	seen["vpcCidrBlock"] = *lab.Ask(t, d.EC2.DescribeVpcs, &ec2.DescribeVpcsInput{VpcIds: []string{*public.VpcId}}).Vpcs[0].CidrBlock
	var blocks []string
	for _, rule := range lab.Ask(t, d.EC2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{GroupIds: public.SecurityGroups}).SecurityGroups[0].IpPermissions {
		for _, each := range rule.IpRanges {
			blocks = append(blocks, aws.ToString(each.CidrIp))
		}
	}
	seen["ingressCidrBlocks"] = slices.Compact(blocks)
	attributes := lab.BalancerAttributes(t, d, public)
	seen["accessLogs"] = attributes["access_logs.s3.enabled"] == "true"
	seconds, err := strconv.ParseInt(attributes["idle_timeout.timeout_seconds"], 10, 32)
	require.NoError(t, err)
	seen["idleTimeoutSeconds"] = int32(seconds)
	for _, rule := range lab.WebACL(t, d, public).Rules {
		if limit := rule.Statement.RateBasedStatement; limit != nil {
			seen["wafRateLimit"] = aws.ToInt64(limit.Limit)
		}
	}
	for _, group := range lab.TargetGroups(t, d) {
		switch {
		case strings.HasPrefix(*group.TargetGroupName, "web-"):
			seen["unhealthyThreshold"] = aws.ToInt32(group.UnhealthyThresholdCount)
		case strings.HasPrefix(*group.TargetGroupName, "events-"):
			seen["protocolVersion"] = aws.ToString(group.ProtocolVersion)
		}
	}
}

// seenOfAPI reads the options of the API and its user pool, and the subscribers of the notifications.
func seenOfAPI(t *testing.T, d *lab.Stack, seen map[string]any) {
	api := lab.Ask(t, d.APIGateway.GetApis, &apigatewayv2.GetApisInput{}).Items[0]
	slices.Sort(api.CorsConfiguration.AllowHeaders)
	seen["apiCorsAllowHeaders"] = api.CorsConfiguration.AllowHeaders
	var routes []string
	for _, route := range lab.Ask(t, d.APIGateway.GetRoutes, &apigatewayv2.GetRoutesInput{ApiId: api.ApiId}).Items {
		routes = append(routes, aws.ToString(route.RouteKey))
	}
	seen["routeKeys"] = routes
	pool := lab.Ask(t, d.Cognito.ListUserPools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(10)}).UserPools[0].Id
	seen["apiDomainPrefix"] = aws.ToString(lab.Ask(t, d.Cognito.DescribeUserPool, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: pool}).UserPool.Domain)
	for _, each := range lab.Ask(t, d.Cognito.ListUserPoolClients, &cognitoidentityprovider.ListUserPoolClientsInput{UserPoolId: pool, MaxResults: aws.Int32(10)}).UserPoolClients {
		client := lab.Ask(t, d.Cognito.DescribeUserPoolClient, &cognitoidentityprovider.DescribeUserPoolClientInput{UserPoolId: pool, ClientId: each.ClientId}).UserPoolClient
		if client.ClientSecret == nil { // the client for people
			seen["apiCallbackUrls"] = client.CallbackURLs
		}
	}
	var endpoints []string
	for _, each := range lab.Ask(t, d.SNS.ListSubscriptions, &sns.ListSubscriptionsInput{}).Subscriptions {
		endpoints = append(endpoints, aws.ToString(each.Endpoint))
	}
	seen["subscriberArns"] = endpoints
}

// seenOfPipelines reads the options of the pipelines and the builds.
func seenOfPipelines(t *testing.T, d *lab.Stack, seen map[string]any) {
	for _, each := range lab.Ask(t, d.CodePipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines {
		pipeline := lab.Ask(t, d.CodePipeline.GetPipeline, &codepipeline.GetPipelineInput{Name: each.Name}).Pipeline
		for _, trigger := range pipeline.Triggers {
			seen["branches"] = trigger.GitConfiguration.Push[0].Branches.Includes
		}
		for _, stage := range pipeline.Stages {
			for _, action := range stage.Actions {
				if action.ActionTypeId.Category == pipelines.ActionCategoryApproval {
					seen["topicArn"] = action.Configuration["NotificationArn"]
				}
				if key := action.Configuration["S3ObjectKey"]; key != "" {
					seen["objectKey"] = key
				}
			}
		}
	}
	for _, project := range lab.Projects(t, d) {
		switch lab.WithoutSuffix(aws.ToString(project.Name)) {
		case "web-test-unit":
			seen["computeType"], seen["privilegedMode"] = string(project.Environment.ComputeType), aws.ToBool(project.Environment.PrivilegedMode)
		case "web-image":
			seen["exceptions"] = strings.Contains(aws.ToString(project.Source.Buildspec), "CVE-2026-0001")
		}
	}
}

// seenOfTasks reads the options of the service web, its task definition and its scaling.
func seenOfTasks(t *testing.T, d *lab.Stack, seen map[string]any) {
	w := lab.Follow(d, "web", "")
	seen["gracePeriodSeconds"] = aws.ToInt32(w.Now().HealthCheckGracePeriodSeconds)
	container := w.Container(w.Revision(), "web")
	seen["entryPoint"], seen["stopTimeoutSeconds"] = container.EntryPoint, aws.ToInt32(container.StopTimeout)
	seen["retries"], seen["startPeriodSeconds"] = aws.ToInt32(container.HealthCheck.Retries), aws.ToInt32(container.HealthCheck.StartPeriod)
	policies := lab.Ask(t, d.AutoScaling.DescribeScalingPolicies, &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: autoscaling.ServiceNamespaceEcs})
	for _, each := range policies.ScalingPolicies {
		tracking := each.TargetTrackingScalingPolicyConfiguration
		if tracking.PredefinedMetricSpecification.PredefinedMetricType == autoscaling.MetricTypeECSServiceAverageMemoryUtilization {
			seen["targetMemoryPercent"] = aws.ToFloat64(tracking.TargetValue)
			seen["scaleInCooldownSeconds"], seen["scaleOutCooldownSeconds"] = aws.ToInt32(tracking.ScaleInCooldown), aws.ToInt32(tracking.ScaleOutCooldown)
		}
	}
}

// Thresholds returns the thresholds of the alarms of the service web.
func Thresholds(t *testing.T, d *lab.Stack) map[string]any {
	seen := map[string]any{}
	for _, alarm := range lab.Ask(t, d.CloudWatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms {
		switch lab.WithoutSuffix(strings.TrimPrefix(aws.ToString(alarm.AlarmName), d.Name+"-")) {
		case "web-cpu":
			seen["maxCpuPercent"] = aws.ToFloat64(alarm.Threshold)
		case "web-memory":
			seen["maxMemoryPercent"] = aws.ToFloat64(alarm.Threshold)
		case "web-latency":
			seen["maxLatencyMilliseconds"] = aws.ToFloat64(alarm.Threshold) * 1000
		}
	}
	return seen
}
