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

// push pushes the files to the branch main of the repository, where they replace all files.
// Options of the request, such as the name of a tag, override that. The push must succeed,
// whether or not it starts a pipeline.
func (d *Delivery) push(options map[string]any) (answer Pushed) {
	d.t.Helper()
	request := map[string]any{"region": d.Region, "repository": d.repository, "files": d.Files}
	maps.Copy(request, options)
	require.NoError(d.t, post("push", request, &answer))
	return answer
}

// PushTag pushes the files with a tag, which must start the pipeline. It returns the commit and the execution.
func (d *Delivery) PushTag(tag string) (commit, execution string) {
	d.t.Helper()
	return d.starts(d.push(map[string]any{"tag": tag}))
}

// PullRequest pushes the files to a branch, with an event of the branch's pull request into
// main, such as OPEN. It returns the execution that the event starts, or the reason if it
// starts none.
func (d *Delivery) PullRequest(event string) (execution, why string) {
	d.t.Helper()
	return d.started(d.pushRequest(event))
}

// pushRequest pushes the files to a branch, with an event of the branch's pull request into main.
func (d *Delivery) pushRequest(event string) Pushed {
	d.t.Helper()
	return d.push(map[string]any{"branch": "feature", "pullRequest": map[string]string{"event": event, "target": "main"}})
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

// RequireRepository requires that a CodeCommit repository exists.
func (d *Stack) RequireRepository(name string) {
	d.t.Helper()
	Ask(d.t, d.CodeCommit.GetRepository, &codecommit.GetRepositoryInput{RepositoryName: &name})
}
