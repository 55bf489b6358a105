package stack

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/program"
)

// Names of the maximum length, of a stack with an internal load balancer and of a service.
const (
	longestStack   = "stack-of-twenty"
	longestService = "service-of-team-%02d"
)

// twenty returns the configuration of services with the given numbers. They differ in the deployment strategy and in
// whether the API reaches them.
func twenty(numbers []int) map[string]any {
	var list []any
	for _, n := range numbers {
		name := fmt.Sprintf(longestService, n)
		service := map[string]any{
			"name": name, "pathPatterns": []any{"/" + name + "/*"},
			"source": map[string]any{"provider": "CodeCommit", "repository": name},
		}
		if n%2 == 0 {
			service["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
		}
		if n%3 == 0 {
			service["api"] = map[string]any{"scopes": []any{"all/read"}}
		}
		list = append(list, service)
	}
	return map[string]any{"services": list, "testListenerPort": 8080, "testIngressCidrBlocks": []any{"203.0.113.0/24"}, "forceDestroy": true}
}

// Adding a service in the middle of the list, removing it, or renaming it does not change the other services: no name
// and no priority depends on the order of the list or on the other services.
func TestTwentyServices(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "Pulumi."+longestStack+".yaml")
	write(t, file, "config: {}\n")
	o := Options{
		Dir: repository, Stack: longestStack, ConfigFile: file, Program: program.Run, Validate: program.Validate,
		Place: Sandbox, StateDir: filepath.Join(dir, "state"),
	}
	var numbers []int
	for n := range 20 {
		numbers = append(numbers, n)
	}
	up := func(numbers []int) Result {
		o.Config = twenty(numbers)
		got, err := open(t, o).Up(t.Context())
		require.NoError(t, err)
		return got
	}
	up(numbers)
	require.Len(t, held(t, o.StateDir, "aws-ecs-service-Service"), 20)
	added, removed := fmt.Sprintf(longestService, 20), fmt.Sprintf(longestService, 3)
	for _, test := range []struct {
		name    string
		numbers []int
		ops     map[string]string // the operation on the resources of a service
	}{
		{"one added in the middle", slices.Insert(slices.Clone(numbers), 10, 20), map[string]string{added: "create"}},
		{"it is removed", numbers, map[string]string{added: "delete"}},
		{"one renamed", slices.Replace(slices.Clone(numbers), 3, 4, 20), map[string]string{added: "create", removed: "delete"}},
	} {
		got := up(test.numbers)
		require.Zero(t, got.Changes.Update+got.Changes.Replace, "%s: %v", test.name, got.Steps)
		seen := map[string]string{}
		for _, step := range got.Steps {
			owner := ""
			for service, op := range test.ops {
				if strings.Contains(step.Name, service) {
					owner, seen[service] = service, op
					require.Equal(t, op, step.Op, "%s: %s %s", test.name, step.Type, step.Name)
				}
			}
			require.NotEmpty(t, owner, "%s: %s %s %s belongs to another service", test.name, step.Op, step.Type, step.Name)
		}
		require.Equal(t, test.ops, seen, test.name)
	}
	requireSettled(t, open(t, o))
	_, err := open(t, o).Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}
