package buildpipeline

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems/problemtest"
)

const connection pulumi.String = "arn:aws:codestar-connections:eu-central-1:111122223333:connection/11111111-2222-3333-4444-555555555555"

func gitHub() SourceSpec {
	spec := SourceSpec{Repository: "acme/web", ConnectionArn: connection}
	defaults.Set(&spec)
	return spec
}

func TestSourceSpecAccepts(t *testing.T) {
	require.Equal(t, SourceSpec{Provider: "GitHub", Repository: "acme/web", Branch: "main", ConnectionArn: connection}, gitHub())
	for name, change := range map[string]func(*SourceSpec){
		"GitHub": func(*SourceSpec) {},
		"the connection's new name": func(s *SourceSpec) {
			s.ConnectionArn = pulumi.String(strings.Replace(string(connection), "codestar-connections", "codeconnections", 1))
		},
		"eight patterns": func(s *SourceSpec) { s.FilePaths = strings.Split(strings.Repeat("api/** ", 7)+"web/**", " ") },
		"branches":       func(s *SourceSpec) { s.Branches, s.FilePaths = []string{"release/**"}, []string{"api/**"} },
		"tags":           func(s *SourceSpec) { s.Tags = []string{"v*"} },
		"S3":             func(s *SourceSpec) { *s = SourceSpec{Provider: SourceS3, Branch: "main"} },
		"S3 with a key": func(s *SourceSpec) {
			*s = SourceSpec{Provider: SourceS3, Branch: "main", UploadSpec: UploadSpec{ObjectKey: "builds/(new)-web.zip"}}
		},
		"S3 with the longest key": func(s *SourceSpec) {
			*s = SourceSpec{Provider: SourceS3, Branch: "main", UploadSpec: UploadSpec{ObjectKey: strings.Repeat("a", 1000)}}
		},
		"an existing CodeCommit repository": func(s *SourceSpec) {
			*s = SourceSpec{Provider: SourceCodeCommit, Repository: "web", Branch: "main", CodeCommitSpec: CodeCommitSpec{ExistingRepository: true}}
		},
		"a branch with a slash":                  func(s *SourceSpec) { s.Branch = "feature/x" },
		"no connection, which the stack creates": func(s *SourceSpec) { s.ConnectionArn = pulumi.String("") },
		"GitHub Enterprise Server":               func(s *SourceSpec) { s.Provider = SourceGitHubEnterpriseServer },
		"Bitbucket":                              func(s *SourceSpec) { s.Provider, s.ConnectionArn = SourceBitbucket, nil },
		"GitLab's groups":                        func(s *SourceSpec) { s.Provider, s.Repository = SourceGitLab, "acme/shop/back.end/web" },
		"GitLab self-managed":                    func(s *SourceSpec) { s.Provider = SourceGitLabSelfManaged },
		"CodeCommit": func(s *SourceSpec) {
			*s = SourceSpec{Provider: SourceCodeCommit, Repository: "my.web_1", Branch: "main"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := gitHub()
			change(&spec)
			require.NoError(t, problemtest.Of(&spec))
		})
	}
}

func TestSourceSpecRefuses(t *testing.T) {
	codeCommit := func(s *SourceSpec) { s.Provider, s.Repository, s.ConnectionArn = SourceCodeCommit, "web", nil }
	for name, test := range map[string]struct {
		change func(*SourceSpec)
		want   string
	}{
		"provider": {func(s *SourceSpec) { s.Provider = "Gitlab" },
			`p.provider: "Gitlab" is not allowed: one of GitHub, GitHubEnterpriseServer, GitLab, GitLabSelfManaged, Bitbucket, CodeCommit`},
		"branch": {func(s *SourceSpec) { s.Branch = "a b" },
			`p.branch: "a b" is not allowed: the name of a branch`},
		"repository without owner": {func(s *SourceSpec) { s.Repository = "web" },
			`p.repository: "web" is not allowed: owner/name of a repository on GitHub`},
		"groups on GitHub": {func(s *SourceSpec) { s.Repository = "acme/shop/web" },
			`p.repository: "acme/shop/web" is not allowed: owner/name of a repository on GitHub`},
		"GitLab's project without a group": {func(s *SourceSpec) { s.Provider, s.Repository = SourceGitLab, "web" },
			`p.repository: "web" is not allowed: group/project or group/subgroup/project of a repository on GitLab`},
		"Bitbucket's repository without a workspace": {func(s *SourceSpec) { s.Provider, s.Repository = SourceBitbucket, "web" },
			`p.repository: "web" is not allowed: workspace/name of a repository on Bitbucket`},
		"not a connection": {func(s *SourceSpec) { s.ConnectionArn = pulumi.String("github") },
			`p.connectionArn: "github" is not allowed: the ARN of a connection to GitHub, which a person has authorized`},
		"no connection to a server": {func(s *SourceSpec) { s.Provider, s.ConnectionArn = SourceGitLabSelfManaged, nil },
			`p.connectionArn: is missing: the ARN of a connection to GitLab self-managed, whose host a person creates`},
		"nine patterns": {func(s *SourceSpec) { s.FilePaths = strings.Split("a b c d e f g h i", " ") },
			`p.filePaths: 9 is not allowed: 8 patterns or fewer`},
		"an empty pattern": {func(s *SourceSpec) { s.FilePaths = []string{"a", ""} },
			`p.filePaths[1]: "" is not allowed: a pattern of 1 to 255 characters`},
		"CodeCommit's repository": {func(s *SourceSpec) { codeCommit(s); s.Repository = "acme/web" },
			`p.repository: "acme/web" is not allowed: the name of a CodeCommit repository`},
		"a connection to CodeCommit": {func(s *SourceSpec) { codeCommit(s); s.ConnectionArn = connection },
			`p.connectionArn: "` + string(connection) + `" is not allowed: none with the provider CodeCommit`},
		"nine branches": {func(s *SourceSpec) { s.Branches = strings.Split("a b c d e f g h i", " ") },
			`p.branches: 9 is not allowed: 8 patterns or fewer`},
		"an empty tag": {func(s *SourceSpec) { s.Tags = []string{""} }, `p.tags[0]: "" is not allowed: a pattern of 1 to 255 characters`},
		"tags and branches": {func(s *SourceSpec) { s.Tags, s.Branches = []string{"v*"}, []string{"main"} },
			`p.tags: ["v*"] is not allowed: none with branches or filePaths`},
		"tags of CodeCommit": {func(s *SourceSpec) { codeCommit(s); s.Tags = []string{"v*"} },
			`p.tags: ["v*"] is not allowed: none with the provider CodeCommit`},
		"an existing repository on GitHub": {func(s *SourceSpec) { s.ExistingRepository = true },
			`p.existingRepository: true is not allowed: true only with the provider CodeCommit`},
		"a repository in S3": {func(s *SourceSpec) { *s = SourceSpec{Provider: SourceS3, Branch: "main", Repository: "web"} },
			`p.repository: "web" is not allowed: none with the provider S3`},
		"an object on GitHub": {func(s *SourceSpec) { s.ObjectKey = "web.zip" },
			`p.objectKey: "web.zip" is not allowed: none with the provider GitHub`},
		"a key with a variable": {func(s *SourceSpec) {
			*s = SourceSpec{Provider: SourceS3, Branch: "main", UploadSpec: UploadSpec{ObjectKey: "#{x.y}"}}
		}, `p.objectKey: "#{x.y}" is not allowed: the key of an object`},
		"a key that an action cannot have": {func(s *SourceSpec) {
			*s = SourceSpec{Provider: SourceS3, Branch: "main", UploadSpec: UploadSpec{ObjectKey: strings.Repeat("a", 1001)}}
		}, `" is not allowed: the key of an object: up to 1000 letters`},
		"patterns for CodeCommit": {func(s *SourceSpec) { codeCommit(s); s.FilePaths = []string{"a"} },
			`p.filePaths: ["a"] is not allowed: none with the provider CodeCommit`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := gitHub()
			test.change(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}

func defaultBuild() BuildSpec {
	spec := BuildSpec{}
	defaults.Set(&spec)
	return spec
}

func TestBuildSpecDefaults(t *testing.T) {
	spec := defaultBuild()
	require.Equal(t, BuildSpec{
		Directory: ".", Dockerfile: "Dockerfile", Architecture: "X86_64", ComputeType: "BUILD_GENERAL1_SMALL",
		Cache: "Local", TimeoutMinutes: 30, AttestationsSpec: AttestationsSpec{Provenance: "None"},
	}, spec)
	require.Equal(t, "aws/codebuild/amazonlinux-x86_64-standard:5.0", spec.image())
	spec.Image = "mine"
	require.Equal(t, "mine", spec.image())
	require.NoError(t, problemtest.Of(&spec))
}

func TestBuildSpecRefuses(t *testing.T) {
	pack := func(change func(*PackageSpec)) func(*BuildSpec) {
		return func(s *BuildSpec) {
			s.Package = &PackageSpec{Commands: []string{"make"}, Files: []string{"out"}}
			change(s.Package)
		}
	}
	for name, test := range map[string]struct {
		change func(*BuildSpec)
		want   string // empty: accepted
	}{
		"a complete package": {pack(func(p *PackageSpec) { p.CachePaths = []string{"/root/.m2/**/*"} }), ""},
		"inside":             {func(s *BuildSpec) { s.Directory = "a/../b" }, ""},
		"a secret": {func(s *BuildSpec) {
			s.DockerHubSecretArn = pulumi.String("arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub-AbCdEf")
		}, ""},
		"a secret with a key": {func(s *BuildSpec) {
			s.DockerHubSecretArn = pulumi.String("arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub-AbCdEf")
			s.SecretsKmsKeyArns = pulumi.StringArray{pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/1")}
		}, ""},
		"a key without a secret": {func(s *BuildSpec) {
			s.SecretsKmsKeyArns = pulumi.StringArray{pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/1")}
		},
			`p.secretsKmsKeyArns: ["arn:aws:kms:eu-central-1:111122223333:key/1"] is not allowed: none without secrets`},
		"ARM": {func(s *BuildSpec) {
			s.Architecture, s.Image = "ARM64", "aws/codebuild/amazonlinux2-aarch64-standard:3.0"
		}, ""},
		"architecture": {func(s *BuildSpec) { s.Architecture = "arm" },
			`p.architecture: "arm" is not allowed: one of X86_64, ARM64`},
		"an image for ARM": {func(s *BuildSpec) { s.Image = "aws/codebuild/amazonlinux2-aarch64-standard:3.0" },
			`p.image: "aws/codebuild/amazonlinux2-aarch64-standard:3.0" is not allowed: an image for architecture X86_64`},
		"an image for x86": {func(s *BuildSpec) { s.Architecture, s.Image = "ARM64", "aws/codebuild/standard:7.0" },
			`p.image: "aws/codebuild/standard:7.0" is not allowed: an image for architecture ARM64`},
		// IAM compares the complete ARN. With a shorter ARN, the role cannot read the secret during a build.
		"a secret without its suffix": {func(s *BuildSpec) {
			s.DockerHubSecretArn = pulumi.String("arn:aws:secretsmanager:eu-central-1:111122223333:secret:docker/hub")
		}, `p.dockerHubSecretArn: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:docker/hub" is not allowed: the complete ARN of a secret`},
		"outside":  {func(s *BuildSpec) { s.Directory = "a/../../b" }, `p.directory: "a/../../b" is not allowed: a relative path that stays inside`},
		"absolute": {func(s *BuildSpec) { s.Dockerfile = "/Dockerfile" }, `p.dockerfile: "/Dockerfile" is not allowed: a relative path`},
		"compute":  {func(s *BuildSpec) { s.ComputeType = "LARGE" }, `p.computeType: "LARGE" is not allowed: one of BUILD_GENERAL1_SMALL,`},
		// AWS refuses it in the middle of an update, after it has created the role and the log group.
		"a local cache on the largest machine": {func(s *BuildSpec) { s.ComputeType = "BUILD_GENERAL1_2XLARGE" },
			`p.cache: "Local" is not allowed: Registry, S3 or None with the computeType BUILD_GENERAL1_2XLARGE`},
		"another cache on the largest machine": {func(s *BuildSpec) { s.ComputeType, s.Cache = "BUILD_GENERAL1_2XLARGE", "None" }, ""},
		"image":                                {func(s *BuildSpec) { s.Image = "a b" }, `p.image: "a b" is not allowed: an image of CodeBuild`},
		"timeout":                              {func(s *BuildSpec) { s.TimeoutMinutes = 2161 }, `p.timeoutMinutes: 2161 is not allowed: a whole number from 5 to 2160`},
		"secret":                               {func(s *BuildSpec) { s.DockerHubSecretArn = pulumi.String("hub") }, `p.dockerHubSecretArn: "hub" is not allowed: the complete ARN of a secret`},
		"no commands":                          {pack(func(p *PackageSpec) { p.Commands = nil }), `p.package.commands: is missing: the commands that create the package`},
		"an empty command":                     {pack(func(p *PackageSpec) { p.Commands = []string{"make", " "} }), `p.package.commands[1]: " " is not allowed`},
		"a command that goes on": {pack(func(p *PackageSpec) { p.Commands = []string{"make", `make \`} }),
			`p.package.commands[1]: "make \\" is not allowed: a command that does not end in a backslash`},
		"no files":       {pack(func(p *PackageSpec) { p.Files = nil }), `p.package.files: is missing: the files that the image build needs`},
		"an empty cache": {pack(func(p *PackageSpec) { p.CachePaths = []string{""} }), `p.package.cachePaths[0]: "" is not allowed: a pattern`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultBuild()
			test.change(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}
