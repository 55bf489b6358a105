//go:build acceptance

package readback

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// triggers returns the EventBridge rules. Rules start the pipeline after a push to
// CodeCommit, after a release, and after a change of a blue/green service's configuration.
// Other rules send messages about all services to the topic for notifications.
func (s System) triggers() []string {
	lines := s.messages()
	for _, each := range s.Services {
		starts := fmt.Sprintf("starts arn:aws:codepipeline:REGION:ACCOUNT:%s as arn:aws:iam::ACCOUNT:role/%s-trigger", each.Name, each.Name)
		if each.Source.CodeCommit != "" {
			lines = append(lines, fmt.Sprintf(`ENABLED {"detail":{"event":["referenceCreated","referenceUpdated"],"referenceName":["main"],`+
				`"referenceType":["branch"]},"detail-type":["CodeCommit Repository State Change"],`+
				`"resources":["arn:aws:codecommit:REGION:ACCOUNT:%s"],"source":["aws.codecommit"]} %s`, each.Source.CodeCommit, starts))
		}
		created := func(bucket, key string) string {
			return fmt.Sprintf(`ENABLED {"detail":{"bucket":{"name":["%s"]},"object":{"key":["%s"]}},`+
				`"detail-type":["Object Created"],"source":["aws.s3"]} %s`, bucket, key, starts)
		}
		if each.Source.Stack != "" {
			lines = append(lines, created(each.releases(ownStack), each.Source.Stack+"/deployment/push.zip"))
		}
		if each.BlueGreen != nil {
			lines = append(lines, created(each.Name+"-artifacts", "deployment/change.zip")+` with {"sourceRevisions":[`+
				`{"actionName":"Deployment","revisionType":"S3_OBJECT_KEY","revisionValue":"deployment/change.zip"}]}`)
		}
	}
	return lines
}

// messages returns the rules that send messages about failed actions, waiting approvals and
// failed deployments by ECS, with the variables of each message.
func (s System) messages() []string {
	if !s.notifies() {
		return nil
	}
	var pipelines, services []string
	for _, each := range s.Services {
		pipelines = append(pipelines, strconv.Quote(each.Name))
		services = append(services, strconv.Quote("arn:aws:ecs:REGION:ACCOUNT:service/fargate-cd-STACK/"+each.Name))
	}
	ofPipelines, ofServices := strings.Join(pipelines, ","), strings.Join(services, ",")
	const topic = " tells arn:aws:sns:REGION:ACCOUNT:STACK-notifications of "
	return []string{
		`ENABLED {"detail":{"pipeline":[` + ofPipelines + `],"state":["FAILED"]},"detail-type":["CodePipeline Action Execution State Change"],` +
			`"source":["aws.codepipeline"]}` + topic + "action execution pipeline reason region stage",
		`ENABLED {"detail":{"pipeline":[` + ofPipelines + `],"state":["STARTED"],"type":{"category":["Approval"]}},` +
			`"detail-type":["CodePipeline Action Execution State Change"],"source":["aws.codepipeline"]}` + topic + "action execution pipeline region stage",
		`ENABLED {"detail":{"eventName":["SERVICE_DEPLOYMENT_FAILED"]},"detail-type":["ECS Deployment State Change"],` +
			`"resources":[` + ofServices + `],"source":["aws.ecs"]}` + topic + "reason service",
	}
}

func seenTriggers(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, rule := range lab.Ask(t, d.Events.ListRules, &eventbridge.ListRulesInput{}).Rules {
		// Decoding and encoding a pattern sorts its keys.
		var pattern any
		require.NoError(t, json.Unmarshal([]byte(aws.ToString(rule.EventPattern)), &pattern), "pattern of rule %s", *rule.Name)
		text, err := json.Marshal(pattern)
		require.NoError(t, err)
		for _, target := range lab.Ask(t, d.Events.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name}).Targets {
			line := fmt.Sprintf("%s %s starts %s as %s", rule.State, text, aws.ToString(target.Arn), aws.ToString(target.RoleArn))
			if message := target.InputTransformer; message != nil {
				variables := strings.Join(slices.Sorted(maps.Keys(message.InputPathsMap)), " ")
				line = fmt.Sprintf("%s %s tells %s of %s", rule.State, text, aws.ToString(target.Arn), variables)
			}
			if target.Input != nil {
				line += " with " + *target.Input
			}
			lines = append(lines, line)
		}
	}
	return lines
}
