package buildpipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// A release is a zip that names an image which a stack has built and deployed. It contains the files of both deploy
// actions, and releaseFile. The last stage of the pipeline uploads it to a bucket of the stack that deploys it next,
// and the upload starts the pipeline of that stack. Neither stack reads the state of the other: both compute the names
// of the shared resources.

// releaseFile describes a release for people: the image by digest, the commit, and the pipeline execution that released
// it. If the image existed already, builtAt is the time of this execution too.
const releaseFile = "release.json"

// executionVariable holds the id of the pipeline execution that builds an image to release.
const executionVariable = "PIPELINE_EXECUTION_ID"

// autonamed is the pattern of the suffix that Pulumi adds to a logical name: a hyphen and
// seven hexadecimal digits ("Resource names", Pulumi documentation).
const autonamed = "-???????"

var accountPattern = regexp.MustCompile(`^\d{12}$`)

// ReleaseSpec names the stack that deploys the images of a service next.
type ReleaseSpec struct {
	// Stack is the name of the stack that receives the releases, such as prod. The service of the same name in that
	// stack must have the source provider Release. Both stacks must be in one Region. Required.
	Stack string `json:"stack"`
	// AccountID is the AWS account of that stack. Not allowed for a service that itself deploys the releases of another
	// stack. By default the account of this stack.
	AccountID string `json:"accountId"`
}

// Validate reports invalid values, under keys that begin with the prefix.
func (r *ReleaseSpec) Validate(prefix string, found *problems.List) {
	validateStack(prefix, r.Stack, r.AccountID, found)
}

// validateRelease reports a release that the given stack cannot make, under keys that begin with the prefix.
//
// A service that releases the releases of another stack must do so in one account. Its image stays in the account that
// built it, where only the receiver of the first release may pull it: by default, no other account has access to a
// repository ("Private repository policies in Amazon ECR", Amazon ECR User Guide). The last stack would let its tasks
// pull the image from the account of its source, which has no such image.
func (a *Args) validateRelease(prefix, stack string, found *problems.List) {
	if a.Release == nil {
		return
	}
	a.Release.Validate(prefix+"release.", found)
	if a.Release.Stack == stack {
		found.Add(prefix+"release.stack", stack, "a stack other than this one")
	}
	if a.Build.Buildspec != "" {
		found.Add(prefix+"build.buildspec", a.Build.Buildspec, "none with a release, whose files the generated buildspec writes")
	}
	if a.Source.Provider != SourceRelease {
		return
	}
	if a.Source.Stack == a.Release.Stack {
		found.Add(prefix+"release.stack", a.Release.Stack, "a stack other than source.stack; otherwise the two stacks release to each other in a loop")
	}
	for _, other := range []struct{ key, account string }{
		{"source.accountId", a.Source.AccountID}, {"release.accountId", a.Release.AccountID},
	} {
		if other.account != "" {
			found.Add(prefix+other.key, other.account, "none with a release of an image that another stack has built: the third stack could not "+
				"pull it from another account; use one account for the three stacks, or build the image in this stack")
		}
	}
}

// validateStack checks the name and the account of the other stack of a release.
func validateStack(prefix, stack, accountID string, found *problems.List) {
	if stack == "" {
		found.Missing(prefix+"stack", "the name of the other stack")
	} else {
		environment.ValidateName(prefix+"stack", stack, found)
	}
	if accountID != "" {
		found.Matches(prefix+"accountId", accountID, accountPattern, "an AWS account id of 12 digits")
	}
}

// releaseBucket returns the name of the bucket in which a stack receives the releases of the service. Both stacks compute
// it with their own Region, so they must be in one Region. The receiver's source action could not read another Region
// anyway ("Add a cross-Region action in CodePipeline", CodePipeline User Guide). Another account could create a bucket of
// that name first, so every use also checks the account that owns the bucket.
func (p *BuildPipeline) releaseBucket(ctx *pulumi.Context, stack string, accountID pulumi.StringInput) pulumi.StringOutput {
	project := ctx.Project()
	return pulumi.All(accountID, p.account.Region).ApplyT(func(known []any) string {
		sum := sha256.Sum256([]byte(strings.Join([]string{project, stack, p.name, known[0].(string), known[1].(string)}, "/")))
		return p.name + "-releases-" + hex.EncodeToString(sum[:6])
	}).(pulumi.StringOutput)
}

// releaseKey returns the object key of the releases of a stack.
func releaseKey(stack string) string { return stack + "/" + pushKey }

// accountOrOwn returns the given account ID, or by default the account ID of this stack.
func (p *BuildPipeline) accountOrOwn(accountID string) pulumi.StringInput {
	if accountID == "" {
		return p.account.ID
	}
	return pulumi.String(accountID)
}

// newRelease lets tasks in another account pull the released images. In the same account, the policy of their role is
// enough.
func (p *BuildPipeline) newRelease(ctx *pulumi.Context) error {
	release := p.args.Release
	if release == nil || release.AccountID == "" || p.repository == nil {
		return nil
	}
	_, err := ecr.NewRepositoryPolicy(ctx, p.name, &ecr.RepositoryPolicyArgs{
		Repository: p.repository.Name,
		Policy: policy.Document(policy.Statement{
			Sid: "PullReleases", Actions: policy.PullActions,
			Principals: policy.Principals{"AWS": p.accountPrincipal(release.AccountID)},
			Conditions: []policy.Condition{p.roleOf(release.AccountID, "execution")},
		}),
	}, pulumi.Parent(p), pulumi.RetainOnDelete(p.args.RetainRepository))
	if err != nil {
		return fmt.Errorf("letting account %s pull releases: %w", release.AccountID, err)
	}
	return nil
}

// accountPrincipal returns the principal that stands for every role of an account. IAM refuses the ARN of a role that does not
// exist yet ("AWS JSON policy elements: Principal", IAM User Guide), so the policies use root, with the condition of
// roleOf.
func (p *BuildPipeline) accountPrincipal(accountID string) pulumi.StringOutput {
	return policy.Root(p.account.Partition, pulumi.String(accountID))
}

// roleOf returns the condition that limits a statement to a role of the service in another account.
func (p *BuildPipeline) roleOf(accountID, role string) policy.Condition {
	return policy.If("ArnLike", "aws:PrincipalArn",
		pulumi.Sprintf("arn:%s:iam::%s:role/%s-%s%s", p.account.Partition, accountID, p.name, role, autonamed))
}

// releaseActions are the permissions of the upload ("Amazon S3 deploy action reference", CodePipeline User Guide),
// without those that set access control lists, which the bucket does not have.
var releaseActions = []string{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:PutObject"}

// releaseStage returns the stage that uploads the release, and the permission for it.
//
// An execution that a change of the configuration has started deploys the running image, which must not be released
// again. Its upload gets the object key of the change, which no pipeline reads ("Variables reference", CodePipeline
// User Guide: ObjectKey is an output variable of a source action in Amazon S3).
//
// The condition refuses a bucket of the same name in an account that is not the receiver's. Amazon S3 always provides
// this condition key ("aws:ResourceAccount", AWS global condition context keys, IAM User Guide).
func (p *BuildPipeline) releaseStage(ctx *pulumi.Context) (codepipeline.PipelineStageArgs, policy.Statement) {
	release, key := p.args.Release, releaseKey(ctx.Stack())
	if p.args.BlueGreen != nil {
		key = ctx.Stack() + "/#{" + deploymentAction + ".ObjectKey}"
	}
	owner := p.accountOrOwn(release.AccountID)
	bucket := p.releaseBucket(ctx, release.Stack, owner)
	arn := pulumi.Sprintf("arn:%s:s3:::%s", p.account.Partition, bucket)
	upload := stage("Release", action("Deploy", "S3", "Release", pulumi.StringMap{
		"BucketName": bucket, "ObjectKey": pulumi.String(key), "Extract": pulumi.String("false"),
	}, []string{p.imageArtifact()}, nil))
	return upload, policy.Statement{
		Sid: "Release", Actions: releaseActions,
		Resources:  pulumi.StringArray{arn, pulumi.Sprintf("%s/%s/*", arn, ctx.Stack())},
		Conditions: []policy.Condition{policy.If("StringEqualsIfExists", "aws:ResourceAccount", owner)},
	}
}
