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

// trigger is an EventBridge rule that starts the pipeline.
type trigger struct {
	name, description string
	pattern           pulumi.StringInput
	input             string // input of the pipeline; empty for none
}

// newTriggers creates the EventBridge rules that start the pipeline: after a push to
// CodeCommit, after a release or an upload to Amazon S3, and after a change of a
// blue/green service's configuration.
func (p *BuildPipeline) newTriggers(ctx *pulumi.Context, pipeline *codepipeline.Pipeline) error {
	var triggers []trigger
	if p.codeCommit != nil {
		triggers = append(triggers, trigger{
			name: p.name + "-push", description: "A push to " + p.args.Source.Branch, pattern: p.pushPattern(),
		})
	}
	if p.releases != nil {
		triggers = append(triggers, trigger{
			name: p.name + "-release", description: "A release of stack " + p.args.Source.Stack,
			pattern: objectPattern(p.releases.bucket.Bucket, p.releases.key),
		})
	}
	if p.uploads != nil {
		triggers = append(triggers, trigger{
			// The object key may be longer than a description, which has at most 512 characters ("PutRule", Amazon
			// EventBridge API Reference).
			name: p.name + "-upload", description: "An upload of the source of " + p.name,
			pattern: objectPattern(p.uploads.bucket.Bucket, p.uploads.key),
		})
	}
	if p.args.BlueGreen != nil {
		input, err := changeInput()
		if err != nil {
			return fmt.Errorf("writing the input of the trigger for changes: %w", err)
		}
		triggers = append(triggers, trigger{
			name: p.name + "-deployment", description: "A changed configuration of " + p.name,
			pattern: objectPattern(p.store.bucket.Bucket, changeKey), input: input,
		})
	}
	if len(triggers) == 0 {
		return nil
	}
	rules := make([]*cloudwatch.EventRule, len(triggers))
	arns := pulumi.StringArray{}
	for i, t := range triggers {
		rule, err := cloudwatch.NewEventRule(ctx, t.name, &cloudwatch.EventRuleArgs{
			Description: pulumi.String(t.description), EventPattern: t.pattern,
		}, pulumi.Parent(p))
		if err != nil {
			return fmt.Errorf("creating event rule %s: %w", t.name, err)
		}
		rules[i], arns = rule, append(arns, rule.Arn)
	}
	assume := policy.Trust("events.amazonaws.com", policy.SourceAccount(p.account.ID), policy.If("ArnEquals", "aws:SourceArn", arns))
	role, err := policy.NewRole(ctx, p.name+"-trigger", "Starts the pipeline of "+p.name, assume, p, policy.Statement{
		Actions: []string{"codepipeline:StartPipelineExecution"}, Resources: pulumi.StringArray{pipeline.Arn},
	})
	if err != nil {
		return err
	}
	for i, t := range triggers {
		args := &cloudwatch.EventTargetArgs{Rule: rules[i].Name, Arn: pipeline.Arn, RoleArn: role.Arn}
		if t.input != "" {
			args.Input = pulumi.String(t.input)
		}
		dependencies := role.Ready()
		if p.changeFiles != nil { // the first upload comes before the target, so that it does not start the pipeline
			dependencies = append(dependencies, p.changeFiles)
		}
		_, err := cloudwatch.NewEventTarget(ctx, t.name, args, pulumi.Parent(p), pulumi.DependsOn(dependencies))
		if err != nil {
			return fmt.Errorf("creating event target %s: %w", t.name, err)
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
