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
	namespaceType:  {},
	repositoryType: {"name": "team/app"},
	connectionType: {"providerType": "GitLab"},
	bucketType:     {"bucket": "my-artifacts"},
	projectType: {"serviceRole": "arn:aws:iam::999999999999:role/x", "artifacts": props{"type": "CODEPIPELINE"},
		"source":      props{"type": "CODEPIPELINE"},
		"environment": props{"computeType": "BUILD_GENERAL1_SMALL", "image": "img", "type": "LINUX_CONTAINER", "privilegedMode": true}},
	groupType:      {"appName": "app", "deploymentGroupName": "group", "serviceRoleArn": "arn"},
	alarmType:      {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2, "metricName": "m", "namespace": "n", "period": 60},
	poolType:       {},
	clientType:     {"userPoolId": "pool"},
	poolDomainType: {"userPoolId": "pool", "domain": "my-app"},
	routeType:      {"apiId": "api", "routeKey": "GET /items/{id}"},
	authorizerType: {"apiId": "api", "authorizerType": "JWT", "identitySources": []any{"$request.header.Authorization"},
		"jwtConfiguration": props{"issuer": "https://issuer", "audiences": []any{"client"}}},
	integrationType: {"apiId": "api", "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "connectionType": "VPC_LINK",
		"connectionId": "link", "integrationUri": "arn:aws:elasticloadbalancing:eu-central-1:999999999999:listener/x"},
	vpcType: {"cidrBlock": "10.0.0.0/16"},
	keyType: {"deletionWindowInDays": 30},
	listenerType: {"loadBalancerArn": "arn", "port": 443, "protocol": "HTTPS", "certificateArn": "arn", "sslPolicy": "ELBSecurityPolicy-2016-08",
		"defaultActions": []any{props{"type": "redirect", "redirect": props{"statusCode": "HTTP_301"}}}},
	endpointType:    {"vpcId": "vpc-11111111", "serviceName": "com.amazonaws.eu-central-1.s3", "vpcEndpointType": "Gateway"},
	flowLogType:     {"vpcId": "vpc-11111111", "trafficType": "ALL", "maxAggregationInterval": 600},
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

// mathAlarm returns the changes that turn the sound alarm into an alarm with metric math.
func mathAlarm(queries ...any) props {
	return props{"metricName": nil, "namespace": nil, "period": nil, "metricQueries": queries}
}

func TestSoundInputsPass(t *testing.T) {
	for token, inputs := range sound {
		_, reasons := newDesk(t).check(token, "name", nil, inputs)
		require.Empty(t, reasons, token)
	}
	_, reasons := newDesk(t).check(alarmType, "name", nil, merged(sound[alarmType], mathAlarm(sum, props{"id": "a", "metric": metric})))
	require.Empty(t, reasons, "an alarm by metric math")
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
		// violations of AWS's limits
		{roleType, props{"assumeRolePolicy": "{"}, "MalformedPolicyDocument"},
		{roleType, props{"assumeRolePolicy": `{"Statement":[{"Action":"x"}]}`}, "has no Effect"},
		{roleType, props{"name": strings.Repeat("r", 65)}, "allowed are at most 64 characters"},
		{targetGroupType, props{"name": strings.Repeat("g", 33)}, "at most 32 letters, digits and hyphens"},
		{targetGroupType, props{"name": "-g"}, "no hyphen at either end"},
		{targetGroupType, props{"port": nil}, "port is required unless targetType is lambda"},
		{balancerType, props{"name": "internal-x"}, "does not begin with internal-"},
		{securityGroupType, props{"name": "SG-x"}, "does not begin with sg-"}, // without regard to case
		{balancerType, props{"subnets": []any{"subnet-11111111"}}, "At least two subnets"},
		{ruleType, props{"actions": []any{}}, "0 elements; allowed is 1 to 5"},
		{ruleType, props{"actions": []any{props{"type": "forward"}}}, `is of type "forward" without targetGroupArn`},
		{taskDefinitionType, props{"networkMode": "bridge"}, "networkMode must be awsvpc"},
		{taskDefinitionType, props{"containerDefinitions": "[]"}, "no essential container"},
		{taskDefinitionType, props{"containerDefinitions": "{"}, "container_definitions is invalid"},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","portMapping":[]}]`}, `unknown field "portMapping"`},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a b","image":"i"}]`}, `a container called "a b"`},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","logConfiguration":{"logDriver":"awslogs"}}]`}, "execution role ARN"},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","mountPoints":[{"sourceVolume":"v","containerPath":"/v"}]}]`}, `the unknown volume "v"`},
		{taskDefinitionType, props{"containerDefinitions": `[{"name":"a","image":"i","dependsOn":[{"containerName":"b","condition":"START"}]}]`},
			`depends on the unknown container "b"`},
		{taskDefinitionType, props{"volumes": []any{props{"name": "v", "efsVolumeConfiguration": props{"fileSystemId": "fs-1", "transitEncryption": "ENABLED",
			"rootDirectory": "/a", "authorizationConfig": props{"accessPointId": "fsap-1"}}}}}, "rootDirectory must be omitted or / with an access point"},
		{taskDefinitionType, props{"volumes": []any{props{"name": "v", "efsVolumeConfiguration": props{"fileSystemId": "fs-1",
			"authorizationConfig": props{"iam": "ENABLED"}}}}}, "transitEncryption must be ENABLED"},
		{taskDefinitionType, props{"ephemeralStorage": props{"sizeInGib": 20}}, "ephemeralStorage.sizeInGib is 20; allowed is 21 to 200"},
		{serviceType, props{"deploymentController": props{"type": "CODE_DEPLOY"}, "deploymentCircuitBreaker": props{"enable": true, "rollback": true}}, "deploymentCircuitBreaker is not allowed"},
		{serviceType, props{"deploymentController": props{"type": "CODE_DEPLOY"}, "serviceConnectConfiguration": props{"enabled": true}}, "serviceConnectConfiguration is not allowed"},
		{namespaceType, props{"name": "a b"}, "allowed is ASCII characters without spaces"},
		{serviceType, props{"networkConfiguration": props{"subnets": []any{}}}, "0 elements; allowed is 1 to 16"},
		{repositoryType, props{"name": "Team"}, "lower-case letters"},
		{bucketType, props{"bucket": "192.168.0.1"}, "a name that is no IP address"},
		{projectType, props{"artifacts": props{"type": "NO_ARTIFACTS"}}, "CODEPIPELINE must be both or neither"},
		{groupType, props{"ecsService": props{"clusterName": "c", "serviceName": "s"}}, "must be BLUE_GREEN and WITH_TRAFFIC_CONTROL"},
		{groupType, props{"blueGreenDeploymentConfig": props{"deploymentReadyOption": props{"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 5}}}, "only allowed with actionOnTimeout STOP_DEPLOYMENT"},
		{groupType, props{"deploymentConfigName": "CodeDeployDefault.AllAtOnce"}, "a predefined configuration for ECS"},
		{alarmType, props{"period": 45}, "allowed is 10, 20, 30 or a multiple of 60"},
		{alarmType, props{"datapointsToAlarm": 3}, "at most evaluationPeriods, 2"},
		{alarmType, props{"metricQueries": []any{sum}}, "metricName must not be given beside metricQueries"},
		{alarmType, mathAlarm(props{"id": "a", "metric": metric}), "metricQueries have returnData 0 times; allowed is once"},
		{alarmType, mathAlarm(sum, props{"id": "b", "expression": "a", "returnData": true}), "metricQueries have returnData 2 times"},
		{alarmType, mathAlarm(sum, props{"id": "both", "metric": metric}), `is "both", which another query has`},
		{alarmType, mathAlarm(sum, props{"id": "A", "metric": metric}), "a lower-case letter, then letters, digits and underscores"},
		{alarmType, mathAlarm(sum, props{"id": "a"}), "must have either an expression or a metric"},
		{alarmType, mathAlarm(sum, props{"id": "a", "metric": merged(metric, props{"period": 45})}), "metric.period is 45"},
		{poolType, props{"mfaConfiguration": "ON"}, "no second factor"},
		{poolType, props{"passwordPolicy": props{"minimumLength": 5}}, "passwordPolicy.minimumLength is 5; allowed is 6 to 99"},
		{poolDomainType, props{"domain": "my-cognito"}, `does not contain "cognito"`},
		{routeType, props{"routeKey": "/items"}, "$default or a method and a path"},
		{routeType, props{"routeKey": "GET /items/"}, "does not end in a slash after a segment"},
		{routeType, props{"authorizationType": "JWT"}, "authorizerId is required"},
		{authorizerType, props{"jwtConfiguration": props{"issuer": "https://issuer"}}, "jwtConfiguration.audiences is required"},
		{integrationType, props{"integrationUri": "http://example.com"}, "allowed with VPC_LINK is the ARN of a listener"},
		{integrationType, props{"timeoutMilliseconds": 40000}, "timeoutMilliseconds is 40000; allowed is 50 to 30000"},
		{vpcType, props{"cidrBlock": "10.0.0.0/15"}, "of /16 to /28"},
		{vpcType, props{"cidrBlock": "10.0.0.1/16"}, "canonical form"},
		{listenerType, props{"certificateArn": nil}, "A certificate must be specified for HTTPS listeners"},
		{listenerType, props{"protocol": "HTTP"}, "A certificate cannot be specified for HTTP listeners"},
		{listenerType, props{"sslPolicy": "TLS13"}, "allowed is the name of a security policy"},
		{listenerType, props{"defaultActions": []any{props{"type": "redirect"}}}, `is of type "redirect" without redirect`},
		{balancerType, props{"desyncMitigationMode": "strict"}, "allowed is one of monitor, defensive, strictest"},
		{balancerType, props{"idleTimeout": 4001}, "idleTimeout is 4001; allowed is 1 to 4000"},
		{endpointType, props{"serviceName": "s3"}, "allowed is the name of a service"},
		{flowLogType, props{"maxAggregationInterval": 300}, "allowed is 60 or 600"},
		{certificateType, props{"domainName": "app"}, "allowed is a domain name"},
		{recordType, props{"aliases": []any{props{"name": "x", "zoneId": "Z2", "evaluateTargetHealth": true}}}, "records conflicts with aliases"},
		{recordType, props{"ttl": nil}, "and ttl are required unless aliases are given"},
		{dashboardType, props{"dashboardBody": `{"widgets":[{"x":20,"width":6,"height":1}]}`}, "covers the columns 20 to 26"},
		{dashboardType, props{"dashboardBody": `{"widgets":[{"type":"alarm","width":6,"height":1}]}`}, "has 0 alarms; allowed is 1 to 100"},
		{dashboardType, props{"dashboardBody": `{"widgets":[{"type":"metric","width":6,"height":1}]}`}, "needs a region and metrics"},
		{webACLType, props{"rules": []any{limited, limited}}, "rules[1].priority is 1, which another rule has"},
		{webACLType, props{"rules": []any{merged(limited, props{"action": nil})}}, "an overrideAction for a rule group, and otherwise an action"},
		{webACLType, props{"description": "ends with a space "}, "letters, digits, spaces"},
		{keyType, props{"deletionWindowInDays": 6}, "deletionWindowInDays is 6; allowed is 7 to 30"},
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
	_, reasons := newDesk(t).check(targetGroupType, "name", nil, merged(sound[targetGroupType], props{"name": "-g",
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
