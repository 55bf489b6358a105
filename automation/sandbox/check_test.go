package sandbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sound holds valid inputs of some types. Tests change one input to make them invalid.
var sound = map[string]props{
	clusterType:  {},
	logGroupType: {"retentionInDays": 7},
	roleType:     {"assumeRolePolicy": trust},
	targetGroupType: {"port": 80, "protocol": "HTTP", "targetType": "ip", "vpcId": "vpc-11111111",
		"healthCheck": props{"interval": 10, "timeout": 5, "path": "/health", "matcher": "200-299"}},
	balancerType: {"subnets": []any{"subnet-11111111", "subnet-22222222"}},
	ruleType: {"listenerArn": "arn", "priority": 10, "conditions": []any{props{"pathPattern": props{"values": []any{"/a/*"}}}},
		"actions": []any{props{"type": "forward", "targetGroupArn": "arn"}}},
	taskDefinitionType: {"family": "web", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
		"requiresCompatibilities": []any{"FARGATE"}, "containerDefinitions": `[{"name":"web","image":"nginx"}]`},
	serviceType: {"cluster": "arn", "taskDefinition": "web:1", "loadBalancers": []any{
		props{"containerName": "web", "containerPort": 80, "targetGroupArn": "arn"}}},
	projectType: {"serviceRole": "arn:aws:iam::999999999999:role/x", "artifacts": props{"type": "CODEPIPELINE"},
		"source": props{"type": "CODEPIPELINE"}, "cache": props{"type": "LOCAL", "modes": []any{"LOCAL_DOCKER_LAYER_CACHE"}},
		"environment": props{"computeType": "BUILD_GENERAL1_SMALL", "image": "img", "type": "LINUX_CONTAINER", "privilegedMode": true}},
	groupType: {"appName": "app", "deploymentGroupName": "group", "serviceRoleArn": "arn", "ecsService": props{"clusterName": "c", "serviceName": "s"},
		"deploymentStyle": props{"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
		"loadBalancerInfo": props{"targetGroupPairInfo": props{"prodTrafficRoute": props{"listenerArns": []any{"arn"}},
			"targetGroups": []any{props{"name": "blue"}, props{"name": "green"}}}}},
	alarmType:  {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2, "metricQueries": []any{sum, props{"id": "a", "metric": metric}}},
	poolType:   {},
	clientType: {"userPoolId": "pool"},
	routeType:  {"apiId": "api", "routeKey": "GET /items/{id}", "authorizationType": "JWT", "authorizerId": "authorizer"},
	authorizerType: {"apiId": "api", "authorizerType": "JWT", "identitySources": []any{"$request.header.Authorization"},
		"jwtConfiguration": props{"issuer": "https://issuer", "audiences": []any{"client"}}},
	integrationType: {"apiId": "api", "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "connectionType": "VPC_LINK",
		"connectionId": "link", "integrationUri": "arn:aws:elasticloadbalancing:eu-central-1:999999999999:listener/x"},
	listenerType: {"loadBalancerArn": "arn", "port": 443, "protocol": "HTTPS", "certificateArn": "arn", "sslPolicy": "ELBSecurityPolicy-2016-08",
		"defaultActions": []any{props{"type": "redirect", "redirect": props{"statusCode": "HTTP_301"}}}},
	certificateType: {"domainName": "app.example.com", "validationMethod": "DNS"},
	dashboardType:   {"dashboardName": "d", "dashboardBody": `{"widgets":[{"type":"alarm","x":0,"y":0,"width":24,"height":2,"properties":{"alarms":["a"]}}]}`},
	webACLType:      {"scope": "REGIONAL", "defaultAction": props{"allow": props{}}, "visibilityConfig": visible, "rules": []any{limited}},
	recordType:      {"zoneId": "Z1", "name": "app.example.com", "type": "CNAME", "records": []any{"x"}, "ttl": 300},
}

// visible holds the metric settings of a web ACL and its rules, and limited is a rule.
var (
	visible = props{"cloudwatchMetricsEnabled": true, "metricName": "m", "sampledRequestsEnabled": true}
	limited = props{"name": "limit", "priority": 1, "action": props{"block": props{}}, "visibilityConfig": visible,
		"statement": props{"rateBasedStatement": props{"limit": 2000}}}
)

// metric and sum are parts of an alarm with metric math: metric is the metric of a query, and sum is a query.
var (
	metric = props{"namespace": "n", "metricName": "m", "period": 60, "stat": "Sum"}
	sum    = props{"id": "both", "expression": "FILL(a, 0)", "returnData": true}
)

// watching returns the queries of an alarm.
func watching(queries ...any) props { return props{"metricQueries": queries} }

func TestSoundInputsPass(t *testing.T) {
	for token, inputs := range sound {
		_, reasons := newDesk(t).check(token, "name", nil, inputs)
		require.Empty(t, reasons, token)
	}
}

func TestUnsoundInputsAreRefused(t *testing.T) {
	for _, c := range []struct {
		token string
		with  props
		want  string
	}{
		// violations of the SDK's types
		{clusterType, props{"nmae": "x"}, "nmae is not a property the provider has here; allowed: configuration, name"},
		{clusterType, props{"name": 3}, "name is 3 (a number); the provider takes a string"},
		{clusterType, props{"settings": props{}}, "settings is object (a object); the provider takes a list"},
		{clusterType, props{"settings": []any{props{"name": "containerInsights"}}}, "settings[0].value is required and not set"},
		{serviceType, props{"desiredCount": 1.5}, "desiredCount is 1.5 (a number); the provider takes a whole number"},
		{serviceType, props{"loadBalancers": []any{props{"containerName": "web", "containerPort": 80, "port": 1}}},
			"loadBalancers[0].port is not a property"},
		{targetGroupType, props{"healthCheck": props{"enabled": "yes"}}, `healthCheck.enabled is "yes" (a string); the provider takes true or false`},
		// what AWS refuses, and what the sandbox does not know
		{roleType, props{"assumeRolePolicy": "{"}, "MalformedPolicyDocument"},
		{roleType, props{"assumeRolePolicy": `{"Statement":[{"Action":"x"}]}`}, "has no Effect"},
		{targetGroupType, props{"port": nil}, "port is required and not set"},
		{ruleType, props{"actions": []any{props{"type": "forward"}}}, `is of type "forward" without targetGroupArn`},
		{taskDefinitionType, props{"networkMode": "bridge"}, `networkMode is "bridge"; the sandbox does not know this value, only awsvpc`},
		{taskDefinitionType, props{"containerDefinitions": "[]"}, "no essential container"},
		{taskDefinitionType, props{"containerDefinitions": "{"}, "container_definitions is invalid"},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","portMapping":[]}]`}, `unknown field "portMapping"`},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i"},{"name":"a","image":"i"}]`}, `two containers called "a"`},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","logConfiguration":{"logDriver":"awslogs"}}]`}, "execution role ARN"},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","mountPoints":[{"sourceVolume":"v","containerPath":"/v"}]}]`}, `the unknown volume "v"`},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","dependsOn":[{"containerName":"b","condition":"START"}]}]`},
			`depends on the unknown container "b"`},
		{serviceType, props{"deploymentController": props{"type": "CODE_DEPLOY"}, "deploymentCircuitBreaker": props{"enable": true, "rollback": true}}, "deploymentCircuitBreaker is not allowed"},
		{serviceType, props{"deploymentController": props{"type": "CODE_DEPLOY"}, "serviceConnectConfiguration": props{"enabled": true}}, "serviceConnectConfiguration is not allowed"},
		{projectType, props{"artifacts": props{"type": "NO_ARTIFACTS"}}, "the sandbox does not know this value, only CODEPIPELINE"},
		{projectType, props{"cache": props{"type": "LOCAL"}}, "cache.modes is required with cache type LOCAL"},
		{groupType, props{"loadBalancerInfo": props{}}, "loadBalancerInfo.targetGroupPairInfo is required and not set"},
		{groupType, props{"blueGreenDeploymentConfig": props{"deploymentReadyOption": props{"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 5}}}, "only allowed with actionOnTimeout STOP_DEPLOYMENT"},
		{alarmType, props{"datapointsToAlarm": 3}, "at most evaluationPeriods, 2"},
		{alarmType, watching(props{"id": "a", "metric": metric}), "metricQueries have returnData 0 times; allowed is once"},
		{alarmType, watching(sum, props{"id": "b", "expression": "a", "returnData": true}), "metricQueries have returnData 2 times"},
		{alarmType, watching(sum, props{"id": "both", "metric": metric}), `is "both", which another query has`},
		{alarmType, watching(sum, props{"id": "a"}), "must have either an expression or a metric"},
		{poolType, props{"mfaConfiguration": "ON"}, "no second factor"},
		{routeType, props{"authorizerId": nil}, "authorizerId is required"},
		{authorizerType, props{"jwtConfiguration": props{"issuer": "https://issuer"}}, "jwtConfiguration.audiences is required"},
		{listenerType, props{"certificateArn": nil}, "A certificate must be specified for HTTPS listeners"},
		{listenerType, props{"protocol": "HTTP"}, "A certificate cannot be specified for HTTP listeners"},
		{listenerType, props{"defaultActions": []any{props{"type": "redirect"}}}, `is of type "redirect" without redirect`},
		{recordType, props{"aliases": []any{props{"name": "x", "zoneId": "Z2", "evaluateTargetHealth": true}}}, "records conflicts with aliases"},
		{recordType, props{"ttl": nil}, "and ttl are required unless aliases are given"},
		{dashboardType, props{"dashboardBody": `{"widgets":[{"x":20,"width":6,"height":1}]}`}, "covers the columns 20 to 26"},
		{dashboardType, props{"dashboardBody": `{"widgets":[{"type":"alarm","width":6,"height":1}]}`}, "has 0 alarms; allowed is 1 to 100"},
		{dashboardType, props{"dashboardBody": `{"widgets":[{"type":"metric","width":6,"height":1}]}`}, "needs a region and metrics"},
		{webACLType, props{"rules": []any{limited, limited}}, "rules[1].priority is 1, which another rule has"},
		{webACLType, props{"rules": []any{merged(limited, props{"action": nil})}}, "an overrideAction for a rule group, and otherwise an action"},
		{webACLType, props{"description": "ends with a space "}, "letters, digits, spaces"},
	} {
		_, reasons := newDesk(t).check(c.token, "name", nil, merged(sound[c.token], c.with))
		require.Contains(t, strings.Join(reasons, "\n"), c.want, "%s with %v", c.token, c.with)
	}
}

// A priority that is unknown in a preview is not the priority 0.
func TestUnknownPriorityOfAWebACLRule(t *testing.T) {
	_, reasons := newDesk(t).check(webACLType, "name", nil, merged(sound[webACLType], props{"rules": []any{
		merged(limited, props{"priority": unknownValue}), merged(limited, props{"name": "first", "priority": 0})}}))
	require.Empty(t, reasons)
}

func TestAllFailuresAreReportedAtOnce(t *testing.T) {
	_, reasons := newDesk(t).check(targetGroupType, "name", nil, merged(sound[targetGroupType], props{"port": nil,
		"protocol": "FTP", "targetType": "task"}))
	require.Len(t, reasons, 3)
}

// In a preview, any input may be unknown, at any depth.
func TestUnknownValuesPass(t *testing.T) {
	var unknowns func(v any, path []string) any
	unknowns = func(v any, path []string) any { // v with the value at the path unknown
		if len(path) == 0 {
			return unknownValue
		}
		changed := merged(v.(props), nil)
		changed[path[0]] = unknowns(changed[path[0]], path[1:])
		return changed
	}
	for token, inputs := range sound {
		for name, v := range inputs {
			paths := [][]string{{name}}
			if object, ok := v.(props); ok {
				for inner := range object {
					paths = append(paths, []string{name, inner})
				}
			}
			for _, path := range paths {
				_, reasons := newDesk(t).check(token, "name", nil, unknowns(inputs, path).(props))
				require.Empty(t, reasons, "%s with unknown %v", token, path)
			}
		}
	}
}

func TestGeneratedNames(t *testing.T) {
	d := newDesk(t)
	first, _ := d.check(clusterType, "main", nil, nil)
	require.Regexp(t, `^main-[0-9a-f]{7}$`, text(first, "name"))
	again, _ := d.check(clusterType, "main", nil, nil)
	require.Equal(t, first, again, "the same seed gives the same name, in a preview and in the run after it")

	d.in.region = "us-east-1"
	kept, _ := d.check(clusterType, "main", props{"name": "main-old", defaultsKey: []any{"name"}}, nil)
	require.Equal(t, "main-old", text(kept, "name"), "an update keeps the name")
	fresh, _ := d.check(clusterType, "main", props{"name": "explicit"}, nil)
	require.NotEqual(t, "explicit", text(fresh, "name"), "a name that the program no longer gives is not kept")

	bucket, _ := d.check(bucketType, "Main", nil, nil)
	require.Regexp(t, `^main-[0-9a-f]{7}$`, text(bucket, "bucket"))

	_, reasons := d.check(balancerType, "a-logical-name-that-is-too-long", nil, sound[balancerType])
	require.Contains(t, strings.Join(reasons, "\n"), "no name of at most 32 characters can be made")
}
