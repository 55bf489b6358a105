package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

const (
	stackReferenceType = "pulumi:pulumi:StackReference"
	// sharedOutput is the output of a stack whose environment other stacks use.
	sharedOutput = "environment"
)

// checkGuests returns an error if other stacks of the project refer to this stack, because their services use its
// environment: AWS deletes listeners with the rules of those services, and then refuses to delete the rest.
func (s *Stack) checkGuests(ctx context.Context) error {
	if s.site.isOnly(s.project, shortName(s.name)) {
		return nil // known without a run of the CLI
	}
	outputs, err := s.readOutputs(ctx)
	if err != nil || outputs[sharedOutput] == nil {
		return err
	}
	others, err := s.auto.Workspace().ListStacks(ctx)
	if err != nil {
		return fmt.Errorf("listing the stacks that may use the environment of this one: %w", brief(err))
	}
	var guests []string
	for _, other := range others {
		if shortName(other.Name) == shortName(s.name) {
			continue
		}
		exported, err := s.auto.Workspace().ExportStack(ctx, other.Name)
		if err != nil {
			return fmt.Errorf("reading the stack %s, which may use the environment of this one: %w", other.Name, brief(err))
		}
		refers, err := refersTo(exported.Deployment, s.project+"/"+shortName(s.name))
		if err != nil {
			return fmt.Errorf("reading the stack %s: %w", other.Name, err)
		}
		if refers {
			guests = append(guests, shortName(other.Name))
		}
	}
	if len(guests) == 0 {
		return nil
	}
	slices.Sort(guests)
	return fmt.Errorf("the services of other stacks use the environment of this one: destroy these stacks first: %s", strings.Join(guests, ", "))
}

// refersTo reports whether a stack has a reference to another one, named project/stack.
func refersTo(deployment json.RawMessage, name string) (bool, error) {
	var state apitype.DeploymentV3
	if len(deployment) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(deployment, &state); err != nil {
		return false, err
	}
	return slices.ContainsFunc(state.Resources, func(r apitype.ResourceV3) bool {
		return r.Type == stackReferenceType && strings.HasSuffix("/"+string(r.ID), "/"+name)
	}), nil
}

// shortName returns a stack's name without organization and project.
func shortName(name string) string { return name[strings.LastIndex(name, "/")+1:] }
