//go:build acceptance

package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"
)

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

// ExecutionMode returns the execution mode of the pipeline.
func (d *Delivery) ExecutionMode() string {
	d.t.Helper()
	name := d.pipeline()
	return string(Ask(d.t, d.CodePipeline.GetPipeline, &codepipeline.GetPipelineInput{Name: &name}).Pipeline.ExecutionMode)
}

// Decide waits until an execution of the pipeline waits for a person, and then approves
// or rejects the deployment.
func (d *Delivery) Decide(execution string, decision types.ApprovalStatus) {
	d.t.Helper()
	const stage, action = "Approval", "Approval"
	name := d.pipeline()
	var token *string
	Eventually(d.t, func() string {
		for _, each := range Ask(d.t, d.CodePipeline.GetPipelineState, &codepipeline.GetPipelineStateInput{Name: &name}).StageStates {
			waits := aws.ToString(each.StageName) == stage && each.LatestExecution != nil && *each.LatestExecution.PipelineExecutionId == execution
			if waits && len(each.ActionStates) == 1 && each.ActionStates[0].LatestExecution != nil {
				if token = each.ActionStates[0].LatestExecution.Token; token != nil {
					return ""
				}
			}
		}
		return "execution " + execution + " does not wait for a person: " + d.failures(name, execution)
	})
	Ask(d.t, d.CodePipeline.PutApprovalResult, &codepipeline.PutApprovalResultInput{
		PipelineName: &name, StageName: aws.String(stage), ActionName: aws.String(action), Token: token,
		Result: &types.ApprovalResult{Status: decision, Summary: aws.String("a person says so")},
	})
}

// Retry retries the failed actions of a stage of an execution.
func (d *Delivery) Retry(execution, stage string) {
	d.t.Helper()
	name := d.pipeline()
	Ask(d.t, d.CodePipeline.RetryStageExecution, &codepipeline.RetryStageExecutionInput{
		PipelineName: &name, PipelineExecutionId: &execution, StageName: &stage, RetryMode: types.StageRetryModeFailedActions,
	})
}
