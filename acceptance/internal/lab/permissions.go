//go:build acceptance

package lab

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// UnneededStatements removes each statement from the policies of the stack's roles, one at a time. It
// then does the work of the role and adds the statement again. The work returns the reason
// for its failure, or "" after a success. A role is skipped if workOf returns nil. After a
// failure and after the statement is back, UnneededStatements calls restored. It returns
// the statements without which the work succeeded, as "role sid".
func (d *Stack) UnneededStatements(workOf func(role string) func() (why string), restored func()) []string {
	d.t.Helper()
	var unneeded []string
	for _, role := range Roles(d.t, d) {
		roleName := WithoutSuffix(*role.RoleName)
		work := workOf(roleName)
		if work == nil {
			continue
		}
		for _, inline := range role.RolePolicyList {
			document := *inline.PolicyDocument
			put := func(document string) {
				Ask(d.t, d.IAM.PutRolePolicy, &iam.PutRolePolicyInput{
					RoleName: role.RoleName, PolicyName: inline.PolicyName, PolicyDocument: &document,
				})
			}
			for _, each := range withoutOne(d.t, document) {
				put(each.without)
				why := work()
				put(document)
				name := roleName + " " + each.name
				if why == "" {
					unneeded = append(unneeded, name)
					continue
				}
				d.t.Logf("without %s: %.200s", name, why)
				restored()
			}
		}
	}
	slices.Sort(unneeded)
	return unneeded
}

// reduced is a policy document without one of its statements, and the name of that statement.
type reduced struct{ name, without string }

// withoutOne returns, for each statement of a policy document, the document without this
// statement. The name of a statement is its sid, or its actions if it has no sid.
func withoutOne(t *testing.T, document string) []reduced {
	t.Helper()
	var policy map[string]any
	require.NoError(t, json.Unmarshal([]byte(document), &policy), "policy %s", document)
	statements := policy["Statement"].([]any)
	var found []reduced
	for i, each := range statements {
		statement := each.(map[string]any)
		name, named := statement["Sid"].(string)
		if !named {
			name = fmt.Sprint(statement["Action"])
		}
		// A policy needs at least one statement. This one allows an action that does not exist.
		policy["Statement"] = append([]any{map[string]any{"Effect": "Allow", "Action": "none:None", "Resource": "*"}},
			slices.Delete(slices.Clone(statements), i, i+1)...)
		text, err := json.Marshal(policy)
		require.NoError(t, err)
		found = append(found, reduced{name, string(text)})
	}
	return found
}

// TryPush pushes a change of the files. It returns the reason if the delivery fails, otherwise "".
func (d *Delivery) TryPush() (why string) {
	d.t.Helper()
	d.Change()
	return d.tries(d.push(nil))
}

// TryPullRequest changes a pull request. It returns the reason if its check fails, otherwise "".
func (d *Delivery) TryPullRequest() (why string) {
	d.t.Helper()
	d.Change()
	return d.tries(d.pushRequest("UPDATED"))
}

// TryUpload uploads a change of the files to an S3 URL. It returns the reason if the delivery fails, otherwise "".
func (d *Delivery) TryUpload(location string) (why string) {
	d.t.Helper()
	d.Change()
	return d.triesAfter(func() { d.upload(location) })
}

// TryRedeploy starts the pipeline as a change of the configuration does: with an upload of
// change.zip. The pipeline deploys the running image. TryRedeploy returns the reason if the
// deployment fails, otherwise "".
func (d *Delivery) TryRedeploy() (why string) {
	d.t.Helper()
	for _, bucket := range Buckets(d.t, d.Stack) {
		if WithoutSuffix(bucket) != d.service+"-artifacts" {
			continue
		}
		const key = "deployment/change.zip"
		return d.triesAfter(func() {
			Ask(d.t, d.S3.CopyObject, &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String(key), CopySource: aws.String(bucket + "/" + key)})
		})
	}
	require.FailNow(d.t, "no bucket", "stack %s has no bucket for the artifacts of %s", d.Name, d.service)
	return ""
}

// TryRelease deploys the newest release again. It returns the reason if production's pipeline fails, otherwise "".
func (p *Promotion) TryRelease() (why string) {
	p.Test.t.Helper()
	return p.Production.outcome(p.ReleaseAgain(p.Releases()[0]))
}

// tries waits for the end of the execution that a push has started. It returns the reason
// if the execution fails or if the push has started none, otherwise "".
func (d *Delivery) tries(answer Pushed) (why string) {
	d.t.Helper()
	execution, why := d.started(answer)
	if execution == "" {
		return why
	}
	return d.outcome(execution)
}

// triesAfter calls upload, whose event starts an execution unless a permission is missing. It
// waits for the end of the execution, and returns the reason if the execution fails or if
// the event was not allowed to start it, otherwise "". An execution that is only late must
// not count as one that does not start, so triesAfter waits for one of the two.
func (d *Delivery) triesAfter(upload func()) (why string) {
	d.t.Helper()
	pipeline := d.pipeline()
	old, refused := d.NewestExecution(), len(d.refusals(pipeline))
	upload()
	execution := old
	Eventually(d.t, func() string {
		if reasons := d.refusals(pipeline)[refused:]; len(reasons) > 0 {
			why = reasons[0]
			return ""
		}
		if execution = d.NewestExecution(); execution == old {
			return "neither does an execution start after " + old + " nor is its start refused"
		}
		return ""
	})
	if why != "" {
		return why
	}
	return d.outcome(execution)
}

// refusals returns the reasons why an event has not started a pipeline, oldest first.
func (d *Delivery) refusals(pipeline string) (reasons []string) {
	d.t.Helper()
	var all []struct{ Pipeline, Why string }
	require.NoError(d.t, post("failed-invocations", map[string]any{}, &all))
	for _, each := range all {
		if each.Pipeline == pipeline {
			reasons = append(reasons, each.Why)
		}
	}
	return reasons
}

// outcome waits for the end of an execution. It returns the reason if the execution fails, otherwise "".
func (d *Delivery) outcome(execution string) (why string) {
	d.t.Helper()
	if status := d.wait(execution); status != types.PipelineExecutionStatusSucceeded {
		return fmt.Sprintf("%s: %s", status, d.failures(d.pipeline(), execution))
	}
	return ""
}
