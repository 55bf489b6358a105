package buildpipeline

import (
	"regexp"
	"slices"

	"fargate-cd/internal/problems"
)

// TestSpec holds the settings of a build that tests a commit while its image is built.
type TestSpec struct {
	// Name is the name of the test, such as unit. Required.
	Name string `json:"name"`
	// Commands are the commands to run in the repository's root, such as make test. Required without buildspec.
	Commands []string `json:"commands"`
	// Buildspec is the path of a buildspec in the repository, or its text. It replaces commands and reports. Not
	// allowed for a service that CodeDeploy deploys.
	Buildspec string `json:"buildspec"`
	// PrivilegedMode lets the test start containers.
	PrivilegedMode bool `json:"privilegedMode"`
	// Reports are the results that the test writes to files, which CodeBuild shows for 30 days.
	Reports []ReportSpec `json:"reports"`
	MachineSpec
	VariablesSpec
}

// ReportSpec holds the settings of a report of a test.
type ReportSpec struct {
	// Name is the name of the report, unique in its test. Required.
	Name string `json:"name"`
	// Files are patterns of the files with the results, such as **/*.xml. Required.
	Files []string `json:"files"`
	// BaseDirectory is the directory to which files are relative.
	BaseDirectory string `json:"baseDirectory" default:"."`
	// Format is the format of the files, as CodeBuild names it.
	Format string `json:"format" default:"JUNITXML"`
}

// Formats of reports ("Buildspec syntax", AWS CodeBuild User Guide, file-format).
var (
	testFormats     = []string{"CUCUMBERJSON", "JUNITXML", "NUNITXML", "NUNIT3XML", "TESTNGXML", "VISUALSTUDIOTRX"}
	coverageFormats = []string{"CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV"}
)

// mostTests is the maximum number of tests of a service. They run in parallel with the image build or the package
// build, and a stage has at most 50 parallel actions ("Quotas in AWS CodePipeline", AWS CodePipeline User Guide).
const mostTests = 49

// stepPattern matches the name of a test or a report, which becomes a part of the names of resources.
var stepPattern = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$`)

const stepAllowed = "up to 20 lower case letters, digits and hyphens, beginning with a letter and not ending with a hyphen"

// validateTests reports the values that AWS would refuse, under keys that begin with the prefix.
func (b *BuildSpec) validateTests(prefix string, found *problems.List) {
	if len(b.Tests) > mostTests {
		found.Add(prefix+"tests", len(b.Tests), "%d tests or fewer", mostTests)
	}
	var names []string
	for i := range b.Tests {
		test, key := &b.Tests[i], prefix+problems.Indexed("tests", i)+"."
		validateStepName(key+"name", test.Name, "the name of the test, such as unit", names, found)
		names = append(names, test.Name)
		test.validateCommands(key, found)
		test.MachineSpec.validate(key, b, found)
		test.VariablesSpec.validate(key, 0, found)
		test.validateReports(key, found)
	}
}

// validateStepName reports a name that is missing, does not match stepPattern or is taken already.
func validateStepName(key, name, want string, taken []string, found *problems.List) {
	if name == "" {
		found.Missing(key, want)
		return
	}
	found.Matches(key, name, stepPattern, stepAllowed)
	if slices.Contains(taken, name) {
		found.Add(key, name, "a name that appears once")
	}
}

func (t *TestSpec) validateCommands(prefix string, found *problems.List) {
	if t.Buildspec != "" {
		validateBuildspec(prefix+"buildspec", t.Buildspec, found)
		refuseWithBuildspec(prefix, found, map[string]bool{"commands": len(t.Commands) > 0, "reports": len(t.Reports) > 0})
		return
	}
	requireCommands(prefix+"commands", t.Commands, "the commands of the test, such as go test ./..., or a buildspec", found)
}

func (t *TestSpec) validateReports(prefix string, found *problems.List) {
	if len(t.Reports) > 5 { // "Buildspec syntax", AWS CodeBuild User Guide
		found.Add(prefix+"reports", len(t.Reports), "5 reports or fewer")
	}
	var names []string
	for i := range t.Reports {
		report, key := &t.Reports[i], prefix+problems.Indexed("reports", i)+"."
		validateStepName(key+"name", report.Name, "the name of the report, such as junit", names, found)
		names = append(names, report.Name)
		if len(report.Files) == 0 {
			found.Missing(key+"files", "patterns of the files with the results, such as **/*.xml")
		}
		for j, pattern := range report.Files {
			found.Matches(key+problems.Indexed("files", j), pattern, commandPattern, "a pattern that is not empty")
		}
		insideRepository(key+"baseDirectory", report.BaseDirectory, found)
		found.OneOf(key+"format", report.Format, slices.Concat(testFormats, coverageFormats)...)
	}
}

// coverage reports whether the report is a code coverage report.
func (r *ReportSpec) coverage() bool { return slices.Contains(coverageFormats, r.Format) }
