package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Component is one of the program's components with the number of resources below it,
// not counting components.
type Component struct {
	// Type and Name identify the component. They are empty for resources outside of
	// all components.
	Type, Name string
	// Resources is the number of resources below the component.
	Resources int
}

// Components returns the recorded components of the stack with their numbers of
// resources.
func (s *Stack) Components(ctx context.Context) ([]Component, error) {
	resources, err := s.resources(ctx)
	return countComponents(s.project, resources), err
}

// resources returns the resources in the last recorded state of the stack.
func (s *Stack) resources(ctx context.Context) ([]apitype.ResourceV3, error) {
	state, err := s.auto.Export(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the state of stack %q: %w", s.name, brief(err))
	}
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(state.Deployment, &deployment); err != nil {
		return nil, fmt.Errorf("reading the state of stack %q: %w", s.name, err)
	}
	return deployment.Resources, nil
}

// countComponents counts each resource for the nearest component above it that
// belongs to the project. A resource without one counts for the outermost component
// above it.
func countComponents(project string, resources []apitype.ResourceV3) []Component {
	byURN := make(map[resource.URN]apitype.ResourceV3, len(resources))
	for _, r := range resources {
		byURN[r.URN] = r
	}
	owner := func(r apitype.ResourceV3) Component {
		var found Component
		for parent, ok := byURN[r.Parent]; ok && parent.Type != resource.RootStackType; parent, ok = byURN[parent.Parent] {
			if parent.Custom {
				continue
			}
			found = Component{Type: string(parent.Type), Name: parent.URN.Name()}
			if string(parent.Type.Package()) == project {
				break
			}
		}
		return found
	}
	counts := map[Component]int{}
	for _, r := range resources {
		isProvider := r.Type.Module() == "pulumi:providers"
		if r.Custom && !isProvider && !r.External {
			counts[owner(r)]++
		}
	}
	components := make([]Component, 0, len(counts))
	for c, n := range counts {
		c.Resources = n
		components = append(components, c)
	}
	slices.SortFunc(components, func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
	return components
}
