package environment_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// notify runs an environment with notifications about a number of services. The first services have schedules, as many
// as scheduled says.
func notify(t *testing.T, spec environment.NotificationsSpec, services, scheduled int) *enginetest.Engine {
	t.Helper()
	r := &enginetest.Engine{}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		args := &environment.Args{ClusterName: clusterName}
		args.Notifications = spec
		env, err := environment.New(ctx, enginetest.Stack, args)
		if err != nil {
			return err
		}
		var deliveries []environment.Delivery
		for i := range services {
			name := fmt.Sprintf("a-service-of-18-%d", i)
			delivery := environment.Delivery{Pipeline: pulumi.String(name + "-0abcdef"), Service: env.ServiceArn(name)}
			if i < scheduled {
				delivery.TaskGroup, delivery.TaskContainer = clusterName+"-"+name, name
			}
			deliveries = append(deliveries, delivery)
		}
		return env.NotifyOf(ctx, deliveries)
	})
	return r
}

// Each kind of event has a rule, whose target is the topic.
func TestNotificationRules(t *testing.T) {
	r := notify(t, environment.NotificationsSpec{EmailAddresses: []string{"team@example.com"}, Succeeded: true}, 1, 1)
	const topic = "arn:aws:sns:eu-central-1:111122223333:topic/test-notifications"
	for name, want := range map[string]string{
		"failures": `{"source": ["aws.codepipeline"], "detail-type": ["CodePipeline Action Execution State Change"],
			"detail": {"state": ["FAILED"], "pipeline": ["a-service-of-18-0-0abcdef"]}}`,
		"approvals": `{"source": ["aws.codepipeline"], "detail-type": ["CodePipeline Action Execution State Change"],
			"detail": {"state": ["STARTED"], "type": {"category": ["Approval"]}, "pipeline": ["a-service-of-18-0-0abcdef"]}}`,
		"successes": `{"source": ["aws.codepipeline"], "detail-type": ["CodePipeline Pipeline Execution State Change"],
			"detail": {"state": ["SUCCEEDED"], "pipeline": ["a-service-of-18-0-0abcdef"]}}`,
		"rollbacks": `{"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"],
			"resources": ["arn:aws:ecs:eu-central-1:111122223333:service/` + clusterName + `/a-service-of-18-0"],
			"detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}}`,
		"tasks": `{"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"],
			"detail": {"lastStatus": ["STOPPED"], "$or": [{"stopCode": ["TaskFailedToStart", "SpotInterruption", "TerminationNotice"]}, {"containers": {"name": ["a-service-of-18-0"],
				"exitCode": [{"anything-but": [0]}]}}], "group": ["` + clusterName + `-a-service-of-18-0"]}}`,
	} {
		require.JSONEq(t, want, r.One(t, "cloudwatch.EventRule", "test-"+name+"-1").Inputs["eventPattern"].(string), name)
		target := r.One(t, "cloudwatch.EventTarget", "test-"+name+"-1")
		require.Equal(t, topic, target.Inputs["arn"])
		require.True(t, target.Needs(r.One(t, "sns.TopicPolicy", "test-notifications")), "EventBridge may publish first")
		transformer := target.Inputs["inputTransformer"].(object)
		var text string
		require.NoError(t, json.Unmarshal([]byte(transformer["inputTemplate"].(string)), &text), "a JSON text")
		for variable := range transformer["inputPaths"].(object) {
			require.Contains(t, text, "<"+variable+">", name)
		}
	}
	require.Len(t, notify(t, environment.NotificationsSpec{EmailAddresses: []string{"team@example.com"}}, 1, 1).All("cloudwatch.EventRule"), 4)
}

// An event pattern has 2,048 characters at most.
func TestNotificationsOfManyServices(t *testing.T) {
	r := notify(t, environment.NotificationsSpec{EmailAddresses: []string{"team@example.com"}}, 100, 100)
	rules := r.All("cloudwatch.EventRule")
	require.Len(t, rules, 4*7)
	for _, rule := range rules {
		require.Less(t, len(rule.Inputs["eventPattern"].(string)), 2048, rule.Name)
	}
}
