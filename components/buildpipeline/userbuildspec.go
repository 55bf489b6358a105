package buildpipeline

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"fargate-cd/internal/problems"
)

// validateBuildspec checks the buildspec of a project, which is a path in the repository
// or, if it has more than one line, its text ("ProjectSource", AWS CodeBuild API Reference).
func validateBuildspec(key, value string, found *problems.List) {
	if !strings.Contains(value, "\n") {
		insideRepository(key, value, found)
	}
}

// refuseWithBuildspec reports the keys that are set although only a generated buildspec uses them.
func refuseWithBuildspec(prefix string, found *problems.List, set map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if set[key] {
			found.Conflict(prefix+key, "only a generated buildspec uses it, and buildspec replaces that")
		}
	}
}

// ValidateDeployment reports the configured buildspecs of a blue/green service, under keys that begin with the prefix.
// A change of the configuration of such a service starts an execution that must build nothing, whatever the newest
// commit is. Only the generated buildspecs ensure that.
func (b *BuildSpec) ValidateDeployment(prefix string, blueGreen bool, found *problems.List) {
	if !blueGreen {
		return
	}
	refuse := func(key, buildspec string) {
		if buildspec != "" {
			found.Add(prefix+key, buildspec, "none for a service that CodeDeploy deploys: a change of its configuration also starts "+
				"its builds, which only generated buildspecs skip; use commands")
		}
	}
	refuse("buildspec", b.Buildspec)
	if b.Package != nil {
		refuse("package.buildspec", b.Package.Buildspec)
	}
	for i := range b.Tests {
		refuse(fmt.Sprintf("tests[%d].buildspec", i), b.Tests[i].Buildspec)
	}
}

// insideRepository reports a value that is not a relative path inside the repository.
func insideRepository(key, value string, found *problems.List) {
	clean := path.Clean(value)
	if value == "" || path.IsAbs(value) || clean == ".." || strings.HasPrefix(clean, "../") {
		found.Add(key, value, "a relative path that stays inside the repository")
	}
}
