package stack

import (
	"cmp"
	"context"
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
	state, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	return countComponents(s.project, state.Resources), nil
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
