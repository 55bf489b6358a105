package buildpipeline

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
)

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
		name: name, buildspec: p.testBuildspec(test, groups), privileged: test.PrivilegedMode, cache: noCache,
		machine: test.or(&p.args.Build), variables: test.VariablesSpec, statements: statements,
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

// testBuildspec returns the buildspec of a test, with the ARNs of its report groups.
func (p *BuildPipeline) testBuildspec(test *TestSpec, groups pulumi.StringArray) pulumi.StringInput {
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
