package buildpipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
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

// maxTests is the maximum number of tests of a service. They run in parallel with the image build or the package
// build, and a stage has at most 50 parallel actions ("Quotas in AWS CodePipeline", AWS CodePipeline User Guide).
const maxTests = 49

// stepPattern matches the name of a test or a report, which becomes a part of the names of resources.
var stepPattern = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$`)

const stepAllowed = "up to 20 lower case letters, digits and hyphens, beginning with a letter and not ending with a hyphen"

// validateTests reports the values that AWS would refuse, under keys that begin with the prefix.
func (b *BuildSpec) validateTests(prefix string, found *problems.List) {
	if len(b.Tests) > maxTests {
		found.Add(prefix+"tests", len(b.Tests), "%d tests or fewer", maxTests)
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
		found.Add(key, name, "each name only once")
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

// testAction is the prefix of the name of a test's action.
const testAction = "Test-"

// newTests creates the projects that test a commit.
func (p *BuildPipeline) newTests(ctx *pulumi.Context) ([]*codebuild.Project, error) {
	var out []*codebuild.Project
	for i := range p.args.Build.Tests {
		project, err := p.newTest(ctx, &p.args.Build.Tests[i])
		if err != nil {
			return nil, err
		}
		out = append(out, project)
	}
	return out, nil
}

// newTest creates the project of a test, and the groups of its reports. Its role can read the source and write the
// reports, but no artifact.
func (p *BuildPipeline) newTest(ctx *pulumi.Context, test *TestSpec) (*codebuild.Project, error) {
	name := p.name + "-test-" + test.Name
	statements := p.readsSource()
	var groups pulumi.StringArray
	for i := range test.Reports {
		group, needed, err := p.newReportGroup(ctx, name, &test.Reports[i])
		if err != nil {
			return nil, err
		}
		needed.Sid = "Report" + strconv.Itoa(i)
		groups, statements = append(groups, group.Arn), append(statements, needed)
	}
	return p.newProject(ctx, projectArgs{
		name: name, buildspec: p.testProjectBuildspec(test, groups), privileged: test.PrivilegedMode, cache: noCache,
		machine: test.machine(&p.args.Build), variables: test.VariablesSpec, statements: statements,
	})
}

// newReportGroup creates the group of a report, and returns the permission to write to it. Reports expire after 30 days
// ("Test reports", AWS CodeBuild User Guide), so the stack may delete a group together with its reports.
// codebuild:CreateReportGroup is only needed for a group that a build creates ("Test report permissions", AWS CodeBuild
// User Guide).
func (p *BuildPipeline) newReportGroup(ctx *pulumi.Context, project string, report *ReportSpec) (*codebuild.ReportGroup, policy.Statement, error) {
	kind, action := "TEST", "codebuild:BatchPutTestCases"
	if report.coverage() {
		kind, action = "CODE_COVERAGE", "codebuild:BatchPutCodeCoverages"
	}
	name := project + "-" + report.Name
	group, err := codebuild.NewReportGroup(ctx, name, &codebuild.ReportGroupArgs{
		Type:          pulumi.String(kind),
		ExportConfig:  codebuild.ReportGroupExportConfigArgs{Type: pulumi.String("NO_EXPORT")},
		DeleteReports: pulumi.Bool(true),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, policy.Statement{}, fmt.Errorf("creating report group %s: %w", name, err)
	}
	return group, policy.Statement{
		Actions:   []string{action, "codebuild:CreateReport", "codebuild:UpdateReport"},
		Resources: pulumi.StringArray{group.Arn},
	}, nil
}

// testProjectBuildspec returns the buildspec of the project of a test: the configured one, or one that contains the ARNs
// of its report groups.
func (p *BuildPipeline) testProjectBuildspec(test *TestSpec, groups pulumi.StringArray) pulumi.StringInput {
	if test.Buildspec != "" {
		return pulumi.String(test.Buildspec)
	}
	return groups.ToStringArrayOutput().ApplyT(func(arns []string) (string, error) {
		return testBuildspec(test, p.args.BlueGreen != nil, arns)
	}).(pulumi.StringOutput)
}

// testBuildspec returns the buildspec that runs the commands of a test.
//
// The commands run even if the image of the commit exists: an earlier execution may have
// built it while a test failed. They do not run in an execution that a change of the
// configuration has started, which deploys the running image.
//
// The phase has no on-failure, so that the reports of a failed test are uploaded ("Build
// phase transitions", AWS CodeBuild User Guide). The build fails nevertheless.
func testBuildspec(test *TestSpec, blueGreen bool, groups []string) (string, error) {
	commands := test.Commands
	if blueGreen {
		commands = unlessChanged(commands...)
	}
	reports := map[string]buildspecReport{}
	for i, group := range groups {
		report := test.Reports[i]
		reports[group] = buildspecReport{Files: report.Files, BaseDirectory: report.BaseDirectory, FileFormat: report.Format}
	}
	return deterministic.IndentedJSON(buildspec{
		Version: "0.2",
		Env:     &buildspecEnv{Shell: "bash"},
		Phases:  buildspecPhases{Build: &buildspecPhase{Commands: commands}},
		Reports: reports,
	})
}

// testActions returns the actions of the tests, which run in parallel with the first build.
func (p *BuildPipeline) testActions(projects projects) ([]codepipeline.PipelineStageActionInput, error) {
	var out []codepipeline.PipelineStageActionInput
	for i, project := range projects.tests {
		test, err := p.test(testAction+p.args.Build.Tests[i].Name, project)
		if err != nil {
			return nil, err
		}
		out = append(out, test)
	}
	return out, nil
}
