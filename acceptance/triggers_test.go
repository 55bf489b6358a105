//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/stretchr/testify/require"
)

// triggers are EventBridge's rules: a push to CodeCommit, and a new
// configuration of a service that CodeDeploy deploys, start the pipeline.
func (s system) triggers() []string {
	var lines []string
	for _, each := range s.services {
		starts := fmt.Sprintf("starts arn:aws:codepipeline:REGION:ACCOUNT:%s as arn:aws:iam::ACCOUNT:role/%s-trigger", each.name, each.name)
		if each.source.codeCommit != "" {
			lines = append(lines, fmt.Sprintf(`ENABLED {"detail":{"event":["referenceCreated","referenceUpdated"],"referenceName":["main"],`+
				`"referenceType":["branch"]},"detail-type":["CodeCommit Repository State Change"],`+
				`"resources":["arn:aws:codecommit:REGION:ACCOUNT:%s"],"source":["aws.codecommit"]} %s`, each.source.codeCommit, starts))
		}
		if each.blueGreen != nil {
			lines = append(lines, fmt.Sprintf(`ENABLED {"detail":{"bucket":{"name":["%s-artifacts"]},"object":{"key":["deployment/change.zip"]}},`+
				`"detail-type":["Object Created"],"source":["aws.s3"]} %s with %s`, each.name, starts, `{"sourceRevisions":[`+
				`{"actionName":"Deployment","revisionType":"S3_OBJECT_KEY","revisionValue":"deployment/change.zip"}]}`))
		}
	}
	return lines
}

func seenTriggers(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, rule := range ask(t, d.events.ListRules, &eventbridge.ListRulesInput{}).Rules {
		// Decoded and encoded, a pattern has its keys in order.
		var pattern any
		require.NoError(t, json.Unmarshal([]byte(aws.ToString(rule.EventPattern)), &pattern), "pattern of rule %s", *rule.Name)
		text, err := json.Marshal(pattern)
		require.NoError(t, err)
		for _, target := range ask(t, d.events.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name}).Targets {
			line := fmt.Sprintf("%s %s starts %s as %s", rule.State, text, aws.ToString(target.Arn), aws.ToString(target.RoleArn))
			if target.Input != nil {
				line += " with " + *target.Input
			}
			lines = append(lines, line)
		}
	}
	return lines
}
