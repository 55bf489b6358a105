package environment

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// NotificationsSpec configures who gets messages about deliveries.
type NotificationsSpec struct {
	// EmailAddresses get each message by e-mail. AWS first asks each of them to confirm the subscription.
	EmailAddresses []string `json:"emailAddresses"`
	// SubscriberArns are the ARNs of Lambda functions and SQS queues that get each message. Their own policies must
	// allow Amazon SNS to call them.
	SubscriberArns []string `json:"subscriberArns"`
	// Succeeded also sends a message when a pipeline has succeeded. By default there are messages about failures and
	// about approvals that wait.
	Succeeded bool `json:"succeeded"`
}

var (
	emailPattern      = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	subscriberPattern = regexp.MustCompile(`^arn:aws[\w-]*:(lambda:[\w-]+:\d{12}:function:[\w-]{1,64}|sqs:[\w-]+:\d{12}:[\w-]{1,80}(\.fifo)?)$`)
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
		found.Matches(prefix+problems.Indexed("subscriberArns", i), arn, subscriberPattern, "the ARN of a Lambda function or of an SQS queue")
	}
}

func (n *NotificationsSpec) subscribers() int { return len(n.EmailAddresses) + len(n.SubscriberArns) }

// Delivery is what an environment reports about one service.
type Delivery struct {
	// Pipeline is the name of the CodePipeline pipeline.
	Pipeline pulumi.StringInput
	// Service is the ARN of the ECS service.
	Service pulumi.StringInput
}

// deliveriesPerRule keeps an event pattern below its limit of 2,048 characters: the name of
// a pipeline has 26 at most, and an ARN of a service about 110 ("Amazon EventBridge
// quotas", EventBridge User Guide).
const deliveriesPerRule = 15

// message is a kind of event with the message about it.
type message struct {
	name, description string
	source, kind      string
	detail            map[string]any
	byService         bool              // the event names the ECS service, not the pipeline
	paths             map[string]string // variables of the text, by JSON path
	text              string
}

// console is the page of a pipeline in the console.
const console = "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/<pipeline>/view?region=<region>"

// messages are the events of an environment ("Monitoring CodePipeline events" and the
// examples there, CodePipeline User Guide; "Amazon ECS service deployment state change
// events", ECS Developer Guide). An action that fails gives the reason, which the event of
// the whole execution lacks. A rejected approval is a failed action.
func messages(succeeded bool) []message {
	action := map[string]string{
		"pipeline": "$.detail.pipeline", "stage": "$.detail.stage", "action": "$.detail.action", "region": "$.region",
		"execution": "$.detail.execution-id",
	}
	failure := maps.Clone(action)
	failure["reason"] = "$.detail.execution-result.external-execution-summary"
	const actionKind, pipelineKind = "CodePipeline Action Execution State Change", "CodePipeline Pipeline Execution State Change"
	out := []message{
		{
			name: "failures", description: "An action of a pipeline failed", source: "aws.codepipeline", kind: actionKind,
			detail: map[string]any{"state": []string{"FAILED"}}, paths: failure,
			text: "Pipeline <pipeline>: the action <action> of the stage <stage> failed. <reason> Execution <execution>: " + console,
		},
		{
			name: "approvals", description: "A pipeline waits for an approval", source: "aws.codepipeline", kind: actionKind,
			detail: map[string]any{"state": []string{"STARTED"}, "type": map[string]any{"category": []string{"Approval"}}}, paths: action,
			text: "Pipeline <pipeline> waits for the approval <action> in the stage <stage>. Execution <execution>: " + console,
		},
		{
			name: "rollbacks", description: "A deployment by Amazon ECS failed", source: "aws.ecs", kind: "ECS Deployment State Change",
			detail: map[string]any{"eventName": []string{"SERVICE_DEPLOYMENT_FAILED"}}, byService: true,
			paths: map[string]string{"service": "$.resources[0]", "reason": "$.detail.reason"},
			text:  "A deployment to <service> failed, and Amazon ECS rolls it back if it can. <reason>",
		},
	}
	if succeeded {
		out = append(out, message{
			name: "successes", description: "A pipeline succeeded", source: "aws.codepipeline", kind: pipelineKind,
			detail: map[string]any{"state": []string{"SUCCEEDED"}},
			paths:  map[string]string{"pipeline": "$.detail.pipeline", "region": "$.region", "execution": "$.detail.execution-id"},
			text:   "Pipeline <pipeline> succeeded. Execution <execution>: " + console,
		})
	}
	return out
}

// NotifyOf sends messages about deliveries to the subscribers: which pipeline, stage and
// action, the reason, and a link. It registers nothing if there are no subscribers.
func (e *Environment) NotifyOf(ctx *pulumi.Context, deliveries []Delivery) error {
	spec := e.spec.Notifications
	if spec.subscribers() == 0 || len(deliveries) == 0 {
		return nil
	}
	topic, ready, err := e.newTopic(ctx, &spec)
	if err != nil {
		return err
	}
	for _, m := range messages(spec.Succeeded) {
		number := 0
		for some := range slices.Chunk(deliveries, deliveriesPerRule) {
			number++
			if err := e.newMessage(ctx, fmt.Sprintf("%s-%s-%d", e.name, m.name, number), m, some, topic, ready); err != nil {
				return err
			}
		}
	}
	return nil
}

// newTopic creates the topic with its key and its subscriptions. It returns the topic, and
// what must exist before EventBridge can publish to it.
//
// EventBridge cannot publish to a topic that AWS's own key for SNS encrypts, because
// nobody can change that key's policy ("Encrypting Amazon SNS topics for EventBridge", SNS
// Developer Guide), so the topic has a key of its own.
func (e *Environment) newTopic(ctx *pulumi.Context, spec *NotificationsSpec) (*sns.Topic, []pulumi.Resource, error) {
	name := e.name + "-notifications"
	events := policy.Principals{"Service": pulumi.String("events.amazonaws.com")}
	own := []policy.Condition{policy.SourceAccount(e.Account.ID)}
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Notifications of " + e.name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(7), // the minimum: messages are not kept
		Policy: policy.Document(
			policy.AccountDecides(e.Account.Partition, e.Account.ID),
			policy.Statement{
				Sid: "Events", Principals: events, Conditions: own,
				Actions: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resources: pulumi.StringArray{pulumi.String("*")},
			},
		),
	}, pulumi.Parent(e))
	if err != nil {
		return nil, nil, fmt.Errorf("creating the key of notifications: %w", err)
	}
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{KmsMasterKeyId: key.Arn}, pulumi.Parent(e))
	if err != nil {
		return nil, nil, fmt.Errorf("creating the topic of notifications: %w", err)
	}
	access, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: policy.Document(
			policy.Statement{
				Sid: "Events", Actions: []string{"sns:Publish"}, Principals: events, Conditions: own, Resources: pulumi.StringArray{topic.Arn},
			},
			policy.OnlyTLS("sns:Publish", topic.Arn),
		),
	}, pulumi.Parent(e))
	if err != nil {
		return nil, nil, fmt.Errorf("setting the policy of the topic of notifications: %w", err)
	}
	for _, address := range spec.EmailAddresses {
		if err := e.subscribe(ctx, name, topic, "email", address); err != nil {
			return nil, nil, err
		}
	}
	for _, arn := range spec.SubscriberArns {
		if err := e.subscribe(ctx, name, topic, strings.Split(arn, ":")[2], arn); err != nil {
			return nil, nil, err
		}
	}
	return topic, []pulumi.Resource{access}, nil
}

func (e *Environment) subscribe(ctx *pulumi.Context, name string, topic *sns.Topic, protocol, endpoint string) error {
	_, err := sns.NewTopicSubscription(ctx, name+"-"+endpoint, &sns.TopicSubscriptionArgs{
		Topic: topic.Arn, Protocol: pulumi.String(protocol), Endpoint: pulumi.String(endpoint),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("subscribing %s to notifications: %w", endpoint, err)
	}
	return nil
}

// newMessage creates the rule that sends one kind of message about some deliveries.
func (e *Environment) newMessage(
	ctx *pulumi.Context, name string, m message, deliveries []Delivery, topic *sns.Topic, ready []pulumi.Resource,
) error {
	names := pulumi.StringArray{}
	for _, each := range deliveries {
		if m.byService {
			names = append(names, each.Service)
		} else {
			names = append(names, each.Pipeline)
		}
	}
	pattern := names.ToStringArrayOutput().ApplyT(func(names []string) (string, error) {
		detail := maps.Clone(m.detail)
		pattern := map[string]any{"source": []string{m.source}, "detail-type": []string{m.kind}, "detail": detail}
		if m.byService {
			pattern["resources"] = names
		} else {
			detail["pipeline"] = names
		}
		return deterministic.JSON(pattern)
	}).(pulumi.StringOutput)
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Description: pulumi.String(m.description), EventPattern: pattern,
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating event rule %s: %w", name, err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, Arn: topic.Arn,
		InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.ToStringMap(m.paths), InputTemplate: pulumi.String(`"` + m.text + `"`),
		},
	}, pulumi.Parent(e), pulumi.DependsOn(ready))
	if err != nil {
		return fmt.Errorf("creating event target %s: %w", name, err)
	}
	return nil
}
