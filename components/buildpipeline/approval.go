package buildpipeline

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

var (
	topicPattern     = regexp.MustCompile(`^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$`)
	reviewURLPattern = regexp.MustCompile(`^https?://\S{1,1000}$`)
)

// ApprovalSpec makes a deployment wait for a person.
type ApprovalSpec struct {
	// URL is a page that shows what changes, for the person who approves. It may have variables of CodePipeline, such as
	// #{Source.CommitId}.
	URL string `json:"url"`
	// TopicArn is the ARN of an SNS topic that gets a message when an approval waits. The KMS key of an encrypted topic must
	// let the pipeline's role use kms:GenerateDataKey* and kms:Decrypt. By default there is no message.
	TopicArn pulumi.StringInput `json:"topicArn"`
	// TimeoutMinutes is how long an approval may wait, in minutes. It counts as rejected after that.
	TimeoutMinutes int `json:"timeoutMinutes" default:"10080"`
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (a *ApprovalSpec) Validate(prefix string, found *problems.List) {
	if a.URL != "" {
		found.Matches(prefix+"url", a.URL, reviewURLPattern, "an http or https URL of up to 1000 characters")
	}
	a.topic(prefix, found)
	found.Between(prefix+"timeoutMinutes", a.TimeoutMinutes, 5, 86400) // action timeout, Quotas in AWS CodePipeline
}

// topic returns the ARN of the topic and checks it; nil when there is none.
func (a *ApprovalSpec) topic(prefix string, found *problems.List) *pulumi.StringOutput {
	if !problems.Given(a.TopicArn) {
		return nil
	}
	arn := found.Input(prefix+"topicArn", a.TopicArn, topicPattern, "the ARN of an SNS topic")
	return &arn
}

// approvalStage returns the stage in which the pipeline waits for a person, and the
// permissions for it ("Manual approval action reference", CodePipeline User Guide). The
// ARN of a topic does not tell its key, so the key must admit the role itself ("Managing
// Amazon SNS encryption keys and costs", Amazon SNS Developer Guide).
func (p *BuildPipeline) approvalStage() (codepipeline.PipelineStageArgs, []policy.Statement) {
	approval, source := p.args.Approval, p.args.Source
	what := fmt.Sprintf("Deploy commit %s of %s to %s?", p.commit(), source.Repository, p.name)
	if p.uploads != nil {
		what = fmt.Sprintf("Deploy %s of s3://#{%s.BucketName}/#{%s.ObjectKey} to %s?", p.commit(), sourceAction, sourceAction, p.name)
	}
	if p.receivesReleases() {
		what = fmt.Sprintf("Deploy the release of stack %s to %s? It is version #{%s.VersionId} of s3://#{%s.BucketName}/#{%s.ObjectKey}.",
			source.Stack, p.name, sourceAction, sourceAction, sourceAction)
	}
	configuration := pulumi.StringMap{"CustomData": pulumi.String(what)}
	if approval.URL != "" {
		configuration["ExternalEntityLink"] = pulumi.String(approval.URL)
	}
	var statements []policy.Statement
	if topic := approval.topic("approval.", new(problems.List)); topic != nil {
		configuration["NotificationArn"] = *topic
		statements = append(statements, policy.Statement{
			Sid: "Notify", Actions: []string{"sns:Publish"}, Resources: pulumi.StringArray{*topic},
		})
	}
	wait := action("Approval", "Manual", "Approval", configuration, nil, nil)
	wait.TimeoutInMinutes = pulumi.Int(approval.TimeoutMinutes)
	return stage("Approval", wait), statements
}
