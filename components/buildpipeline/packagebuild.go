package buildpipeline

import (
	"path"
	"strings"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/problems"
)

// PackageSpec holds the settings of a separate build whose files are the input of the image build.
type PackageSpec struct {
	// Commands are the commands to run in the repository's root, such as mvn -B package. Required without buildspec.
	Commands []string `json:"commands"`
	// Files are patterns of the files that the image build needs, including the Dockerfile. Required without buildspec.
	Files []string `json:"files"`
	// Buildspec is the path of a buildspec in the repository, or its text. It replaces commands, files and cachePaths.
	// It runs even if the image of the commit exists. Not allowed for a service that CodeDeploy deploys.
	Buildspec string `json:"buildspec"`
	// CachePaths are patterns of the files that the next build reuses, such as /root/.m2/**/*.
	CachePaths []string `json:"cachePaths"`
	MachineSpec
	VariablesSpec
}

// validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (p *PackageSpec) validate(prefix string, found *problems.List) {
	if p.Buildspec != "" {
		validateBuildspec(prefix+"buildspec", p.Buildspec, found)
		refuseWithBuildspec(prefix, found, map[string]bool{
			"commands": len(p.Commands) > 0, "files": len(p.Files) > 0, "cachePaths": len(p.CachePaths) > 0,
		})
		return
	}
	requireCommands(prefix+"commands", p.Commands, "the commands that create the package, such as mvn -B package", found)
	requireTexts(prefix+"files", p.Files, "the files that the image build needs, such as Dockerfile and target/*.jar", found)
	for i, value := range p.CachePaths {
		found.Matches(prefix+problems.Indexed("cachePaths", i), value, commandPattern, "a pattern that is not empty")
	}
}

// packageBuildspec returns the buildspec of a package: the configured one, or one that runs
// the commands of the package, which create the files that the Dockerfile copies.
//
// It skips the commands if no image will be built: when the image of the commit exists, and in an execution that a
// change of the configuration has started.
func packageBuildspec(spec *PackageSpec, blueGreen bool) (string, error) {
	if spec.Buildspec != "" {
		return spec.Buildspec, nil
	}
	needless := describeImage + ` >/dev/null 2>&1`
	if blueGreen {
		needless = changed + ` || ` + needless
	}
	var commands []string
	for _, command := range spec.Commands {
		commands = append(commands, `test -n "$NEEDLESS" || `+group(command))
	}
	commands = append(commands, `if test -n "$NEEDLESS"; then `+placeholders(spec.Files)+`; fi`)
	out := buildspec{
		Version: "0.2",
		Env:     &buildspecEnv{Shell: "bash"},
		Phases: buildspecPhases{
			PreBuild: &buildspecPhase{OnFailure: "ABORT", Commands: []string{
				`if ` + needless + `; then echo "Nothing to build: the image exists"; export NEEDLESS=true; fi`,
			}},
			Build: &buildspecPhase{OnFailure: "ABORT", Commands: commands},
		},
		Artifacts: &buildspecArtifacts{Files: spec.Files},
	}
	if len(spec.CachePaths) > 0 {
		out.Cache = &buildspecCache{Paths: spec.CachePaths}
	}
	return deterministic.IndentedJSON(out)
}

// placeholders returns shell commands that create an empty file for each pattern of an
// artifact. A build needs them when its commands are skipped, because CodeBuild fails a
// build if a file of its artifact is missing.
func placeholders(patterns []string) string {
	plain := strings.NewReplacer("**/", "", "**", "x", "*", "x", "?", "x")
	var commands []string
	for _, pattern := range patterns {
		file := plain.Replace(pattern)
		if strings.HasSuffix(file, "/") {
			file += "x"
		}
		commands = append(commands, "mkdir -p "+quoted(path.Dir(file)), "touch "+quoted(file))
	}
	return strings.Join(commands, " && ")
}
