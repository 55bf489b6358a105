//go:build acceptance

package readback

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"fargate-cd/acceptance/internal/lab"
)

// notifications returns the topic, its key, its publishers and its subscribers. The policies
// of the topic and of the key have no condition for EventBridge, because EventBridge sends no
// condition keys ("Using resource-based policies for Amazon EventBridge", Amazon EventBridge
// User Guide).
func (s System) notifications() []string {
	if !s.notifies() {
		return nil
	}
	const topic, account = "arn:aws:sns:REGION:ACCOUNT:STACK-notifications", " when aws:SourceAccount StringEquals ACCOUNT"
	lines := []string{
		"topic " + topic + " encrypted by key for notifications", "key for notifications: rotated true",
		"topic: Deny sns:Publish to * when aws:SecureTransport Bool false",
		"topic: Allow sns:Publish to events.amazonaws.com",
		"key: Allow kms:* to arn:aws:iam::ACCOUNT:root",
		"key: Allow kms:Decrypt kms:GenerateDataKey* to events.amazonaws.com",
	}
	if s.Alarms {
		lines = append(lines, "topic: Allow sns:Publish to cloudwatch.amazonaws.com"+account,
			"key: Allow kms:Decrypt kms:GenerateDataKey* to cloudwatch.amazonaws.com"+account)
	}
	for _, address := range s.Subscribers {
		lines = append(lines, "email to "+address)
	}
	return lines
}

// notifies reports whether the stack has a topic of notifications.
func (s System) notifies() bool { return s.Alarms || len(s.Subscribers) > 0 }

func seenNotifications(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	var lines []string
	for _, topic := range lab.Ask(t, d.SNS.ListTopics, &sns.ListTopicsInput{}).Topics {
		attributes := lab.Ask(t, d.SNS.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: topic.TopicArn}).Attributes
		key := attributes["KmsMasterKeyId"]
		lines = append(lines, "topic "+aws.ToString(topic.TopicArn)+" encrypted by "+key)
		lines = append(lines, seenStatements(t, "topic: ", attributes["Policy"])...)
		policy := lab.Ask(t, d.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &key, PolicyName: aws.String("default")}).Policy
		lines = append(lines, seenStatements(t, "key: ", aws.ToString(policy))...)
		rotation := lab.Ask(t, d.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &key})
		lines = append(lines, fmt.Sprintf("%s: rotated %t", names.Plain(key), rotation.KeyRotationEnabled))
		subscriptions := lab.Ask(t, d.SNS.ListSubscriptionsByTopic, &sns.ListSubscriptionsByTopicInput{TopicArn: topic.TopicArn})
		for _, each := range subscriptions.Subscriptions {
			lines = append(lines, fmt.Sprintf("%s to %s", aws.ToString(each.Protocol), aws.ToString(each.Endpoint)))
		}
	}
	return lines
}

// seenStatements returns the statements of a resource-based policy as text.
func seenStatements(t *testing.T, begin, document string) []string {
	var lines []string
	for _, s := range statements(t, document) {
		for who := range s.principals() {
			lines = append(lines, begin+s.Effect+" "+strings.Join(list(s.Action), " ")+" to "+who+s.when())
		}
	}
	return lines
}
