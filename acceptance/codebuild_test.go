//go:build acceptance

package acceptance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
)

// projects build the images and, where asked for, what is packed into them.
// Their buildspecs are executed elsewhere (buildspec_test.go).
func (s system) projects() []string {
	var lines []string
	for _, each := range s.services {
		add := func(kind string, privileged bool, cache string) string {
			name := each.name + "-" + kind
			lines = append(lines, fmt.Sprintf("%s: CODEPIPELINE to CODEPIPELINE on LINUX_CONTAINER BUILD_GENERAL1_SMALL "+
				"aws/codebuild/amazonlinux-x86_64-standard:5.0, privileged %t, %d minutes, as arn:aws:iam::ACCOUNT:role/%s, "+
				"cache %s, logs in %s, encrypted with key for %s", name, privileged, each.build.minutes, name, cache, name, each.name))
			return name
		}
		name := add("image", true, "LOCAL LOCAL_DOCKER_LAYER_CACHE")
		for _, variable := range []string{
			"BUILD_DIRECTORY=" + cmp.Or(each.build.directory, "."), "DOCKERFILE=Dockerfile", "CONTAINER_NAME=" + each.name, "REPOSITORY_NAME=" + each.name,
			"REPOSITORY_URI=ACCOUNT.dkr.ecr.REGION.amazonaws.com/" + each.name,
		} {
			lines = append(lines, name+": PLAINTEXT "+variable)
		}
		if each.build.packages {
			add("package", false, "S3 "+each.name+"-artifacts/cache")
		}
		if each.blueGreen != nil {
			name := add("select", false, "NO_CACHE")
			lines = append(lines, name+": PLAINTEXT CLUSTER=fargate-cd-STACK", name+": PLAINTEXT CONTAINER_NAME="+each.name)
		}
	}
	return lines
}

func seenProjects(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, p := range projects(t, d) {
		begin := aws.ToString(p.Name) + ": "
		var cache []string
		if p.Cache != nil {
			cache = append(cache, string(p.Cache.Type))
			if location := aws.ToString(p.Cache.Location); location != "" {
				cache = append(cache, location)
			}
			for _, mode := range p.Cache.Modes {
				cache = append(cache, string(mode))
			}
		}
		group := ""
		if p.LogsConfig != nil && p.LogsConfig.CloudWatchLogs != nil {
			group = aws.ToString(p.LogsConfig.CloudWatchLogs.GroupName)
		}
		machine := p.Environment
		lines = append(lines, fmt.Sprintf("%s%s to %s on %s %s %s, privileged %t, %d minutes, as %s, cache %s, logs in %s, encrypted with %s",
			begin, p.Source.Type, p.Artifacts.Type, machine.Type, machine.ComputeType, aws.ToString(machine.Image),
			aws.ToBool(machine.PrivilegedMode), aws.ToInt32(p.TimeoutInMinutes), aws.ToString(p.ServiceRole),
			strings.Join(cache, " "), group, aws.ToString(p.EncryptionKey)))
		for _, variable := range machine.EnvironmentVariables {
			lines = append(lines, fmt.Sprintf("%s%s %s=%s", begin, variable.Type, aws.ToString(variable.Name), aws.ToString(variable.Value)))
		}
	}
	return lines
}

// projects are those of the case's region.
func projects(t *testing.T, d *deployed) []types.Project {
	t.Helper()
	names := ask(t, d.codebuild.ListProjects, &codebuild.ListProjectsInput{}).Projects
	found := ask(t, d.codebuild.BatchGetProjects, &codebuild.BatchGetProjectsInput{Names: names}).Projects
	slices.SortFunc(found, func(a, b types.Project) int { return strings.Compare(*a.Name, *b.Name) })
	return found
}
