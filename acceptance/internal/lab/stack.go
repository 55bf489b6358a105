//go:build acceptance

package lab

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

// Root is the project's directory, relative to the directory in which the suite runs.
const Root = ".."

// Stack is a stack on the emulator. No other case uses its region or its name: the names
// of IAM roles and S3 buckets are unique over all regions. A case may have several stacks
// in its region.
type Stack struct {
	*Clients
	Name   string
	File   string         // the path of the stack file
	Config map[string]any // overrides the stack file
	OwnVPC string         // the VPC that the test has created; "" if the stack creates its own

	t      *testing.T
	aws    int            // the port of the AWS provider of this stack
	state  string         // the directory of Pulumi's state
	given  map[string]any // the configuration in the stack file
	before []string       // the inventory of the region before the first up
	beside *Stack         // the stack of the same case and region that End ends too; nil for none
	host   *Stack         // the stack whose environment this stack uses; nil if it has its own environment
}

// NewStack returns a stack for a stack file. The path of the file is relative to the
// project's directory, and config overrides the file. The stack does not exist yet. If the
// test fails, its end destroys the stack.
func NewStack(t *testing.T, file string, config map[string]any) *Stack {
	t.Helper()
	return newStack(t, takeRegion(t), file, config)
}

// NewStackBeside returns a stack in the region of another stack. Call it before the first
// up of the other stack. other.End also ends the new stack.
func NewStackBeside(other *Stack, file string) *Stack {
	other.t.Helper()
	d := newStack(other.t, other.Region, file, nil)
	other.beside, other.before = d, Inventory(other.t, other)
	return d
}

func newStack(t *testing.T, region, file string, config map[string]any) *Stack {
	t.Helper()
	d := &Stack{
		Clients: newClients(region), Name: fmt.Sprintf("t%06x", rand.IntN(1<<24)), File: filepath.Join(Root, file),
		Config: map[string]any{"aws:region": region}, t: t, aws: startProvider(t), state: t.TempDir(),
	}
	d.read()
	maps.Copy(d.Config, config)
	if d.setting("vpcId") != nil {
		makeNetwork(t, d)
	}
	if d.setting("certificateArn") != nil {
		makeCertificate(t, d)
	}
	if d.setting("hostedZoneId") != nil {
		makeZone(t, d)
	}
	makeRepositories(d)
	d.before = Inventory(t, d)
	t.Cleanup(d.cleanUp)
	return d
}

// cleanUp destroys the stack of a failed test. It only logs an error, because the test has already failed.
func (d *Stack) cleanUp() {
	if !d.t.Failed() {
		return
	}
	commands := []command{(*stack.Stack).Destroy}
	if d.Config["deletionProtection"] == true {
		d.Config["deletionProtection"] = false
		commands = []command{(*stack.Stack).Up, (*stack.Stack).Destroy}
	}
	for _, run := range commands {
		if _, err := d.run(context.Background(), run); err != nil {
			d.t.Logf("cleaning up stack %s in %s after the failure: %v", d.Name, d.Region, err)
		}
	}
}

// End destroys the stack and ends the stack beside it. It requires that nothing remains
// that was not there before the stack, except for the retained image repositories and the
// leftovers. It then deletes the image repositories in the region.
func (d *Stack) End(retained ...string) {
	d.t.Helper()
	d.must((*stack.Stack).Destroy)
	if d.beside != nil {
		d.beside.End()
	}
	var left, kept []string
	for _, each := range Inventory(d.t, d) {
		repository, isRepository := strings.CutPrefix(each, imageRepository+" ")
		switch {
		case slices.Contains(d.before, each) || mayRemain(each):
		case isRepository:
			kept = append(kept, WithoutSuffix(repository))
		default:
			left = append(left, each)
		}
	}
	require.Empty(d.t, left, "resources that destroy has not deleted")
	require.ElementsMatch(d.t, retained, kept, "image repositories that outlive the stack")
	for _, each := range Ask(d.t, d.ECR.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		Ask(d.t, d.ECR.DeleteRepository, &ecr.DeleteRepositoryInput{RepositoryName: each.RepositoryName, Force: true})
	}
}
