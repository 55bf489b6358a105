package components

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The files of the CodeDeployToECS action.
const (
	taskDefinitionFile = "taskdef.json"
	appSpecFile        = "appspec.yaml"
)

// eventPattern is an EventBridge pattern: an event matches when each field has one of the values.
type eventPattern struct {
	Source     []string       `json:"source"`
	DetailType []string       `json:"detail-type"`
	Resources  []string       `json:"resources,omitempty"`
	Detail     map[string]any `json:"detail"`
}

// newTriggers makes the rules that start the pipeline without polling: a push
// to CodeCommit, and a change of the program's part of a blue/green deployment.
func (p *BuildPipeline) newTriggers(ctx *pulumi.Context, pipeline *codepipeline.Pipeline) error {
	if p.codeCommit == nil && p.args.BlueGreen == nil {
		return nil
	}
	assume := trust("events.amazonaws.com",
		sourceAccount(p.account.id),
		condition{"ArnLike", "aws:SourceArn", p.account.arn("events", "rule/%s-*", p.name)},
	)
	role, err := newRole(ctx, p.name+"-trigger", "Starts the pipeline of "+p.name, assume, p, statement{
		actions: []string{"codepipeline:StartPipelineExecution"}, resources: pulumi.StringArray{pipeline.Arn},
	})
	if err != nil {
		return err
	}
	if p.codeCommit != nil {
		pattern := p.codeCommit.Arn.ApplyT(func(arn string) (string, error) {
			return jsonText(eventPattern{
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
		if err := p.newTrigger(ctx, p.name+"-push", "A push to "+p.args.Source.Branch, pattern, pipeline, role); err != nil {
			return err
		}
	}
	if p.args.BlueGreen != nil {
		pattern := p.store.bucket.Bucket.ApplyT(func(bucket string) (string, error) {
			return jsonText(eventPattern{
				Source:     []string{"aws.s3"},
				DetailType: []string{"Object Created"},
				Detail: map[string]any{
					"bucket": map[string]any{"name": []string{bucket}},
					"object": map[string]any{"key": []string{deploymentKey}},
				},
			})
		}).(pulumi.StringOutput)
		return p.newTrigger(ctx, p.name+"-deployment", "A new shape of "+p.name, pattern, pipeline, role)
	}
	return nil
}

func (p *BuildPipeline) newTrigger(
	ctx *pulumi.Context, name, description string, pattern pulumi.StringInput, pipeline *codepipeline.Pipeline, role *role,
) error {
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Description: pulumi.String(description), EventPattern: pattern,
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("creating event rule %s: %w", name, err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, Arn: pipeline.Arn, RoleArn: role.Arn,
	}, pulumi.Parent(p), pulumi.DependsOn(role.ready()))
	if err != nil {
		return fmt.Errorf("creating event target %s: %w", name, err)
	}
	return nil
}

// newDeploymentFiles puts the program's part of a blue/green deployment where
// the pipeline finds it. A change of the object is an event that starts the
// pipeline, which deploys the new shape with the image of the newest commit.
func (p *BuildPipeline) newDeploymentFiles(ctx *pulumi.Context) error {
	if p.args.BlueGreen == nil {
		return nil
	}
	_, err := s3.NewBucketNotification(ctx, p.name+"-artifacts", &s3.BucketNotificationArgs{
		Bucket: p.store.bucket.Bucket, Eventbridge: pulumi.Bool(true),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("letting the artifact bucket tell EventBridge: %w", err)
	}
	content := pulumi.All(p.args.Service.TaskDefinitionTemplate, p.args.Service.AppSpec).ApplyT(
		func(known []any) (string, error) {
			return zipped(map[string]string{taskDefinitionFile: known[0].(string), appSpecFile: known[1].(string)})
		}).(pulumi.StringOutput)
	_, err = s3.NewBucketObjectv2(ctx, p.name+"-deployment", &s3.BucketObjectv2Args{
		Bucket: p.store.bucket.Bucket, Key: pulumi.String(deploymentKey),
		ContentBase64: content, ContentType: pulumi.String("application/zip"),
	}, pulumi.Parent(p), pulumi.DependsOn(p.store.settings))
	if err != nil {
		return fmt.Errorf("writing the deployment's files: %w", err)
	}
	return nil
}

// connectionArns is the ARN of a connection under both names of its service.
func connectionArns(arn string) pulumi.StringArray {
	const before, now = ":codestar-connections:", ":codeconnections:"
	return pulumi.ToStringArray([]string{strings.Replace(arn, before, now, 1), strings.Replace(arn, now, before, 1)})
}
