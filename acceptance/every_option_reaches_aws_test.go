//go:build acceptance

package acceptance

import (
	"fmt"
	"net/url"
	"slices"
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
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	balancers "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waf "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestOptions sets the options that no other case sets to values other than their defaults,
// and reads them back from AWS.
func TestOptions(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", map[string]any{"domainName": "app.example.com", "hostedZoneId": "one"})
	secret := *lab.Ask(t, d.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{
		Name: aws.String("options/" + d.Name), SecretString: aws.String("s"),
	}).ARN
	arn := func(service, rest string) string {
		return "arn:aws:" + service + ":" + d.Region + ":123456789012:" + rest
	}
	key, queue, topic := arn("kms", "key/12345678-1234-1234-1234-123456789012"), arn("sqs", "alerts"), arn("sns", "approvals")
	set := map[string]any{
		"accessLogs": false, "apiCallbackUrls": []string{"https://app.example.com/callback"},
		"apiCorsAllowHeaders": []string{"authorization", "x-tenant"}, "apiDomainPrefix": "options-" + d.Name,
		"availabilityZones": lastZones(t, d), "idleTimeoutSeconds": int32(120), "ingressCidrBlocks": []string{"198.51.100.0/24"},
		"vpcCidrBlock": "10.8.0.0/16", "wafRateLimit": int64(500), "subscriberArns": []string{queue}, "topicArn": topic,
		"branches": []string{"release/**"}, "routeKeys": []string{"GET /orders/{id}"}, "objectKey": "code/app.zip",
		"computeType": "BUILD_GENERAL1_LARGE", "privilegedMode": true, "exceptions": true,
		"entryPoint": []string{"/bin/serve"}, "stopTimeoutSeconds": int32(60), "retries": int32(5), "startPeriodSeconds": int32(30),
		"gracePeriodSeconds": int32(120), "unhealthyThreshold": int32(5), "protocolVersion": "HTTP2",
		"scaleInCooldownSeconds": int32(600), "scaleOutCooldownSeconds": int32(30), "targetMemoryPercent": 70.0,
		"secretsKmsKeyArns": true,
	}
	for _, name := range []string{
		"accessLogs", "apiCallbackUrls", "apiCorsAllowHeaders", "apiDomainPrefix", "availabilityZones", "idleTimeoutSeconds",
		"ingressCidrBlocks", "vpcCidrBlock", "wafRateLimit",
	} {
		d.Config[name] = set[name]
	}
	d.Config["apiCorsAllowOrigins"], d.Config["waf"] = []any{"https://app.example.com"}, true
	d.Config["notifications"] = map[string]any{"subscriberArns": set["subscriberArns"]}
	d.Config["services"] = []any{
		map[string]any{
			"name": "web", "source": map[string]any{"repository": "acme/options", "connectionArn": readback.Connection, "branches": set["branches"]},
			"build": map[string]any{"tests": []any{map[string]any{"name": "unit", "commands": []any{"true"}, "privilegedMode": true, "computeType": set["computeType"]}},
				"scanGate": map[string]any{"exceptions": []any{map[string]any{"id": "CVE-2026-0001", "expires": "2099-12-31", "reason": "not reachable"}}}},
			"image": "public.ecr.aws/docker/library/nginx:1.27", "approval": map[string]any{"topicArn": topic},
			"entryPoint": set["entryPoint"], "stopTimeoutSeconds": set["stopTimeoutSeconds"],
			"containerHealthCheck": map[string]any{"command": []any{"CMD", "/bin/true"}, "retries": set["retries"], "startPeriodSeconds": set["startPeriodSeconds"]},
			"healthCheck":          map[string]any{"gracePeriodSeconds": set["gracePeriodSeconds"], "unhealthyThreshold": set["unhealthyThreshold"]},
			"scaling": map[string]any{"minCapacity": 1, "maxCapacity": 2, "targetMemoryPercent": set["targetMemoryPercent"],
				"scaleInCooldownSeconds": set["scaleInCooldownSeconds"], "scaleOutCooldownSeconds": set["scaleOutCooldownSeconds"]},
			"secrets": map[string]any{"TOKEN": secret}, "secretsKmsKeyArns": []any{key},
		},
		map[string]any{"name": "events", "source": map[string]any{"provider": "CodeCommit", "repository": "events"}, "pathPatterns": []any{"/events/*"},
			"image": "public.ecr.aws/docker/library/nginx:1.27", "protocolVersion": set["protocolVersion"]},
		map[string]any{"name": "orders", "source": map[string]any{"provider": "S3", "objectKey": set["objectKey"]}, "pathPatterns": []any{"/orders/*"},
			"api": map[string]any{"routeKeys": set["routeKeys"]}},
	}
	d.Up()

	seen := map[string]any{}
	seenOfBalancer(t, d, seen)
	seenOfAPI(t, d, seen)
	seenOfPipelines(t, d, seen)
	seenOfTasks(t, d, seen, key)
	require.Equal(t, set, seen)
	d.RequireStable()

	own := lab.Ask(t, d.WAF.CreateWebACL, &wafv2.CreateWebACLInput{
		Name: aws.String("own-" + d.Name), Scope: waf.ScopeRegional, DefaultAction: &waf.DefaultAction{Allow: &waf.AllowAction{}},
		VisibilityConfig: &waf.VisibilityConfig{MetricName: aws.String("own")},
	}).Summary
	d.Config["waf"], d.Config["webAclArn"] = false, *own.ARN
	delete(d.Config, "wafRateLimit")
	thresholds := map[string]any{"maxCpuPercent": 80.0, "maxMemoryPercent": 70.0, "maxLatencyMilliseconds": 1500.0}
	d.Config["alarms"], d.Services()[0]["alarms"] = true, thresholds
	d.Up()
	require.Equal(t, thresholds, seenAlarms(t, d))
	for _, balancer := range lab.Balancers(t, d) {
		acl := lab.Ask(t, d.WAF.GetWebACLForResource, &wafv2.GetWebACLForResourceInput{ResourceArn: balancer.LoadBalancerArn}).WebACL
		require.Equal(t, *own.ARN, aws.ToString(acl.ARN), "a web ACL of the user takes the place of the created one")
	}
	d.Config["webAclArn"] = ""
	d.Up()
	lab.Ask(t, d.WAF.DeleteWebACL, &wafv2.DeleteWebACLInput{Id: own.Id, Name: own.Name, LockToken: own.LockToken, Scope: waf.ScopeRegional})
	d.End()
	lab.Ask(t, d.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
}

// lastZones returns the names of the last two Availability Zones of the region. The default is not these zones.
func lastZones(t *testing.T, d *lab.Stack) []string {
	var zones []string
	for _, zone := range lab.Ask(t, d.EC2.DescribeAvailabilityZones, &ec2.DescribeAvailabilityZonesInput{}).AvailabilityZones {
		zones = append(zones, aws.ToString(zone.ZoneName))
	}
	slices.Sort(zones)
	return zones[len(zones)-2:]
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
	attributes := lab.Ask(t, d.ELB.DescribeLoadBalancerAttributes, &elasticloadbalancingv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: public.LoadBalancerArn})
	for _, each := range attributes.Attributes {
		switch aws.ToString(each.Key) {
		case "idle_timeout.timeout_seconds":
			var seconds int32
			_, err := fmt.Sscan(aws.ToString(each.Value), &seconds)
			require.NoError(t, err)
			seen["idleTimeoutSeconds"] = seconds
		case "access_logs.s3.enabled":
			seen["accessLogs"] = aws.ToString(each.Value) == "true"
		}
	}
	for _, rule := range lab.Ask(t, d.WAF.GetWebACLForResource, &wafv2.GetWebACLForResourceInput{ResourceArn: public.LoadBalancerArn}).WebACL.Rules {
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

// seenOfTasks reads the options of the service web, its task definition, its scaling and its execution role.
func seenOfTasks(t *testing.T, d *lab.Stack, seen map[string]any, key string) {
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
	for _, role := range lab.Roles(t, d) {
		for _, inline := range role.RolePolicyList {
			document, err := url.PathUnescape(aws.ToString(inline.PolicyDocument))
			require.NoError(t, err)
			if lab.WithoutSuffix(aws.ToString(role.RoleName)) == "web-execution" && strings.Contains(document, key) {
				seen["secretsKmsKeyArns"] = true
			}
		}
	}
}

// seenAlarms returns the thresholds of the alarms of the service web.
func seenAlarms(t *testing.T, d *lab.Stack) map[string]any {
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
