package environment

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// NotificationsSpec configures the recipients of notifications about deliveries.
type NotificationsSpec struct {
	// EmailAddresses are the e-mail addresses that receive each notification. AWS first asks each of them to confirm
	// the subscription.
	EmailAddresses []string `json:"emailAddresses"`
	// SubscriberArns are the ARNs of Lambda functions and standard SQS queues that receive each notification. Their
	// resource policies must allow Amazon SNS to call them. FIFO queues are not allowed.
	SubscriberArns []string `json:"subscriberArns"`
	// Succeeded also sends a notification when a pipeline succeeds. By default notifications report only failures and
	// pending approvals.
	Succeeded bool `json:"succeeded"`
}

var (
	emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	// SNS says "FIFO SQS Queues can not be subscribed to standard SNS topics" (getmoto/moto#8957).
	subscriberPattern = regexp.MustCompile(`^arn:aws[\w-]*:(lambda:[\w-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?|sqs:[\w-]+:\d{12}:[\w-]{1,80})$`)
)

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (n *NotificationsSpec) Validate(prefix string, found *problems.List) {
	if n.Succeeded && n.subscribers() == 0 {
		found.Add(prefix+"succeeded", n.Succeeded, "it requires emailAddresses or subscriberArns")
	}
	for i, address := range n.EmailAddresses {
		found.Matches(prefix+problems.Indexed("emailAddresses", i), address, emailPattern, "an e-mail address")
	}
	for i, arn := range n.SubscriberArns {
		found.Matches(prefix+problems.Indexed("subscriberArns", i), arn, subscriberPattern,
			"the ARN of a Lambda function or of an SQS queue that is not FIFO")
	}
}

func (n *NotificationsSpec) subscribers() int { return len(n.EmailAddresses) + len(n.SubscriberArns) }

// notifies reports whether the environment has a notification topic, for subscribers or for alarms.
func (e *Environment) notifies() bool { return e.alarms || e.spec.Notifications.subscribers() > 0 }

// AlarmActions returns the actions of an alarm for the states ALARM and OK: it publishes to the notification topic. It
// returns nil if the environment has no alarms.
func (e *Environment) AlarmActions() pulumi.ArrayInput {
	if !e.alarms {
		return nil
	}
	return pulumi.Array{e.topic.Arn}
}

// TopicArn returns the ARN of the notification topic, and whether there is one.
func (e *Environment) TopicArn() (arn pulumi.StringOutput, exists bool) {
	if !e.notifies() {
		return arn, false
	}
	return e.topic.Arn, true
}

// newTopic creates the notification topic with its key and its subscriptions, if the environment has subscribers or
// alarms.
//
// The topic has a customer managed key. Neither EventBridge nor an alarm can publish to a topic that is encrypted with
// the AWS managed key for SNS, because nobody can change the policy of that key. The statements for EventBridge have no
// condition: EventBridge sets none of the condition keys, so a condition would silently drop the notifications ("Using
// resource-based policies for Amazon EventBridge", Amazon EventBridge User Guide; "Managing Amazon SNS encryption keys
// and costs", SNS Developer Guide).
func (e *Environment) newTopic(ctx *pulumi.Context) error {
	if !e.notifies() {
		return nil
	}
	name := e.name + "-notifications"
	fromAccount := []policy.Condition{policy.SourceAccount(e.Account.ID)}
	publishers := []publisher{{"Events", "events.amazonaws.com", nil}}
	if e.alarms {
		publishers = append(publishers, publisher{"Alarms", "cloudwatch.amazonaws.com", fromAccount})
	}
	use := []policy.Statement{policy.AccountDecides(e.Account.Partition, e.Account.ID)}
	for _, each := range publishers {
		use = append(use, policy.Statement{
			Sid: each.sid, Principals: each.principals(), Conditions: each.conditions,
			Actions: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resources: pulumi.StringArray{pulumi.String("*")},
		})
	}
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Notifications of " + e.name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(7), // the minimum, because the topic keeps no messages
		Policy:               policy.Document(use...),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the key of notifications: %w", err)
	}
	e.topic, err = sns.NewTopic(ctx, name, &sns.TopicArgs{KmsMasterKeyId: key.Arn}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the topic of notifications: %w", err)
	}
	var publish []policy.Statement
	for _, each := range publishers {
		publish = append(publish, policy.Statement{
			Sid: each.sid, Actions: []string{"sns:Publish"}, Principals: each.principals(), Conditions: each.conditions, Resources: pulumi.StringArray{e.topic.Arn},
		})
	}
	e.topicPolicy, err = sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn: e.topic.Arn, Policy: policy.Document(append(publish, policy.OnlyTLS("sns:Publish", e.topic.Arn))...),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("setting the policy of the topic of notifications: %w", err)
	}
	for _, address := range e.spec.Notifications.EmailAddresses {
		if err := e.subscribe(ctx, name, "email", address); err != nil {
			return err
		}
	}
	for _, arn := range e.spec.Notifications.SubscriberArns {
		if err := e.subscribe(ctx, name, strings.Split(arn, ":")[2], arn); err != nil {
			return err
		}
	}
	return nil
}

// publisher is an AWS service that publishes to the notification topic.
type publisher struct {
	sid, service string
	conditions   []policy.Condition // in the policies of the topic and of its key
}

func (p publisher) principals() policy.Principals {
	return policy.Principals{"Service": pulumi.String(p.service)}
}

func (e *Environment) subscribe(ctx *pulumi.Context, name, protocol, endpoint string) error {
	_, err := sns.NewTopicSubscription(ctx, name+"-"+endpoint, &sns.TopicSubscriptionArgs{
		Topic: e.topic.Arn, Protocol: pulumi.String(protocol), Endpoint: pulumi.String(endpoint),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("subscribing %s to notifications: %w", endpoint, err)
	}
	return nil
}
