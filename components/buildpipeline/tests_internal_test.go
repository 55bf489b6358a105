package buildpipeline

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems/problemtest"
)

func TestTestSpecs(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*BuildSpec, *TestSpec)
		want   string // empty: accepted
	}{
		"complete":         {func(*BuildSpec, *TestSpec) {}, ""},
		"a path":           {func(_ *BuildSpec, s *TestSpec) { *s = TestSpec{Name: "unit", Buildspec: "ci/test.yaml"} }, ""},
		"a text":           {func(_ *BuildSpec, s *TestSpec) { *s = TestSpec{Name: "unit", Buildspec: "version: 0.2\nphases: {}"} }, ""},
		"no name":          {func(_ *BuildSpec, s *TestSpec) { s.Name = "" }, "p.tests[0].name: is missing: the name of the test"},
		"a long name":      {func(_ *BuildSpec, s *TestSpec) { s.Name = strings.Repeat("a", 21) }, `is not allowed: up to 20 lower case letters`},
		"a name twice":     {func(b *BuildSpec, s *TestSpec) { b.Tests = append(b.Tests, *s) }, `p.tests[1].name: "unit" is not allowed: each name only once`},
		"no commands":      {func(_ *BuildSpec, s *TestSpec) { s.Commands = nil }, "p.tests[0].commands: is missing: the commands of the test"},
		"an empty command": {func(_ *BuildSpec, s *TestSpec) { s.Commands = []string{" "} }, `p.tests[0].commands[0]: " " is not allowed`},
		"both":             {func(_ *BuildSpec, s *TestSpec) { s.Buildspec = "x" }, `p.tests[0].commands: is not allowed: only a generated buildspec uses it`},
		"outside":          {func(_ *BuildSpec, s *TestSpec) { s.Buildspec = "../x" }, `p.tests[0].buildspec: "../x" is not allowed: a relative path`},
		"architecture":     {func(_ *BuildSpec, s *TestSpec) { s.Architecture = "arm" }, `p.tests[0].architecture: "arm" is not allowed: one of X86_64, ARM64`},
		"compute":          {func(_ *BuildSpec, s *TestSpec) { s.ComputeType = "L" }, `p.tests[0].computeType: "L" is not allowed: one of BUILD_GENERAL1_SMALL,`},
		"timeout":          {func(_ *BuildSpec, s *TestSpec) { s.TimeoutMinutes = 4 }, `p.tests[0].timeoutMinutes: 4 is not allowed: a whole number from 5 to 2160`},
		"an image for another architecture": {func(_ *BuildSpec, s *TestSpec) {
			s.Architecture, s.Image = "ARM64", "aws/codebuild/standard:7.0"
		}, `p.tests[0].image: "aws/codebuild/standard:7.0" is not allowed: an image for architecture ARM64`},
		"an image for this one": {func(_ *BuildSpec, s *TestSpec) { s.Image = "aws/codebuild/amazonlinux-aarch64-standard:3.0" }, `an image for architecture X86_64`},
		"variable":              {func(_ *BuildSpec, s *TestSpec) { s.Environment = map[string]string{"1": ""} }, `p.tests[0].environment: "1" is not allowed: letters, digits`},
		"a variable of AWS":     {func(_ *BuildSpec, s *TestSpec) { s.Environment = map[string]string{"CODEBUILD_X": ""} }, `a name that neither begins with CODEBUILD_`},
		"a variable of the build": {func(b *BuildSpec, _ *TestSpec) { b.Secrets = map[string]string{"COMMIT_HASH": "x"} },
			`p.secrets: "COMMIT_HASH" is not allowed: a name that neither begins with CODEBUILD_`},
		"one name twice": {func(_ *BuildSpec, s *TestSpec) {
			s.Environment, s.Secrets = map[string]string{"A": ""}, map[string]string{"A": "x"}
		}, `p.tests[0].secrets: "A" is not allowed: an environment variable already has this name`},
		"secret": {func(_ *BuildSpec, s *TestSpec) { s.Secrets = map[string]string{"A": "hunter2"} },
			`p.tests[0].secrets.A: "hunter2" is not allowed: the complete ARN of a Secrets Manager secret`},
		"key": {func(_ *BuildSpec, s *TestSpec) { s.SecretsKmsKeyArns = pulumi.StringArray{pulumi.String("alias/x")} },
			`p.tests[0].secretsKmsKeyArns[0]: "alias/x" is not allowed: the ARN of a KMS key`},
		"no report name":  {func(_ *BuildSpec, s *TestSpec) { s.Reports[0].Name = "" }, "p.tests[0].reports[0].name: is missing: the name of the report"},
		"no report files": {func(_ *BuildSpec, s *TestSpec) { s.Reports[0].Files = nil }, "p.tests[0].reports[0].files: is missing"},
		"an empty file":   {func(_ *BuildSpec, s *TestSpec) { s.Reports[0].Files = []string{""} }, `p.tests[0].reports[0].files[0]: "" is not allowed`},
		"base directory":  {func(_ *BuildSpec, s *TestSpec) { s.Reports[0].BaseDirectory = "/tmp" }, `p.tests[0].reports[0].baseDirectory: "/tmp" is not allowed`},
		"format":          {func(_ *BuildSpec, s *TestSpec) { s.Reports[0].Format = "XML" }, `p.tests[0].reports[0].format: "XML" is not allowed: one of CUCUMBERJSON,`},
		"six reports": {func(_ *BuildSpec, s *TestSpec) { s.Reports = append(s.Reports, make([]ReportSpec, 5)...) },
			"p.tests[0].reports: 6 is not allowed: 5 reports or fewer"},
		"fifty tests":           {func(b *BuildSpec, _ *TestSpec) { b.Tests = make([]TestSpec, 50) }, "p.tests: 50 is not allowed: 49 tests or fewer"},
		"the image's buildspec": {func(b *BuildSpec, _ *TestSpec) { b.Buildspec = "/x" }, `p.buildspec: "/x" is not allowed: a relative path`},
		"a package's buildspec": {func(b *BuildSpec, _ *TestSpec) { b.Package = &PackageSpec{Buildspec: "x"} }, ""},
		"a package's commands":  {func(b *BuildSpec, _ *TestSpec) { b.Package = &PackageSpec{Buildspec: "x", Files: []string{"y"}} }, "p.package.files: is not allowed: only a generated buildspec uses it"},
		"a package's machine": {func(b *BuildSpec, _ *TestSpec) {
			b.Package = &PackageSpec{Buildspec: "x", MachineSpec: MachineSpec{TimeoutMinutes: 1}}
		}, "p.package.timeoutMinutes: 1 is not allowed"},
		"a package's variables": {func(b *BuildSpec, _ *TestSpec) {
			b.Package = &PackageSpec{Buildspec: "x", VariablesSpec: VariablesSpec{Environment: map[string]string{"-": ""}}}
		}, "p.package.environment: \"-\" is not allowed"},
		"Docker Hub's buildspec": {func(b *BuildSpec, _ *TestSpec) { b.Buildspec, b.DockerHubSecretArn = "x", connection }, "p.dockerHubSecretArn: is not allowed: only a generated buildspec uses it"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultBuild()
			spec.Tests = []TestSpec{{
				Name: "unit", Commands: []string{"make"}, Reports: []ReportSpec{{Name: "junit", Files: []string{"*.xml"}}},
				VariablesSpec: VariablesSpec{
					Environment: map[string]string{"A": "$x"},
					Secrets:     map[string]string{"B": "arn:aws:ssm:eu-central-1:111122223333:parameter/b"},
				},
			}}
			defaults.Set(&spec)
			test.change(&spec, &spec.Tests[0])
			err := problemtest.Of(&spec)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}
