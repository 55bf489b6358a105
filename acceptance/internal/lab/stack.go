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

// Stack is a stack on the emulator. No other case uses its region or its name: IAM
// roles and S3 buckets share one name space over all regions. A case may have two
// stacks in its region.
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
	beside *Stack         // another stack of the same case in the region; nil for none
	host   *Stack         // the stack whose environment this one uses; nil for its own
}

// NewStack returns a stack for a stack file, relative to the project's directory.
// config overrides the file. Nothing of the stack exists yet. If the test fails,
// its end destroys the stack.
func NewStack(t *testing.T, file string, config map[string]any) *Stack {
	t.Helper()
	return newStack(t, takeRegion(t), file, config)
}

// NewStackBeside returns a stack in the region of another stack, before the first up of
// either. The end of the other stack also ends this one.
func NewStackBeside(other *Stack, file string) *Stack {
	other.t.Helper()
	d := newStack(other.t, other.Region, file, nil)
	other.beside, other.before = d, inventory(other.t, other)
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
	d.before = inventory(t, d)
	t.Cleanup(d.cleanUp)
	return d
}

// cleanUp destroys the stack of a failed test. An error here is only logged: the test has failed already.
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

// End destroys the stack, and one beside it, and requires that nothing remains that was
// not there before, except for the retained image repositories and the known leftovers.
// It then deletes the retained repositories.
func (d *Stack) End(retained ...string) {
	d.t.Helper()
	d.must((*stack.Stack).Destroy)
	if d.beside != nil {
		d.beside.End()
	}
	var left, kept []string
	for _, each := range inventory(d.t, d) {
		repository, isRepository := strings.CutPrefix(each, imageRepository+" ")
		switch {
		case slices.Contains(d.before, each) || begins(leftovers, each):
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
