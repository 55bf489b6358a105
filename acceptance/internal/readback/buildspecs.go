//go:build acceptance

package readback

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
)

// CheckBuildspecs runs the buildspecs of the stack's projects as CodeBuild does. It checks
// that their artifacts are those that CodePipeline's actions require.
func CheckBuildspecs(t *testing.T, d *lab.Stack, s System) {
	for _, project := range lab.Projects(t, d) {
		name := lab.WithoutSuffix(aws.ToString(project.Name))
		i := slices.IndexFunc(s.Services, func(each Service) bool { return strings.HasPrefix(name, each.Name+"-") })
		require.GreaterOrEqual(t, i, 0, "project %s belongs to no service", name)
		t.Run(name, func(t *testing.T) {
			if test, ok := strings.CutPrefix(name, s.Services[i].Name+"-test-"); ok {
				checkTest(t, project, s.Services[i], test)
				return
			}
			switch name {
			case s.Services[i].Name + "-package":
				checkPackageBuild(t, d, project, s.Services[i])
				return
			case s.Services[i].Name + "-select":
				checkSelect(t, project, s.Services[i])
				return
			}
			checkImageBuild(t, project, s.Services[i])
			if s.Services[i].BlueGreen != nil {
				checkDeploymentFiles(t, d, s.Services[i])
			}
		})
	}
}

// breakage is a failure in the build of an image, after which the build must stop.
type breakage struct {
	name    string
	environ map[string]string
	reached int // the number of tool calls, including the call that fails
}

// checkImageBuild runs the build of the image for a new commit, for a commit whose image
// exists, after a change of the configuration, and with each breakage.
func checkImageBuild(t *testing.T, project types.Project, s Service) {
	uri := lab.Variable(project, "REPOSITORY_URI")
	image := uri + ":" + buildtest.CommitOfBuild
	describe := describeImage(project)
	login := [][]string{
		{"aws", "ecr", "get-login-password"},
		{"docker", "login", "--username", "AWS", "--password-stdin", strings.Split(uri, "/")[0]},
	}
	if s.Build.DockerHub != "" {
		login = append(login, []string{"docker", "login", "--username", buildtest.SecretValue("username"), "--password-stdin"})
	}
	arguments := []string{"--build-arg", "COMMIT_HASH"}
	if s.Build.BaseImage != "" {
		arguments = append(arguments, "--build-arg", "BASE_IMAGE")
	}
	arguments = append(arguments, "--tag", image, "--file", "./Dockerfile")
	plain := [][]string{
		slices.Concat([]string{"docker", "build"}, arguments, []string{"."}),
		{"docker", "push", image},
	}
	build, n := plain, len(login)
	breakages := []breakage{
		{"no commit", map[string]string{"COMMIT_HASH": ""}, 0},
		{"no password of ECR", fails("aws ecr get-login-password"), 2},
		{"ECR refuses", fails("docker login --username AWS"), 2},
		{"the image is not found", map[string]string{"FAKE_PUSH_LOST": "true"}, n + 4},
		{"the image has no digest", map[string]string{"FAKE_DIGEST": "None"}, n + 4},
	}
	tell := append(slices.Clone(describe), "--query", "imageDetails[0].imageDigest", "--output", "text")

	if s.Build.Layers {
		layers := "type=registry,ref=" + lab.Variable(project, "CACHE_URI") + ":layers"
		build = [][]string{
			{"docker", "buildx", "create", "--name", "cached", "--driver", "docker-container", "--bootstrap"},
			slices.Concat(
				[]string{"docker", "buildx", "build", "--builder", "cached", "--push", "--provenance=false"}, arguments,
				[]string{"--cache-from", layers, "--cache-to", layers + ",mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true", "."},
			),
		}
		breakages = append(breakages, breakage{"docker buildx build", fails("docker buildx build"), n + 3})
		uncached := lab.RunBuild(t, project, s.Build.DockerHub, fails("docker buildx create"))
		require.Zero(t, uncached.Status, uncached.Output)
		require.Equal(t, slices.Concat(login, [][]string{describe}, build[:1], plain, [][]string{tell}), uncached.Calls, "a build without a builder")
	} else {
		breakages = append(breakages, breakage{"docker build", fails("docker build"), n + 2}, breakage{"docker push", fails("docker push"), n + 3})
	}

	first := lab.RunBuild(t, project, s.Build.DockerHub, nil)
	require.Zero(t, first.Status, first.Output)
	require.Equal(t, slices.Concat(login, [][]string{describe}, build, [][]string{tell}), first.Calls, "the first build of a commit")
	checkImageFiles(t, first.Artifacts, s, uri)

	again := lab.RunBuild(t, project, s.Build.DockerHub, map[string]string{"FAKE_IMAGE_EXISTS": "true"})
	require.Zero(t, again.Status, again.Output)
	require.Equal(t, slices.Concat(login, [][]string{describe, tell}), again.Calls, "an existing image is not built again")
	checkImageFiles(t, again.Artifacts, s, uri)

	if s.BlueGreen != nil {
		change := lab.RunBuild(t, project, s.Build.DockerHub, buildtest.AfterConfigurationChange(t))
		require.Zero(t, change.Status, change.Output)
		require.Empty(t, change.Calls, "a change of the configuration builds nothing")
		require.ElementsMatch(t, slices.Collect(maps.Keys(first.Artifacts)), slices.Collect(maps.Keys(change.Artifacts)),
			"an action must produce its output artifact")
	}

	if s.Build.DockerHub != "" {
		breakages = append(breakages, breakage{"Docker Hub refuses", fails("docker login --username " + buildtest.SecretValue("username")), 3})
	}
	for _, b := range breakages {
		run := lab.RunBuild(t, project, s.Build.DockerHub, b.environ)
		require.NotZero(t, run.Status, "%s: the build must fail: %s", b.name, run.Output)
		require.Len(t, run.Calls, b.reached, "%s: nothing is called after the failure: %v", b.name, run.Calls)
		require.Empty(t, run.Artifacts, "%s: no artifact", b.name)
	}
}

// describeImage returns the call that checks whether the image of the commit exists.
func describeImage(project types.Project) []string {
	return []string{
		"aws", "ecr", "describe-images", "--repository-name", lab.Variable(project, "REPOSITORY_NAME"), "--image-ids", "imageTag=" + buildtest.CommitOfBuild,
	}
}

// checkTest runs the build of a test. The test runs for each commit, whether or not the
// commit's image exists, but not after a change of the configuration.
func checkTest(t *testing.T, project types.Project, s Service, name string) {
	i := slices.IndexFunc(s.Build.Tests, func(test Test) bool { return test.Name == name })
	require.GreaterOrEqual(t, i, 0, "the system has no test %s", name)
	calls := s.Build.Tests[i].Calls
	run := lab.RunBuild(t, project, s.Build.DockerHub, nil)
	require.Zero(t, run.Status, run.Output)
	require.Equal(t, calls, run.Calls)
	for j, call := range calls {
		run := lab.RunBuild(t, project, s.Build.DockerHub, fails(strings.Join(call, " ")))
		require.NotZero(t, run.Status, "%v fails: %s", call, run.Output)
		require.Len(t, run.Calls, j+1, "nothing is called after the failure")
	}
	if s.BlueGreen != nil {
		change := lab.RunBuild(t, project, s.Build.DockerHub, buildtest.AfterConfigurationChange(t))
		require.Zero(t, change.Status, change.Output)
		require.Empty(t, change.Calls, "a change of the configuration tests nothing")
	}
}

// checkSelect runs the build that selects the image to deploy: the built image or,
// after a change of the configuration, the running image.
func checkSelect(t *testing.T, project types.Project, s Service) {
	built := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(built, "imageDetail.json"), []byte(`{"ImageURI":"built"}`), 0o600))
	run := lab.RunBuild(t, project, s.Build.DockerHub, map[string]string{"FAKE_SOURCES": built})
	require.Zero(t, run.Status, run.Output)
	require.Len(t, run.Calls, 1, "after a push it only looks at the task sets")
	require.JSONEq(t, `{"ImageURI":"built"}`, run.Artifacts["imageDetail.json"])

	run = lab.RunBuild(t, project, s.Build.DockerHub, map[string]string{"FAKE_SOURCES": built, "FAKE_TASK_SETS": "2"})
	require.Zero(t, run.Status, run.Output)
	require.Contains(t, run.Calls, []string{"sleep", "15"}, "a push in the queue waits for the end of a rollback too")
	require.JSONEq(t, `{"ImageURI":"built"}`, run.Artifacts["imageDetail.json"])

	change := buildtest.AfterConfigurationChange(t)
	change["FAKE_SOURCES"] = built
	run = lab.RunBuild(t, project, s.Build.DockerHub, change)
	require.Zero(t, run.Status, run.Output)
	require.JSONEq(t, `{"ImageURI":"running"}`, run.Artifacts["imageDetail.json"])

	waiting := maps.Clone(change)
	waiting["FAKE_TASK_SETS"] = "2"
	run = lab.RunBuild(t, project, s.Build.DockerHub, waiting)
	require.Zero(t, run.Status, run.Output)
	require.Contains(t, run.Calls, []string{"sleep", "15"}, "it waits for the end of a rollback")
	require.JSONEq(t, `{"ImageURI":"running"}`, run.Artifacts["imageDetail.json"])

	for name, variables := range map[string]map[string]string{
		"no deployment yet":          {"FAKE_BOOTSTRAP": "running"},
		"no right to look":           fails("aws ecs describe-services"),
		"no right to read revisions": fails("aws ecs describe-task-definition"),
	} {
		maps.Copy(variables, change)
		run = lab.RunBuild(t, project, s.Build.DockerHub, variables)
		require.NotZero(t, run.Status, "%s: %s", name, run.Output)
		require.Empty(t, run.Artifacts, name)
	}
}

// fails returns the environment in which the fake tools fail on calls that begin with call.
func fails(call string) map[string]string { return map[string]string{"FAKE_FAILS": call} }

// checkImageFiles checks the artifacts. Their files pass the image to the deploy action
// ("Image definitions file reference", CodePipeline User Guide). A release contains the
// files of both deploy actions, and one file for people.
func checkImageFiles(t *testing.T, artifacts map[string]string, s Service, uri string) {
	t.Helper()
	image := uri + "@" + buildtest.FakeDigest
	want := map[string]any{}
	if s.BlueGreen == nil || s.Release != "" {
		want["imagedefinitions.json"] = []any{map[string]any{"name": s.Name, "imageUri": image}}
	}
	if s.BlueGreen != nil || s.Release != "" {
		want["imageDetail.json"] = map[string]any{"ImageURI": image}
	}
	if s.Release != "" {
		want["release.json"] = map[string]any{
			"image": image, "commit": buildtest.CommitOfBuild, "pipeline": buildtest.PipelineOfBuild, "execution": buildtest.ExecutionOfBuild,
		}
	}
	seen := map[string]any{}
	for name, text := range artifacts {
		var content any
		require.NoError(t, json.Unmarshal([]byte(text), &content), "%s: %s", name, text)
		if release, ok := content.(map[string]any); ok && name == "release.json" {
			built, err := time.Parse(time.RFC3339, fmt.Sprint(release["builtAt"]))
			require.NoError(t, err, "builtAt in release.json")
			require.WithinDuration(t, time.Now(), built, time.Hour, "builtAt in release.json")
			delete(release, "builtAt")
		}
		seen[name] = content
	}
	require.Equal(t, want, seen, "artifacts of the build")
}

// checkPackageBuild runs the build that packages the sample application beside the stack
// file. A fake Maven writes the jar.
func checkPackageBuild(t *testing.T, d *lab.Stack, project types.Project, s Service) {
	sources := filepath.Join(filepath.Dir(d.File), "app")
	want := map[string]string{"target/server.jar": "a jar\n"}
	for _, name := range []string{"Dockerfile", ".dockerignore"} {
		text, err := os.ReadFile(filepath.Join(sources, name))
		require.NoError(t, err)
		want[name] = string(text)
	}
	run := lab.RunBuild(t, project, s.Build.DockerHub, map[string]string{"FAKE_SOURCES": sources})
	require.Zero(t, run.Status, run.Output)
	describe := describeImage(project)
	require.Equal(t, [][]string{describe, {"mvn", "--batch-mode", "package"}}, run.Calls)
	require.Equal(t, want, run.Artifacts, "the source of the image build")
	require.Equal(t, []string{s.Build.Cache}, run.Cache, "what the next build gets from the cache")

	again := lab.RunBuild(t, project, s.Build.DockerHub, map[string]string{"FAKE_SOURCES": sources, "FAKE_IMAGE_EXISTS": "true"})
	require.Zero(t, again.Status, again.Output)
	require.Equal(t, [][]string{describe}, again.Calls, "the package of an existing image is not built again")
	require.NotEmpty(t, again.Artifacts, "an action must produce its output artifact")

	broken := lab.RunBuild(t, project, s.Build.DockerHub, map[string]string{"FAKE_SOURCES": sources, "FAKE_FAILS": "mvn"})
	require.NotZero(t, broken.Status, broken.Output)
	require.Empty(t, broken.Artifacts)
}

// checkDeploymentFiles checks the task definition and the AppSpec file in the second source
// of a blue/green pipeline, with the placeholders that CodeDeployToECS replaces ("Amazon ECS
// and CodeDeploy blue-green deployment action reference", CodePipeline User Guide).
func checkDeploymentFiles(t *testing.T, d *lab.Stack, s Service) {
	t.Helper()
	files := deploymentFiles(t, d, s)
	var task struct {
		Family               string
		Cpu, Memory          string
		ContainerDefinitions []struct {
			Name, Image  string
			PortMappings []struct{ ContainerPort int32 }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(files["taskdef.json"]), &task), files["taskdef.json"])
	require.Len(t, task.ContainerDefinitions, 1)
	container := task.ContainerDefinitions[0]
	require.Equal(t, []string{s.CPU, s.Memory, s.Name, "<IMAGE1_NAME>"}, []string{task.Cpu, task.Memory, container.Name, container.Image})
	require.Equal(t, s.Port, container.PortMappings[0].ContainerPort)

	var spec struct {
		Version   any
		Resources []map[string]struct {
			Type       string
			Properties struct {
				TaskDefinition   string
				LoadBalancerInfo struct {
					ContainerName string
					ContainerPort int32
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(files["appspec.yaml"]), &spec), files["appspec.yaml"])
	require.Len(t, spec.Resources, 1)
	target := spec.Resources[0]["TargetService"]
	require.Equal(t, "AWS::ECS::Service", target.Type)
	require.Equal(t, "<TASK_DEFINITION>", target.Properties.TaskDefinition)
	require.Equal(t, s.Name, target.Properties.LoadBalancerInfo.ContainerName)
	require.Equal(t, s.Port, target.Properties.LoadBalancerInfo.ContainerPort)
}

// deploymentFiles returns the files in the second source of the pipeline, by name.
func deploymentFiles(t *testing.T, d *lab.Stack, s Service) map[string]string {
	t.Helper()
	names := lab.Buckets(t, d)
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, s.Name+"-artifacts") })
	require.GreaterOrEqual(t, i, 0, "no artifact bucket of %s among %v", s.Name, names)
	object := lab.Ask(t, d.S3.GetObject, &s3.GetObjectInput{Bucket: &names[i], Key: aws.String("deployment/push.zip")})
	defer object.Body.Close()
	content, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	return enginetest.Files(t, content)
}
