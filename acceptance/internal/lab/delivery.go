//go:build acceptance

package lab

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/require"
)

// Delivery follows the pushes to the repository of one service.
type Delivery struct {
	*Stack
	Files     map[string]string // the files of the next push, by path
	Meanwhile func()            // the actions of a person during a deployment; nil for none

	service, repository string
}

// Follow returns a delivery of a service. Its first push has the files of the sample application.
func Follow(d *Stack, service, repository string) *Delivery {
	return &Delivery{Stack: d, service: service, repository: repository, Files: sample(d.t)}
}

// Chapter runs a part of a test as a subtest on the same stack. Each chapter starts with
// the state that the previous one leaves, so a failed chapter ends the whole test.
func (d *Delivery) Chapter(name string, tell func(*testing.T, *Delivery)) {
	chapter(name, func(t *testing.T) { tell(t, d) }, d.Stack)
}

// chapter runs a part of a test as a subtest, on stacks that the test has created.
func chapter(name string, tell func(*testing.T), stacks ...*Stack) {
	outer := stacks[0].t
	passed := outer.Run(name, func(t *testing.T) {
		for _, each := range stacks {
			each.t = t
			defer func() { each.t = outer }()
		}
		tell(t)
	})
	if !passed {
		outer.FailNow()
	}
}

// sample returns the files of the sample application.
func sample(t *testing.T) map[string]string {
	t.Helper()
	folder := filepath.Join(Root, "examples", "app")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	files := map[string]string{}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			require.NoError(t, err)
			files[entry.Name()] = string(text)
		}
	}
	return files
}

// Change makes a small change to the files.
func (d *Delivery) Change() {
	d.Files = maps.Clone(d.Files)
	d.Files["CHANGES"] += "one more\n"
}

// Push pushes the files, which must start the pipeline. It returns the commit and the execution.
func (d *Delivery) Push() (commit, execution string) {
	d.t.Helper()
	return d.starts(push(d.t, d.Region, d.repository, d.Files))
}

// starts requires that a push has started the pipeline. It returns the commit and the execution.
func (d *Delivery) starts(answer Pushed) (commit, execution string) {
	d.t.Helper()
	require.Len(d.t, answer.Pipelines, 1, "the push must reach the pipeline")
	require.NotEmpty(d.t, answer.Pipelines[0].PipelineExecutionID, "the pipeline does not start: %s", answer.Pipelines[0].Why)
	return answer.Commit, answer.Pipelines[0].PipelineExecutionID
}

// IsIgnored pushes the files, which must not start the pipeline. The emulator's reason must contain why.
func (d *Delivery) IsIgnored(why string) {
	d.t.Helper()
	answer := push(d.t, d.Region, d.repository, d.Files)
	require.Len(d.t, answer.Pipelines, 1, "the push must reach the pipeline")
	require.Empty(d.t, answer.Pipelines[0].PipelineExecutionID, "the push must not start the pipeline")
	require.Contains(d.t, answer.Pipelines[0].Why, why, "why the pipeline does not start")
}

// Arrives pushes the files. It requires that the service then runs the image of that
// commit with all its tasks, and that these tasks get all the traffic. It returns the image.
func (d *Delivery) Arrives() string {
	d.t.Helper()
	commit, execution := d.Push()
	if d.Meanwhile != nil {
		d.Meanwhile()
	}
	d.Succeeds(execution)
	image := d.Image(commit)
	d.Runs(image)
	return image
}

// FailsAt pushes a version that must fail at an action, such as Build/Image, with a
// message that contains reason. It requires that the service runs the same image as
// before, and that the traffic goes to the same target groups.
func (d *Delivery) FailsAt(action, reason string) {
	d.t.Helper()
	image, traffic := d.Running(), d.Traffic(d.ProductionPort())
	_, execution := d.Push()
	d.Fails(execution, action+": ", reason)
	d.Runs(image)
	require.Equal(d.t, traffic, d.Traffic(d.ProductionPort()), "traffic after the failure")
}

// patience is the maximum duration of each wait for the emulator.
const patience = 3 * time.Minute

// Eventually waits until missing returns "". Before that, missing returns a description
// of what is missing. Unlike the condition of require.Eventually, missing may fail the
// test with require.
func Eventually(t *testing.T, missing func() string) {
	t.Helper()
	end := time.Now().Add(patience)
	for text := missing(); text != ""; text = missing() {
		require.True(t, time.Now().Before(end), "after %s: %s", patience, text)
		time.Sleep(100 * time.Millisecond)
	}
}

// Succeeds waits for the end of an execution, which must succeed.
func (d *Delivery) Succeeds(execution string) {
	d.t.Helper()
	d.ends(execution, types.PipelineExecutionStatusSucceeded)
}

// Fails waits for the end of an execution, which must fail. The failed actions and
// their messages must contain each of the texts.
func (d *Delivery) Fails(execution string, why ...string) {
	d.t.Helper()
	failures := d.ends(execution, types.PipelineExecutionStatusFailed)
	for _, text := range why {
		require.Contains(d.t, failures, text, "why execution %s has failed", execution)
	}
}

// ends waits for the end of an execution, requires its status, and returns its failures.
func (d *Delivery) ends(execution string, status types.PipelineExecutionStatus) string {
	d.t.Helper()
	last := d.wait(execution)
	failures := d.failures(d.pipeline(), execution)
	require.Equal(d.t, status, last, "execution %s of %s: %s", execution, d.service, failures)
	return failures
}

// wait waits for the end of an execution of the pipeline and returns its status.
func (d *Delivery) wait(execution string) (status types.PipelineExecutionStatus) {
	d.t.Helper()
	name := d.pipeline()
	Eventually(d.t, func() string {
		status = Ask(d.t, d.CodePipeline.GetPipelineExecution, &codepipeline.GetPipelineExecutionInput{
			PipelineName: &name, PipelineExecutionId: &execution,
		}).PipelineExecution.Status
		if status != types.PipelineExecutionStatusInProgress {
			return ""
		}
		return fmt.Sprintf("execution %s of pipeline %s is still in progress", execution, name)
	})
	return status
}

// failures returns the failed actions of an execution with their messages.
func (d *Delivery) failures(pipeline, execution string) string {
	d.t.Helper()
	var texts []string
	for _, action := range Ask(d.t, d.CodePipeline.ListActionExecutions, &codepipeline.ListActionExecutionsInput{
		PipelineName: &pipeline, Filter: &types.ActionExecutionFilter{PipelineExecutionId: &execution},
	}).ActionExecutionDetails {
		if action.Status != types.ActionExecutionStatusFailed {
			continue
		}
		text := fmt.Sprintf("%s/%s: ", aws.ToString(action.StageName), aws.ToString(action.ActionName))
		if result := action.Output.ExecutionResult; result != nil && result.ErrorDetails != nil {
			text += aws.ToString(result.ErrorDetails.Message)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// pipeline returns the name of the service's pipeline. It looks for the tag of the stack,
// because the region may contain a pipeline of another stack with the same name.
func (d *Delivery) pipeline() string {
	d.t.Helper()
	for _, each := range Ask(d.t, d.CodePipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines {
		arn := fmt.Sprintf("arn:aws:codepipeline:%s:%s:%s", d.Region, Account, *each.Name)
		if WithoutSuffix(*each.Name) != d.service {
			continue
		}
		tags := Ask(d.t, d.CodePipeline.ListTagsForResource, &codepipeline.ListTagsForResourceInput{ResourceArn: &arn}).Tags
		if slices.ContainsFunc(tags, func(tag types.Tag) bool { return *tag.Key == stackTag && *tag.Value == d.Name }) {
			return *each.Name
		}
	}
	require.FailNow(d.t, "no pipeline", "stack %s has no pipeline of %s in %s", d.Name, d.service, d.Region)
	return ""
}

// NewestExecution returns the newest execution of the pipeline.
func (d *Delivery) NewestExecution() string {
	d.t.Helper()
	name := d.pipeline()
	found := Ask(d.t, d.CodePipeline.ListPipelineExecutions, &codepipeline.ListPipelineExecutionsInput{PipelineName: &name})
	require.NotEmpty(d.t, found.PipelineExecutionSummaries, "executions of pipeline %s", name)
	return *found.PipelineExecutionSummaries[0].PipelineExecutionId
}

// NextExecution waits for an execution that is newer than old, and returns it.
func (d *Delivery) NextExecution(old string) string {
	d.t.Helper()
	newest := old
	Eventually(d.t, func() string {
		if newest = d.NewestExecution(); newest == old {
			return "no execution starts after " + old
		}
		return ""
	})
	return newest
}

// UpDeploys runs up after a change of a blue/green service's configuration. It waits
// until the deployment that up has started succeeds.
func (d *Delivery) UpDeploys() {
	d.t.Helper()
	old := d.NewestExecution()
	d.Up()
	if d.Meanwhile != nil {
		d.Meanwhile()
	}
	d.Succeeds(d.NextExecution(old))
}

// Image returns the image of a commit in the registry, with its digest.
func (d *Delivery) Image(commit string) string {
	d.t.Helper()
	repository := d.images()
	images := Ask(d.t, d.ECR.DescribeImages, &ecr.DescribeImagesInput{
		RepositoryName: repository.RepositoryName, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: &commit}},
	}).ImageDetails
	require.Len(d.t, images, 1, "images of commit %s", commit)
	return *repository.RepositoryUri + "@" + *images[0].ImageDigest
}

// images returns the repository of the service's images.
func (d *Delivery) images() ecrtypes.Repository {
	d.t.Helper()
	all := Ask(d.t, d.ECR.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories
	at := slices.IndexFunc(all, func(each ecrtypes.Repository) bool { return WithoutSuffix(*each.RepositoryName) == d.service })
	require.GreaterOrEqual(d.t, at, 0, "%s has no repository in %s", d.service, d.Region)
	return all[at]
}

// ScansFind sets how many vulnerabilities of each severity ECR finds in the images of the
// service from now on. The service must run one of them.
func (d *Delivery) ScansFind(counts map[string]int) {
	d.t.Helper()
	_, path, _ := strings.Cut(d.Running(), "/")
	repository, _, _ := strings.Cut(path, "@")
	require.NoError(d.t, post("scan-findings", map[string]any{"region": d.Region, "repository": repository, "severityCounts": counts}, nil))
}
