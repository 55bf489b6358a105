//go:build acceptance

package readback

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"fargate-cd/acceptance/internal/lab"
)

// projects returns the CodeBuild projects. CheckBuildspecs runs their buildspecs.
func (s System) projects() []string {
	var lines []string
	for _, each := range s.Services {
		addOn := func(kind, image string, privileged bool, cache string) string {
			name := each.Name + "-" + kind
			lines = append(lines, fmt.Sprintf("%s: CODEPIPELINE to CODEPIPELINE on LINUX_CONTAINER BUILD_GENERAL1_SMALL "+
				"%s, privileged %t, %d minutes, as arn:aws:iam::ACCOUNT:role/%s, "+
				"cache %s, logs in %s, encrypted with key for artifacts", name, image, privileged, each.Build.Minutes, name, cache, name))
			return name
		}
		add := func(kind string, privileged bool, cache string) string {
			return addOn(kind, "aws/codebuild/amazonlinux-x86_64-standard:5.0", privileged, cache)
		}
		for _, test := range each.Build.Tests {
			addOn("test-"+test.Name, test.Image, false, "NO_CACHE")
		}
		if each.Source.Stack == "" {
			cache, variables := "LOCAL LOCAL_DOCKER_LAYER_CACHE", []string{
				"BUILD_DIRECTORY=" + cmp.Or(each.Build.Directory, "."), "DOCKERFILE=Dockerfile", "CONTAINER_NAME=" + each.Name,
				"REPOSITORY_NAME=" + each.Name, "REPOSITORY_URI=ACCOUNT.dkr.ecr.REGION.amazonaws.com/" + each.Name,
			}
			if each.Build.Layers {
				cache, variables = "NO_CACHE", append(variables, "CACHE_URI=ACCOUNT.dkr.ecr.REGION.amazonaws.com/"+each.Name+"-layers")
			}
			if each.Build.BaseImage != "" {
				variables = append(variables, "BASE_IMAGE="+each.Build.BaseImage)
			}
			name := add("image", true, cache)
			for _, variable := range variables {
				lines = append(lines, name+": PLAINTEXT "+variable)
			}
		}
		if each.Build.Packages {
			lines = append(lines, add("package", false, "S3 "+each.Name+"-artifacts/cache")+": PLAINTEXT REPOSITORY_NAME="+each.Name)
		}
		if each.BlueGreen != nil {
			name := add("select", false, "NO_CACHE")
			lines = append(lines, name+": PLAINTEXT CLUSTER=fargate-cd-STACK", name+": PLAINTEXT CONTAINER_NAME="+each.Name)
		}
	}
	return lines
}

// Builds returns the kinds of the service's projects, which are the last part of their
// names. A service that deploys releases has no image build.
func (s Service) Builds() []string {
	var kinds []string
	if s.Source.Stack == "" {
		kinds = append(kinds, "image")
	}
	if s.Build.Packages {
		kinds = append(kinds, "package")
	}
	if s.BlueGreen != nil {
		kinds = append(kinds, "select")
	}
	for _, test := range s.Build.Tests {
		kinds = append(kinds, "test-"+test.Name)
	}
	return kinds
}

func seenProjects(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, p := range lab.Projects(t, d) {
		begin := aws.ToString(p.Name) + ": "
		group := ""
		if p.LogsConfig != nil && p.LogsConfig.CloudWatchLogs != nil {
			group = aws.ToString(p.LogsConfig.CloudWatchLogs.GroupName)
		}
		machine := p.Environment
		lines = append(lines, fmt.Sprintf("%s%s to %s on %s %s %s, privileged %t, %d minutes, as %s, cache %s, logs in %s, encrypted with %s",
			begin, p.Source.Type, p.Artifacts.Type, machine.Type, machine.ComputeType, aws.ToString(machine.Image),
			aws.ToBool(machine.PrivilegedMode), aws.ToInt32(p.TimeoutInMinutes), aws.ToString(p.ServiceRole),
			seenCache(p), group, aws.ToString(p.EncryptionKey)))
		for _, variable := range machine.EnvironmentVariables {
			lines = append(lines, fmt.Sprintf("%s%s %s=%s", begin, variable.Type, aws.ToString(variable.Name), aws.ToString(variable.Value)))
		}
	}
	return lines
}

// seenCache returns the type of a project's cache, and its location or its modes.
func seenCache(p types.Project) string {
	if p.Cache == nil {
		return ""
	}
	cache := []string{string(p.Cache.Type)}
	if location := aws.ToString(p.Cache.Location); location != "" {
		cache = append(cache, location)
	}
	for _, mode := range p.Cache.Modes {
		cache = append(cache, string(mode))
	}
	return strings.Join(cache, " ")
}

// Caches returns the caches of the stack's builds, and its pull through caches of images.
func Caches(t *testing.T, d *lab.Stack) []string {
	t.Helper()
	names := lab.EmptyBook(d.Name, d.Region)
	var lines []string
	for _, p := range lab.Projects(t, d) {
		if p.Cache != nil && p.Cache.Type != types.CacheTypeNoCache {
			lines = append(lines, names.Plain(aws.ToString(p.Name)+": "+seenCache(p)))
		}
	}
	for _, rule := range lab.Ask(t, d.ECR.DescribePullThroughCacheRules, &ecr.DescribePullThroughCacheRulesInput{}).PullThroughCacheRules {
		lines = append(lines, names.Plain(aws.ToString(rule.EcrRepositoryPrefix))+": images of "+aws.ToString(rule.UpstreamRegistryUrl)+
			" with "+aws.ToString(rule.CredentialArn))
	}
	return lines
}
