//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestEveryOptionReachesAWS sets the options that no other case sets to values other than their defaults,
// and reads them back from AWS.
func TestEveryOptionReachesAWS(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", map[string]any{"domainName": "app.example.com", "hostedZoneId": "one"})
	secret := d.MakeSecret("options/"+d.Name, "s")
	zones := d.Zones()
	const keyName = "key/11111111-2222-3333-4444-555555555555"
	arn := func(service, rest string) string {
		return "arn:aws:" + service + ":" + d.Region + ":123456789012:" + rest
	}
	key, queue, topic := arn("kms", keyName), arn("sqs", "alerts"), arn("sns", "approvals")
	set := map[string]any{
		"accessLogs": false, "apiCallbackUrls": []string{"https://app.example.com/callback"},
		"apiCorsAllowHeaders": []string{"authorization", "x-tenant"}, "apiDomainPrefix": "options-" + d.Name,
		"availabilityZones":  zones[len(zones)-2:], // the default is the first two
		"idleTimeoutSeconds": int32(120), "ingressCidrBlocks": []string{"198.51.100.0/24"},
		"vpcCidrBlock": "10.8.0.0/16", "wafRateLimit": int64(500), "subscriberArns": []string{queue}, "topicArn": topic,
		"branches": []string{"release/**"}, "routeKeys": []string{"GET /orders/{id}"}, "objectKey": "code/app.zip",
		"computeType": "BUILD_GENERAL1_LARGE", "privilegedMode": true, "exceptions": true,
		"entryPoint": []string{"/bin/serve"}, "stopTimeoutSeconds": int32(60), "retries": int32(5), "startPeriodSeconds": int32(30),
		"gracePeriodSeconds": int32(120), "unhealthyThreshold": int32(5), "protocolVersion": "HTTP2",
		"scaleInCooldownSeconds": int32(600), "scaleOutCooldownSeconds": int32(30), "targetMemoryPercent": 70.0,
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

	require.Equal(t, set, readback.Options(t, d))
	require.Contains(t, readback.Permissions(t, d, "web-execution"),
		"may kms:Decrypt on arn:aws:kms:REGION:ACCOUNT:"+keyName+" when kms:ViaService StringLike secretsmanager.*")
	d.RequireStable()

	lab.Follow(d, "web", "").Chapter("a web ACL of the user and thresholds of alarms", ownWebACL)
	d.End()
}

// ownWebACL replaces the created web ACL with one of the user, and sets the thresholds of alarms.
func ownWebACL(t *testing.T, w *lab.Delivery) {
	own := w.MakeWebACL("own-" + w.Name)
	w.Config["waf"], w.Config["webAclArn"] = false, own
	delete(w.Config, "wafRateLimit")
	thresholds := map[string]any{"maxCpuPercent": 80.0, "maxMemoryPercent": 70.0, "maxLatencyMilliseconds": 1500.0}
	w.Config["alarms"], w.Services()[0]["alarms"] = true, thresholds
	w.Up()
	require.Equal(t, thresholds, readback.Thresholds(t, w.Stack))
	for _, balancer := range lab.Balancers(t, w.Stack) {
		require.Equal(t, own, aws.ToString(lab.WebACL(t, w.Stack, balancer).ARN), "the web ACL of the user takes the place of the created one")
	}
	w.Config["webAclArn"] = ""
	w.Up()
}
