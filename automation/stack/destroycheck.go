package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	stackReferenceType = "pulumi:pulumi:StackReference"
	// sharedOutput is the output of a stack whose environment other stacks use.
	sharedOutput = "environment"
)

// checkDestroy returns an error if destroy would delete a part of the stack and then fail.
func (s *Stack) checkDestroy(ctx context.Context) error {
	state, err := s.state(ctx)
	if err != nil {
		return err
	}
	if err := checkProtected(state); err != nil {
		return err
	}
	return s.checkGuests(ctx, state)
}

// checkProtected returns an error if resources are protected. The engine refuses to delete them, but first deletes the
// resources that depend on them, such as the services.
func checkProtected(state *apitype.DeploymentV3) error {
	var protected []string
	settings := map[string]bool{}
	for _, r := range state.Resources {
		if !r.Protect || !r.Custom {
			continue
		}
		protected = append(protected, fmt.Sprintf("%s %s", r.Type, r.URN.Name()))
		setting := "forceDestroy: true"
		if strings.HasPrefix(string(r.Type), "aws:lb/") {
			setting = "deletionProtection: false"
		}
		settings[setting] = true
	}
	if len(protected) == 0 {
		return nil
	}
	slices.Sort(protected)
	return fmt.Errorf("destroy would delete the services, and then fail at the protected resources: %s. To delete these too, set %s, run up, and destroy again",
		strings.Join(protected, ", "), strings.Join(slices.Sorted(maps.Keys(settings)), " and "))
}

// checkGuests returns an error if other stacks of the project refer to this stack, because their services use its
// environment: AWS would delete the listeners together with the rules of those services, and then refuse to delete the
// rest.
func (s *Stack) checkGuests(ctx context.Context, state *apitype.DeploymentV3) error {
	if !slices.ContainsFunc(state.Resources, func(r apitype.ResourceV3) bool {
		return r.Type == resource.RootStackType && r.Outputs[sharedOutput] != nil
	}) {
		return nil
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
		deployment, err := readDeployment(exported.Deployment)
		if err != nil {
			return fmt.Errorf("reading the stack %s: %w", other.Name, err)
		}
		if refersTo(deployment, s.project+"/"+shortName(s.name)) {
			guests = append(guests, shortName(other.Name))
		}
	}
	if len(guests) == 0 {
		return nil
	}
	slices.Sort(guests)
	return fmt.Errorf("the services of other stacks use the environment of this one: destroy these stacks first: %s", strings.Join(guests, ", "))
}

// state returns the state of the stack. In a local place, it reads the state's file.
func (s *Stack) state(ctx context.Context) (*apitype.DeploymentV3, error) {
	if s.site.stateDir == "" {
		exported, err := s.auto.Export(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the state of stack %q: %w", s.name, brief(err))
		}
		state, err := readDeployment(exported.Deployment)
		if err != nil {
			return nil, fmt.Errorf("reading the state of stack %q: %w", s.name, err)
		}
		return state, nil
	}
	content, err := os.ReadFile(s.site.stateFile(s.project, shortName(s.name)))
	if err != nil {
		return nil, fmt.Errorf("reading the state: %w", err)
	}
	checkpoint, err := readCheckpoint(content)
	if err != nil || checkpoint.Latest == nil {
		return &apitype.DeploymentV3{}, err
	}
	return checkpoint.Latest, nil
}

// readDeployment decodes the state in the export of a stack. The export has no state before the first update.
func readDeployment(exported json.RawMessage) (*apitype.DeploymentV3, error) {
	state := &apitype.DeploymentV3{}
	if len(exported) == 0 {
		return state, nil
	}
	return state, json.Unmarshal(exported, state)
}

// refersTo reports whether a stack has a stack reference to another stack, whose name is project/stack.
func refersTo(state *apitype.DeploymentV3, name string) bool {
	return slices.ContainsFunc(state.Resources, func(r apitype.ResourceV3) bool {
		return r.Type == stackReferenceType && strings.HasSuffix("/"+string(r.ID), "/"+name)
	})
}

// shortName returns a stack's name without organization and project.
func shortName(name string) string { return name[strings.LastIndex(name, "/")+1:] }
