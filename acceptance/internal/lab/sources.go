//go:build acceptance

package lab

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codecommit"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// makeRepositories creates the existing CodeCommit repositories that a stack file requires.
// The end of the test deletes them.
func makeRepositories(d *Stack) {
	d.t.Helper()
	for _, service := range d.Services() {
		source, _ := service["source"].(map[string]any)
		if source["existingRepository"] != true {
			continue
		}
		name := aws.String(fmt.Sprint(source["repository"]))
		Ask(d.t, d.CodeCommit.CreateRepository, &codecommit.CreateRepositoryInput{RepositoryName: name})
		askAtEnd(d.t, d.CodeCommit.DeleteRepository, &codecommit.DeleteRepositoryInput{RepositoryName: name})
	}
}

// Upload uploads the files as a zip file to an S3 URL, which must start the pipeline. It
// returns the version of the object and the execution.
func (d *Delivery) Upload(location string) (version, execution string) {
	d.t.Helper()
	old := d.NewestExecution()
	version = d.upload(location)
	return version, d.NextExecution(old)
}

// upload uploads the files as a zip file to an S3 URL, and returns the version of the object.
func (d *Delivery) upload(location string) (version string) {
	d.t.Helper()
	bucket, key, found := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	require.True(d.t, found, "the S3 URL %s", location)
	var data bytes.Buffer
	archive := zip.NewWriter(&data)
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		file, err := archive.Create(name)
		require.NoError(d.t, err)
		_, err = file.Write([]byte(d.Files[name]))
		require.NoError(d.t, err)
	}
	require.NoError(d.t, archive.Close())
	return aws.ToString(Ask(d.t, d.S3.PutObject, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data.Bytes())}).VersionId)
}

// PushTag pushes the files with a tag, which must start the pipeline. It returns the commit and the execution.
func (d *Delivery) PushTag(tag string) (commit, execution string) {
	d.t.Helper()
	var answer Pushed
	request := map[string]any{"region": d.Region, "repository": d.repository, "files": d.Files, "tag": tag}
	require.NoError(d.t, post("push", request, &answer))
	return d.starts(answer)
}

// ExecutionMode returns the execution mode of the pipeline.
func (d *Delivery) ExecutionMode() string {
	d.t.Helper()
	name := d.pipeline()
	return string(Ask(d.t, d.CodePipeline.GetPipeline, &codepipeline.GetPipelineInput{Name: &name}).Pipeline.ExecutionMode)
}

// PullRequest pushes the files to a branch, with an event of the branch's pull request into
// main, such as OPEN. It returns the execution that the event starts, or the reason if it
// starts none.
func (d *Delivery) PullRequest(event string) (execution, why string) {
	d.t.Helper()
	return d.started(d.pushRequest(event))
}

// pushRequest pushes the files to a branch, with an event of the branch's pull request into main.
func (d *Delivery) pushRequest(event string) (answer Pushed) {
	d.t.Helper()
	require.NoError(d.t, post("push", map[string]any{
		"region": d.Region, "repository": d.repository, "branch": "feature", "files": d.Files,
		"pullRequest": map[string]string{"event": event, "target": "main"},
	}, &answer))
	return answer
}

// started returns the execution that a push has started, or the reason if it has started none.
func (d *Delivery) started(answer Pushed) (execution, why string) {
	d.t.Helper()
	for _, each := range answer.Pipelines {
		if WithoutSuffix(each.Pipeline) == d.service {
			return each.PipelineExecutionID, each.Why
		}
	}
	require.FailNow(d.t, "no pipeline", "the push does not reach the pipeline %s", d.service)
	return "", ""
}

// RequireNoImages requires that the service's repository contains no image.
func (d *Delivery) RequireNoImages() {
	d.t.Helper()
	images := Ask(d.t, d.ECR.ListImages, &ecr.ListImagesInput{RepositoryName: d.images().RepositoryName})
	require.Empty(d.t, images.ImageIds, "images of %s", d.service)
}
