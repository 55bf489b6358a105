package environment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

func TestNotifications(t *testing.T) {
	r := notify(t, environment.NotificationsSpec{
		EmailAddresses: []string{"team@example.com"},
		SubscriberArns: []string{"arn:aws:lambda:eu-central-1:111122223333:function:pager:live", "arn:aws:sqs:eu-central-1:111122223333:events"},
	}, 1, 1)
	const topic = "arn:aws:sns:eu-central-1:111122223333:topic/test-notifications"
	require.Equal(t, object{"kmsMasterKeyId": "arn:aws:kms:eu-central-1:111122223333:key/test-notifications"},
		r.One(t, "sns.Topic", "test-notifications").Inputs)
	require.Equal(t, []string{
		"Allow map[AWS:arn:aws:iam::111122223333:root] kms:* on *",
		"Allow map[Service:events.amazonaws.com] kms:Decrypt kms:GenerateDataKey* on *", // EventBridge sets no condition key
	}, r.One(t, "kms.Key", "test-notifications").Policy(t, "policy"))
	require.Equal(t, []string{
		"Allow map[Service:events.amazonaws.com] sns:Publish on " + topic, // EventBridge sets no condition key
		"Deny * sns:Publish on " + topic + " if Bool aws:SecureTransport false",
	}, r.One(t, "sns.TopicPolicy", "test-notifications").Policy(t, "policy"))
	subscriptions := map[any]any{}
	for _, each := range r.All("sns.TopicSubscription") {
		subscriptions[each.Inputs["endpoint"]] = each.Inputs["protocol"]
	}
	require.Equal(t, map[any]any{
		"team@example.com": "email", "arn:aws:lambda:eu-central-1:111122223333:function:pager:live": "lambda",
		"arn:aws:sqs:eu-central-1:111122223333:events": "sqs",
	}, subscriptions)
}

// With alarms the topic exists even without subscribers, and CloudWatch can publish to it.
func TestTopicOfAlarms(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Alarms: true}))
	const topic = "arn:aws:sns:eu-central-1:111122223333:topic/test-notifications"
	require.Contains(t, r.One(t, "kms.Key", "test-notifications").Policy(t, "policy"),
		"Allow map[Service:cloudwatch.amazonaws.com] kms:Decrypt kms:GenerateDataKey* on * if StringEquals aws:SourceAccount 111122223333")
	require.Contains(t, r.One(t, "sns.TopicPolicy", "test-notifications").Policy(t, "policy"),
		"Allow map[Service:cloudwatch.amazonaws.com] sns:Publish on "+topic+" if StringEquals aws:SourceAccount 111122223333")
	require.Empty(t, r.All("sns.TopicSubscription"))
}

func TestNoNotifications(t *testing.T) {
	r := notify(t, environment.NotificationsSpec{}, 2, 1)
	require.Empty(t, r.All("sns.Topic"))
	require.Empty(t, r.All("kms.Key"), "a key costs money")
}

func TestNotificationsRefuse(t *testing.T) {
	for want, given := range map[string]environment.NotificationsSpec{
		"notifications.succeeded: true is not allowed: it requires emailAddr":   {Succeeded: true},
		`notifications.emailAddresses[0]: "team" is not allowed: an e-mail`:     {EmailAddresses: []string{"team"}},
		`notifications.subscriberArns[0]: "x" is not allowed: the ARN of a Lam`: {SubscriberArns: []string{"x"}},
		`notifications.subscriberArns[0]: "arn:aws:sqs:eu-central-1:111122223333:events.fifo" is not allowed: the ARN of a Lambda function ` +
			`or of an SQS queue that is not FIFO`: {SubscriberArns: []string{"arn:aws:sqs:eu-central-1:111122223333:events.fifo"}},
	} {
		err := (&enginetest.Engine{}).Run(program(environment.Args{Spec: environment.Spec{Notifications: given}}), nil)
		require.ErrorContains(t, err, want)
	}
}
