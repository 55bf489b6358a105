package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
)

// eventPattern is an EventBridge pattern. An event matches when each of its fields has one of the values.
type eventPattern struct {
	Source     []string       `json:"source"`
	DetailType []string       `json:"detail-type"`
	Resources  []string       `json:"resources,omitempty"`
	Detail     map[string]any `json:"detail"`
}

// eventRule is an EventBridge rule that starts the pipeline.
type eventRule struct {
	name, description string
	pattern           pulumi.StringInput
	input             string // input of the pipeline; empty for none
}

// eventRules returns the rules that start the pipeline: after a push to CodeCommit, after a release or an upload to
// Amazon S3, and after a change of a blue/green service's configuration.
func (p *BuildPipeline) eventRules() ([]eventRule, error) {
	var rules []eventRule
	if p.codeCommit != nil {
		rules = append(rules, eventRule{
			name: p.name + "-push", description: "A push to " + p.args.Source.Branch, pattern: p.pushPattern(),
		})
	}
	if p.releases != nil {
		rules = append(rules, eventRule{
			name: p.name + "-release", description: "A release of stack " + p.args.Source.Stack,
			pattern: objectPattern(p.releases.bucket.Bucket, p.releases.key),
		})
	}
	if p.uploads != nil {
		rules = append(rules, eventRule{
			// The object key may be longer than a description, which has at most 512 characters ("PutRule", Amazon
			// EventBridge API Reference).
			name: p.name + "-upload", description: "An upload of the source of " + p.name,
			pattern: objectPattern(p.uploads.bucket.Bucket, p.uploads.key),
		})
	}
	if p.args.BlueGreen != nil {
		input, err := changeInput()
		if err != nil {
			return nil, fmt.Errorf("writing the input of the trigger for changes: %w", err)
		}
		rules = append(rules, eventRule{
			name: p.name + "-deployment", description: "A changed configuration of " + p.name,
			pattern: objectPattern(p.store.bucket.Bucket, changeKey), input: input,
		})
	}
	return rules, nil
}

// newEventRules creates the rules that start the pipeline, with their targets and the role of the targets.
func (p *BuildPipeline) newEventRules(ctx *pulumi.Context, pipeline *codepipeline.Pipeline) error {
	rules, err := p.eventRules()
	if err != nil || len(rules) == 0 {
		return err
	}
	created := make([]*cloudwatch.EventRule, len(rules))
	arns := pulumi.StringArray{}
	for i, rule := range rules {
		created[i], err = cloudwatch.NewEventRule(ctx, rule.name, &cloudwatch.EventRuleArgs{
			Description: pulumi.String(rule.description), EventPattern: rule.pattern,
		}, pulumi.Parent(p))
		if err != nil {
			return fmt.Errorf("creating event rule %s: %w", rule.name, err)
		}
		arns = append(arns, created[i].Arn)
	}
	assume := policy.Trust("events.amazonaws.com", policy.SourceAccount(p.account.ID), policy.If("ArnEquals", "aws:SourceArn", arns))
	role, err := policy.NewRole(ctx, p.name+"-trigger", "Starts the pipeline of "+p.name, assume, p, policy.Statement{
		Actions: []string{"codepipeline:StartPipelineExecution"}, Resources: pulumi.StringArray{pipeline.Arn},
	})
	if err != nil {
		return err
	}
	for i, rule := range rules {
		args := &cloudwatch.EventTargetArgs{Rule: created[i].Name, Arn: pipeline.Arn, RoleArn: role.Arn}
		if rule.input != "" {
			args.Input = pulumi.String(rule.input)
		}
		dependencies := role.Ready()
		if p.changeFiles != nil { // the first upload comes before the target, so that it does not start the pipeline
			dependencies = append(dependencies, p.changeFiles)
		}
		_, err := cloudwatch.NewEventTarget(ctx, rule.name, args, pulumi.Parent(p), pulumi.DependsOn(dependencies))
		if err != nil {
			return fmt.Errorf("creating event target %s: %w", rule.name, err)
		}
	}
	return nil
}

// pushPattern returns the pattern of a push to the branch of the CodeCommit repository.
func (p *BuildPipeline) pushPattern() pulumi.StringOutput {
	return p.codeCommit.arn.ApplyT(func(arn string) (string, error) {
		return deterministic.JSON(eventPattern{
			Source:     []string{"aws.codecommit"},
			DetailType: []string{"CodeCommit Repository State Change"},
			Resources:  []string{arn},
			Detail: map[string]any{
				"event":         []string{"referenceCreated", "referenceUpdated"},
				"referenceType": []string{"branch"},
				"referenceName": []string{p.args.Source.Branch},
			},
		})
	}).(pulumi.StringOutput)
}

// objectPattern returns the pattern that matches the upload of an object.
func objectPattern(bucket pulumi.StringOutput, key string) pulumi.StringOutput {
	return bucket.ApplyT(func(bucket string) (string, error) {
		return deterministic.JSON(eventPattern{
			Source:     []string{"aws.s3"},
			DetailType: []string{"Object Created"},
			Detail: map[string]any{
				"bucket": map[string]any{"name": []string{bucket}},
				"object": map[string]any{"key": []string{key}},
			},
		})
	}).(pulumi.StringOutput)
}

// sourceRevision overrides the revision of a source action in the input of an execution
// ("Start a pipeline with a source revision override", CodePipeline User Guide). Without
// an override, every source action uses its newest revision.
type sourceRevision struct {
	ActionName    string `json:"actionName"`
	RevisionType  string `json:"revisionType"`
	RevisionValue string `json:"revisionValue"`
}

// changeInput returns the input of an execution that uses the object changeKey instead of
// pushKey. The execution uses the newest version of the object, so that it deploys the
// newest configuration.
func changeInput() (string, error) {
	return deterministic.JSON(map[string][]sourceRevision{"sourceRevisions": {{deploymentAction, "S3_OBJECT_KEY", changeKey}}})
}
