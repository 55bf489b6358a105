package buildpipeline

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/problems"
)

var (
	branchPattern  = regexp.MustCompile(`^[^\s~^:?*\[\\]{1,255}$`)
	commandPattern = regexp.MustCompile(`\S`)
)

// Providers of a service's source. connection.go has the providers that use a connection, and uploadsource.go has
// SourceS3.
const (
	// SourceCodeCommit is AWS CodeCommit. AWS closed it to new customers in 2024 and opened it again in November 2025
	// (AWS DevOps Blog, 24 November 2025).
	SourceCodeCommit = "CodeCommit"
	// SourceRelease deploys the images that another stack has built, deployed and released.
	SourceRelease = "Release"
)

// SourceSpec holds the settings of a service's source.
type SourceSpec struct {
	// Provider is the provider of the source. GitHub, GitHubEnterpriseServer, GitLab, GitLabSelfManaged and Bitbucket
	// use a connection of AWS CodeConnections; not every Region has connections. With CodeCommit, the stack creates the
	// repository unless existingRepository is set. With S3, the stack creates the bucket for a zip file with the source
	// code. Release deploys the images that another stack has released, and builds nothing. After a change from Release
	// to another provider, start the pipeline at once: until it has deployed its first image, no new task can pull the
	// released image.
	Provider string `json:"provider" default:"GitHub"`
	// Stack is the name of the stack whose releases are deployed, such as test. The service of the same name in that
	// stack must have a release to this stack. Both stacks must be in one Region. Required for Release.
	Stack string `json:"stack"`
	// AccountID is the AWS account of that stack. Only for Release, and not allowed for a service that itself has a
	// release. By default the account of this stack.
	AccountID string `json:"accountId"`
	// Repository is the full name of the repository, in the correct upper and lower case: owner/name on GitHub,
	// group/project with all its groups on GitLab, workspace/name on Bitbucket. On CodeCommit it is the name of the
	// repository, which the stack creates unless existingRepository is set. Required, except for S3 and Release.
	Repository string `json:"repository"`
	// Branch is the branch whose pushes are deployed.
	Branch string `json:"branch" default:"main"`
	// ConnectionArn is the ARN of a CodeConnections connection that a person has authorized. By default the stack
	// creates one connection for each provider, which its services share, and reports the page where a person
	// authorizes it. After the authorization, run up again. Required for GitHubEnterpriseServer and GitLabSelfManaged.
	ConnectionArn pulumi.StringInput `json:"connectionArn"`
	// FilePaths are up to eight patterns such as api/**. Only a push or a pull request that changes a matching file
	// starts a pipeline. Only with a provider that uses a connection. By default every push starts the pipeline.
	FilePaths []string `json:"filePaths"`
	TriggerSpec
	CodeCommitSpec
	UploadSpec
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *SourceSpec) Validate(prefix string, found *problems.List) {
	found.Matches(prefix+"branch", s.Branch, branchPattern, "the name of a branch")
	if s.Provider != SourceRelease {
		s.forbid(prefix, found, map[string]string{"stack": s.Stack, "accountId": s.AccountID})
	}
	if s.Provider != SourceCodeCommit && s.ExistingRepository {
		found.Add(prefix+"existingRepository", s.ExistingRepository, "true only with the provider CodeCommit")
	}
	if s.Provider != SourceS3 {
		s.forbid(prefix, found, map[string]string{"objectKey": s.ObjectKey})
	}
	if s.ThroughConnection() {
		s.validateConnected(prefix, found)
		return
	}
	switch s.Provider {
	case SourceRelease:
		s.forbidConnection(prefix, found)
		validateStack(prefix, s.Stack, s.AccountID, found)
		s.forbid(prefix, found, map[string]string{"repository": s.Repository})
	case SourceCodeCommit:
		s.forbidConnection(prefix, found)
		found.Matches(prefix+"repository", s.Repository, codeCommitPattern,
			"the name of a CodeCommit repository: up to 100 letters, digits, dots, underscores and hyphens")
	case SourceS3:
		s.forbidConnection(prefix, found)
		s.UploadSpec.validate(prefix, found)
		s.forbid(prefix, found, map[string]string{"repository": s.Repository})
	default:
		found.OneOf(prefix+"provider", s.Provider, SourceGitHub, SourceGitHubEnterpriseServer, SourceGitLab, SourceGitLabSelfManaged,
			SourceBitbucket, SourceCodeCommit, SourceS3, SourceRelease)
	}
}

// forbid reports the texts that are set although the provider does not use them.
func (s *SourceSpec) forbid(prefix string, found *problems.List, texts map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if texts[key] != "" {
			found.Add(prefix+key, texts[key], "none with the provider %s", s.Provider)
		}
	}
}

// forbidConnection reports the keys that are set although only a provider with a connection uses them.
func (s *SourceSpec) forbidConnection(prefix string, found *problems.List) {
	if problems.Given(s.ConnectionArn) {
		found.Add(prefix+"connectionArn", s.ConnectionArn, "none with the provider %s", s.Provider)
	}
	if s.PullRequests != nil {
		found.Conflict(prefix+"pullRequests", "the provider is %s, and only a source through a connection has pull requests", s.Provider)
	}
	for _, patterns := range []struct {
		key   string
		given []string
	}{{"branches", s.Branches}, {"filePaths", s.FilePaths}, {"tags", s.Tags}} {
		if len(patterns.given) > 0 {
			found.Add(prefix+patterns.key, patterns.given, "none with the provider %s: only a source through a connection has triggers with filters", s.Provider)
		}
	}
}

// BuildSpec holds the settings of the build of a service's image.
type BuildSpec struct {
	// Directory is the build context, relative to the repository's root.
	Directory string `json:"directory" default:"."`
	// Dockerfile is the path of the Dockerfile, relative to directory. The build argument COMMIT_HASH holds the
	// commit.
	Dockerfile string `json:"dockerfile" default:"Dockerfile"`
	// Architecture is the CPU architecture of the build machine, the image and the tasks. It cannot change after the
	// first deployment of a service.
	Architecture string `json:"architecture" default:"X86_64"`
	// ComputeType is the size of the build machine, as CodeBuild names it.
	ComputeType string `json:"computeType" default:"BUILD_GENERAL1_SMALL"`
	// Image is the image of the build machine. The build pulls an image of a private ECR repository with its role; if
	// the repository is in another account, its policy must allow this role. By default CodeBuild's Amazon Linux 2023
	// image for the architecture.
	Image string `json:"image"`
	// Cache is the place of the image build's layer cache. Local keeps the layers on the build machine, which a later
	// build often does not get again. Registry keeps them in a separate ECR repository, from which each build reads
	// only the layers that it needs. S3 keeps them in the artifact bucket, as one file that each build reads and writes
	// as a whole; it suits small images. None keeps no layers. A build with provenance, sbom or pullThroughCache does
	// not use the Local cache. The computeType BUILD_GENERAL1_2XLARGE does not support Local.
	Cache string `json:"cache" default:"Local"`
	// TimeoutMinutes is the maximum duration of a build, in minutes.
	TimeoutMinutes int `json:"timeoutMinutes" default:"30"`
	// DockerHubSecretArn is the ARN of a Secrets Manager secret with the keys username and password. The ARN must be
	// complete, with the six characters at its end. Without the secret, pulls from Docker Hub are anonymous, and Docker
	// Hub soon refuses them with 429. If a customer managed KMS key encrypts the secret, add the key to
	// secretsKmsKeyArns.
	DockerHubSecretArn pulumi.StringInput `json:"dockerHubSecretArn"`
	// Package is a separate build, such as with Maven, that runs before the image build and creates the files that the
	// Dockerfile copies.
	Package *PackageSpec `json:"package"`
	// Buildspec is the path of a buildspec in the repository, or its text. It replaces the generated buildspec of the
	// image build. It must push $REPOSITORY_URI:$COMMIT_HASH and write imagedefinitions.json. Not allowed for a service
	// that CodeDeploy deploys or that has a release.
	Buildspec string `json:"buildspec"`
	VariablesSpec
	// Tests are builds that test the commit while its image is built. If one fails, nothing is deployed. They also run if
	// the image of the commit exists already.
	Tests []TestSpec `json:"tests"`
	// ScanGate stops the delivery of an image in which ECR's scan finds vulnerabilities; {} uses the defaults. By
	// default ECR scans the image, but the findings stop nothing. The gate supports only ECR's basic scanning. In an
	// account with enhanced scanning by Amazon Inspector, whose scans are never complete, it stops every delivery and
	// reports the incomplete scan.
	ScanGate *ScanGateSpec `json:"scanGate"`
	AttestationsSpec
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (b *BuildSpec) Validate(prefix string, found *problems.List) {
	insideRepository(prefix+"directory", b.Directory, found)
	insideRepository(prefix+"dockerfile", b.Dockerfile, found)
	found.OneOf(prefix+"architecture", b.Architecture, fargateservice.ArchitectureX86, fargateservice.ArchitectureARM)
	found.OneOf(prefix+"computeType", b.ComputeType, computeTypes...)
	if b.Image != "" {
		validateImage(prefix+"image", b.Image, b.Architecture, "an image of CodeBuild, or another image with docker, bash and the AWS CLI", found)
	}
	found.OneOf(prefix+"cache", b.Cache, CacheLocal, CacheRegistry, CacheS3, CacheNone)
	if b.Cache == CacheLocal && b.ComputeType == withoutLocalCache {
		found.Add(prefix+"cache", b.Cache, "Registry, S3 or None with the computeType %s, for which CodeBuild has no local cache", b.ComputeType)
	}
	validateTimeout(prefix+"timeoutMinutes", b.TimeoutMinutes, found)
	others := 0
	if problems.Given(b.DockerHubSecretArn) {
		others = 1
	}
	b.VariablesSpec.validate(prefix, others, found)
	if b.Buildspec != "" {
		validateBuildspec(prefix+"buildspec", b.Buildspec, found)
		refuseWithBuildspec(prefix, found, map[string]bool{
			"dockerHubSecretArn": problems.Given(b.DockerHubSecretArn), "scanGate": b.ScanGate != nil, "provenance": b.provenance(), "sbom": b.SBOM,
		})
	}
	b.validateTests(prefix, found)
	if b.ScanGate != nil {
		b.ScanGate.validate(prefix+"scanGate.", found)
	}
	b.AttestationsSpec.validate(prefix, found)
	b.dockerHubSecret(prefix, found)
	if b.Package == nil {
		return
	}
	b.Package.MachineSpec.validate(prefix+"package.", b, found)
	b.Package.VariablesSpec.validate(prefix+"package.", 0, found)
	b.Package.validate(prefix+"package.", found)
}

// requireTexts reports an empty list and empty values in a list. want describes the expected values.
func requireTexts(key string, values []string, want string, found *problems.List) {
	if len(values) == 0 {
		found.Missing(key, want)
	}
	for i, value := range values {
		found.Matches(problems.Indexed(key, i), value, commandPattern, "a text that is not empty")
	}
}

// requireCommands reports an empty list, empty commands, and commands that cannot be part of a script. want describes
// the expected commands.
func requireCommands(key string, commands []string, want string, found *problems.List) {
	requireTexts(key, commands, want, found)
	for i, command := range commands {
		if strings.HasSuffix(command, `\`) {
			found.Add(problems.Indexed(key, i), command, "a command that does not end in a backslash, which would join it to the next line")
		}
	}
}
