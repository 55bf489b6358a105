package buildpipeline

import (
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// validateReleaseSource reports a source Release that the given stack cannot have, under keys that begin with the prefix.
func (a *Args) validateReleaseSource(prefix, stack string, found *problems.List) {
	if a.Source.Provider != SourceRelease {
		return
	}
	if a.Source.Stack == stack {
		found.Add(prefix+"source.stack", stack, "a stack other than this one")
	}
	unused := BuildSpec{Architecture: a.Build.Architecture}
	defaults.Set(&unused)
	if !reflect.DeepEqual(a.Build, unused) {
		found.Conflict(prefix+"build", "the image of a release is built already; only architecture may be set")
	}
}

// receivesReleases reports whether the pipeline deploys the releases of another stack.
func (p *BuildPipeline) receivesReleases() bool { return p.args.Source.Provider == SourceRelease }

// newReleaseSource creates the bucket that receives the releases of another stack, and
// lets the service's tasks pull the images.
func (p *BuildPipeline) newReleaseSource(ctx *pulumi.Context) error {
	if !p.receivesReleases() {
		return nil
	}
	source := p.args.Source
	var err error
	p.releases, err = newObjectSource(ctx, p.name+"-releases", &s3.BucketV2Args{
		Bucket:       p.releaseBucket(ctx, ctx.Stack(), p.account.ID),
		ForceDestroy: pulumi.Bool(p.args.ForceDestroy),
	}, releaseKey(source.Stack), p, p.onlyReleases)
	if err != nil {
		return err
	}
	p.ReleaseLocation = p.releases.location()
	return p.allowPull(ctx, pulumi.Sprintf("arn:%s:ecr:%s:%s:repository/%s%s",
		p.account.Partition, p.account.Region, p.accountOrOwn(source.AccountID), p.name, autonamed))
}

// onlyReleases returns the statements of the bucket policy besides those of s3bucket.Secure. Only one stack may upload
// releases of the service, and its pipeline may be in another account.
func (p *BuildPipeline) onlyReleases(releases *objectSource) []policy.Statement {
	// all is the ARN pattern of the objects that the other stack uploads.
	all := pulumi.Sprintf("%s/%s/*", releases.bucket.Arn, p.args.Source.Stack)
	out := []policy.Statement{{
		Sid: "OneStackReleases", Deny: true, Actions: []string{"s3:PutObject"},
		Principals:   policy.Principals{"AWS": pulumi.String("*")},
		NotResources: pulumi.StringArray{all},
	}}
	if account := p.args.Source.AccountID; account != "" {
		out = append(out, policy.Statement{
			Sid: "Release", Actions: releaseActions, Resources: pulumi.StringArray{releases.bucket.Arn, all},
			Principals: policy.Principals{"AWS": p.accountPrincipal(account)},
			Conditions: []policy.Condition{p.roleOf(account, "pipeline")},
		})
	}
	return out
}
