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
	reviewURLPattern = regexp.MustCompile(`^https?://\S+$`)
)

// ApprovalSpec holds the settings of the manual approval of a deployment.
type ApprovalSpec struct {
	// URL is the URL of a page that shows the changes to the approver. It may contain CodePipeline variables, such as
	// #{Source.CommitId}.
	URL string `json:"url"`
	// TopicArn is the ARN of an SNS topic that gets a message when an approval waits. If the topic is encrypted, the
	// policy of its KMS key must allow the pipeline's role kms:GenerateDataKey* and kms:Decrypt. By default no message
	// is sent.
	TopicArn pulumi.StringInput `json:"topicArn"`
	// TimeoutMinutes is the maximum waiting time of an approval, in minutes. After that, CodePipeline treats it as
	// rejected.
	TimeoutMinutes int `json:"timeoutMinutes" default:"10080"`
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (a *ApprovalSpec) Validate(prefix string, found *problems.List) {
	if a.URL != "" && (len(a.URL) > maxValueCharacters || !reviewURLPattern.MatchString(a.URL)) {
		found.Add(prefix+"url", a.URL, "an http or https URL of up to %d characters", maxValueCharacters)
	}
	a.topic(prefix, found)
	found.Between(prefix+"timeoutMinutes", a.TimeoutMinutes, 5, 86400) // action timeout, Quotas in AWS CodePipeline
}

// topic checks and returns the ARN of the topic; nil without a topic.
func (a *ApprovalSpec) topic(prefix string, found *problems.List) pulumi.StringInput {
	return found.OptionalInput(prefix+"topicArn", a.TopicArn, topicPattern, "the ARN of an SNS topic")
}

// approvalStage returns the stage in which the pipeline waits for a person, and the permissions for it ("Manual
// approval action reference", CodePipeline User Guide). The program does not know the KMS key of a topic, so the policy
// of the key must allow the role ("Managing Amazon SNS encryption keys and costs", Amazon SNS Developer Guide).
func (p *BuildPipeline) approvalStage() (codepipeline.PipelineStageArgs, []policy.Statement) {
	approval, source := p.args.Approval, p.args.Source
	what := fmt.Sprintf("Deploy commit %s of %s to %s?", p.commitReference(), source.Repository, p.name)
	if p.uploads != nil {
		what = fmt.Sprintf("Deploy %s of s3://#{%s.BucketName}/#{%s.ObjectKey} to %s?", p.commitReference(), sourceAction, sourceAction, p.name)
	}
	if p.receivesReleases() {
		what = fmt.Sprintf("Deploy the release of stack %s to %s? It is version #{%s.VersionId} of s3://#{%s.BucketName}/#{%s.ObjectKey}.",
			source.Stack, p.name, sourceAction, sourceAction, sourceAction)
	}
	if p.args.BlueGreen != nil {
		what += fmt.Sprintf(" The files of the deployment are #{%s.ObjectKey}: with %s, only the configuration has changed, and the running image is deployed.",
			deploymentAction, changeKey)
	}
	configuration := pulumi.StringMap{"CustomData": pulumi.String(what)}
	if approval.URL != "" {
		configuration["ExternalEntityLink"] = pulumi.String(approval.URL)
	}
	var statements []policy.Statement
	if topic := approval.topic("approval.", new(problems.List)); topic != nil {
		configuration["NotificationArn"] = topic
		statements = append(statements, policy.Statement{
			Sid: "Notify", Actions: []string{"sns:Publish"}, Resources: pulumi.StringArray{topic},
		})
	}
	wait := action("Approval", "Manual", "Approval", configuration, nil, nil)
	wait.TimeoutInMinutes = pulumi.Int(approval.TimeoutMinutes)
	return stage("Approval", wait), statements
}
