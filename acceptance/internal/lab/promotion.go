//go:build acceptance

package lab

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// Promotion follows a service through two stacks: production deploys the images that test
// releases after it has deployed them.
type Promotion struct{ Test, Production *Delivery }

// NewPromotion returns the two stacks of example S1, in one region. Neither of them exists
// yet. Test.End also ends Production.
func NewPromotion(t *testing.T) *Promotion {
	t.Helper()
	const folder = "examples/s1-test-then-production/"
	test := NewStack(t, folder+"Pulumi.s1.yaml", map[string]any{"retainRepositories": false})
	production := NewStackBeside(test, folder+"Pulumi.s1-production.yaml")
	test.Services()[0]["release"] = map[string]any{"stack": production.Name}
	production.Services()[0]["source"] = map[string]any{"provider": "Release", "stack": test.Name}
	return &Promotion{Test: Follow(test, "welcomer", "welcomer-service"), Production: Follow(production, "welcomer", "")}
}

// Chapter runs a part of a test on both stacks, like [Delivery.Chapter].
func (p *Promotion) Chapter(name string, tell func(*testing.T, *Promotion)) {
	chapter(name, func(t *testing.T) { tell(t, p) }, p.Test.Stack, p.Production.Stack)
}

// RequireUnchanged runs up in both stacks and requires that it changes nothing.
func (p *Promotion) RequireUnchanged() {
	p.Test.t.Helper()
	p.Test.RequireUnchanged()
	p.Production.RequireUnchanged()
}

// Released pushes the files. It requires that test then runs their image and releases it.
// It returns the image, and the execution of production's pipeline that the release has
// started.
func (p *Promotion) Released() (image, execution string) {
	p.Test.t.Helper()
	old := p.Production.NewestExecution()
	image = p.Test.Arrives()
	return image, p.Production.NextExecution(old)
}

// Arrives pushes the files. It requires that both services then run the image that test
// has built from them. It returns the image.
func (p *Promotion) Arrives() string {
	p.Test.t.Helper()
	image, execution := p.Released()
	p.Production.Succeeds(execution)
	p.Production.Runs(image)
	return image
}

// ReleasesNothing calls meanwhile. It requires that meanwhile adds no release and starts no
// execution of production's pipeline.
func (p *Promotion) ReleasesNothing(meanwhile func()) {
	p.Test.t.Helper()
	releases, newest := p.Releases(), p.Production.NewestExecution()
	meanwhile()
	require.Equal(p.Test.t, releases, p.Releases(), "releases")
	require.Equal(p.Test.t, newest, p.Production.NewestExecution(), "executions of production's pipeline")
}

// Releases returns the versions of the release, newest first.
func (p *Promotion) Releases() []string {
	p.Test.t.Helper()
	return p.Uploads("push.zip")
}

// Uploads returns the versions of a file that test has uploaded to production's bucket of releases, newest first.
func (p *Promotion) Uploads(file string) []string {
	p.Test.t.Helper()
	var found []string
	for _, bucket := range Buckets(p.Test.t, p.Production.Stack) {
		if !strings.HasPrefix(bucket, p.Production.service+"-releases-") {
			continue
		}
		for _, version := range Ask(p.Test.t, p.Production.S3.ListObjectVersions, &s3.ListObjectVersionsInput{
			Bucket: &bucket, Prefix: aws.String(p.Test.Name + "/deployment/" + file),
		}).Versions {
			found = append(found, *version.VersionId)
		}
	}
	return found
}

// ReleaseAgain starts production's pipeline with an earlier version of the release. It returns the execution.
func (p *Promotion) ReleaseAgain(version string) string {
	p.Test.t.Helper()
	return *Ask(p.Test.t, p.Production.CodePipeline.StartPipelineExecution, &codepipeline.StartPipelineExecutionInput{
		Name: aws.String(p.Production.pipeline()),
		SourceRevisions: []types.SourceRevisionOverride{{
			ActionName: aws.String("Source"), RevisionType: types.SourceRevisionTypeS3ObjectVersionId, RevisionValue: &version,
		}},
	}).PipelineExecutionId
}
