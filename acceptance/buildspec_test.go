//go:build acceptance

package acceptance

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// commitOfBuild is what the pipeline hands to a build.
const commitOfBuild = "0123456789abcdef0123456789abcdef01234567"

// checkBuildspecs executes the buildspecs of the stack's projects, as CodeBuild
// would, and checks what they leave against what CodePipeline's actions demand.
func checkBuildspecs(t *testing.T, d *deployed, s system) {
	for _, project := range projects(t, d) {
		name := suffix.ReplaceAllString(aws.ToString(project.Name), "")
		i := slices.IndexFunc(s.services, func(each service) bool { return strings.HasPrefix(name, each.name+"-") })
		require.GreaterOrEqual(t, i, 0, "project %s is of no service", name)
		t.Run(name, func(t *testing.T) {
			switch name {
			case s.services[i].name + "-package":
				checkPackageBuild(t, d, project, s.services[i])
				return
			case s.services[i].name + "-select":
				checkSelect(t, project, s.services[i])
				return
			}
			checkImageBuild(t, project, s.services[i])
			if s.services[i].blueGreen != nil {
				checkDeploymentFiles(t, d, s.services[i])
			}
		})
	}
}

// breakage is one thing that goes wrong in a build of an image, after which it
// must stop; reached are the tools' calls until then, the failing one included.
type breakage struct {
	name    string
	environ map[string]string
	reached int
}

func checkImageBuild(t *testing.T, project types.Project, s service) {
	uri := variable(project, "REPOSITORY_URI")
	image := uri + ":" + commitOfBuild
	describe := []string{"aws", "ecr", "describe-images", "--repository-name", variable(project, "REPOSITORY_NAME"), "--image-ids", "imageTag=" + commitOfBuild}
	login := [][]string{
		{"aws", "ecr", "get-login-password"},
		{"docker", "login", "--username", "AWS", "--password-stdin", strings.Split(uri, "/")[0]},
	}
	if s.build.dockerHub != "" {
		login = append(login, []string{"docker", "login", "--username", secretOf("username"), "--password-stdin"})
	}
	build := [][]string{
		{"docker", "build", "--build-arg", "COMMIT_HASH", "--tag", image, "--file", "./Dockerfile", "."},
		{"docker", "push", image},
	}
	tell := append(slices.Clone(describe), "--query", "imageDetails[0].imageDigest", "--output", "text")

	first := execute(t, project, s, nil)
	require.Zero(t, first.status, first.output)
	require.Equal(t, slices.Concat(login, [][]string{describe}, build, [][]string{tell}), first.calls, "the first build of a commit")
	checkImageFile(t, first.artifacts, s, uri)

	again := execute(t, project, s, map[string]string{"FAKE_IMAGE_EXISTS": "true"})
	require.Zero(t, again.status, again.output)
	require.Equal(t, slices.Concat(login, [][]string{describe, tell}), again.calls, "an image that exists is not built again")
	require.Equal(t, first.artifacts, again.artifacts, "an image that exists is deployed like a new one")

	if s.blueGreen != nil {
		change := execute(t, project, s, inAChange(t))
		require.Zero(t, change.status, change.output)
		require.Empty(t, change.calls, "a change of the configuration builds nothing")
		require.Contains(t, change.artifacts, "imageDetail.json", "an action must leave its artifact")
	}

	n := len(login)
	breakages := []breakage{
		{"no commit", map[string]string{"COMMIT_HASH": ""}, 0},
		{"no password of ECR", fails("aws ecr get-login-password"), 2},
		{"ECR refuses", fails("docker login --username AWS"), 2},
		{"docker build", fails("docker build"), n + 2},
		{"docker push", fails("docker push"), n + 3},
		{"the image is not found", map[string]string{"FAKE_PUSH_LOST": "true"}, n + 4},
		{"the image has no digest", map[string]string{"FAKE_DIGEST": "None"}, n + 4},
	}
	if s.build.dockerHub != "" {
		breakages = append(breakages, breakage{"Docker Hub refuses", fails("docker login --username " + secretOf("username")), 3})
	}
	for _, b := range breakages {
		run := execute(t, project, s, b.environ)
		require.NotZero(t, run.status, "%s: the build must fail: %s", b.name, run.output)
		require.Len(t, run.calls, b.reached, "%s: nothing is called after the failure: %v", b.name, run.calls)
		require.Empty(t, run.artifacts, "%s: no artifact", b.name)
	}
}

// inAChange are the variables of a build in an execution that a change of the
// configuration has started: the second input artifact has the mark.
func inAChange(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "configuration-change"), nil, 0o600))
	return map[string]string{"CODEBUILD_SRC_DIR_Deployment": folder}
}

// checkSelect executes the build that selects the image to deploy: the one that
// was built or, after a change of the configuration, the one that runs.
func checkSelect(t *testing.T, project types.Project, s service) {
	built := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(built, "imageDetail.json"), []byte(`{"ImageURI":"built"}`), 0o600))
	run := execute(t, project, s, map[string]string{"FAKE_SOURCES": built})
	require.Zero(t, run.status, run.output)
	require.Empty(t, run.calls, "a push asks nothing")
	require.JSONEq(t, `{"ImageURI":"built"}`, run.artifacts["imageDetail.json"])

	change := inAChange(t)
	change["FAKE_SOURCES"] = built
	run = execute(t, project, s, change)
	require.Zero(t, run.status, run.output)
	require.JSONEq(t, `{"ImageURI":"running"}`, run.artifacts["imageDetail.json"])

	waiting := maps.Clone(change)
	waiting["FAKE_TASK_SETS"] = "2"
	run = execute(t, project, s, waiting)
	require.Zero(t, run.status, run.output)
	require.Contains(t, run.calls, []string{"sleep", "15"}, "a rollback that goes on ends first")
	require.JSONEq(t, `{"ImageURI":"running"}`, run.artifacts["imageDetail.json"])

	for name, variables := range map[string]map[string]string{
		"no deployment yet":          {"FAKE_BOOTSTRAP": "running"},
		"no right to look":           fails("aws ecs describe-services"),
		"no right to read revisions": fails("aws ecs describe-task-definition"),
	} {
		maps.Copy(variables, change)
		run = execute(t, project, s, variables)
		require.NotZero(t, run.status, "%s: %s", name, run.output)
		require.Empty(t, run.artifacts, name)
	}
}

// fails makes the fake tools refuse a call that begins so.
func fails(call string) map[string]string { return map[string]string{"FAKE_FAILS": call} }

// checkImageFile checks the one file with the image's name by which the deploy
// action knows it ("Image definitions file reference", CodePipeline User Guide).
func checkImageFile(t *testing.T, artifacts map[string]string, s service, uri string) {
	t.Helper()
	name, want := "imagedefinitions.json", any([]any{map[string]any{"name": s.name, "imageUri": uri + "@" + fakeDigest}})
	if s.blueGreen != nil {
		name, want = "imageDetail.json", map[string]any{"ImageURI": uri + "@" + fakeDigest}
	}
	require.Len(t, artifacts, 1, "artifacts of the build")
	require.Contains(t, artifacts, name, "the deploy action looks for this name")
	var seen any
	require.NoError(t, json.Unmarshal([]byte(artifacts[name]), &seen), "%s: %s", name, artifacts[name])
	require.Equal(t, want, seen, name)
}

// checkPackageBuild packages the sample that the stack file stands beside, with
// its own tools: a fake Maven puts a jar where the real one would.
func checkPackageBuild(t *testing.T, d *deployed, project types.Project, s service) {
	sources := filepath.Join(filepath.Dir(d.file), "app")
	want := map[string]string{"target/server.jar": "a jar\n"}
	for _, name := range []string{"Dockerfile", ".dockerignore"} {
		text, err := os.ReadFile(filepath.Join(sources, name))
		require.NoError(t, err)
		want[name] = string(text)
	}
	run := execute(t, project, s, map[string]string{"FAKE_SOURCES": sources})
	require.Zero(t, run.status, run.output)
	require.Equal(t, [][]string{{"mvn", "--batch-mode", "package"}}, run.calls)
	require.Equal(t, want, run.artifacts, "the source of the image's build")
	require.Equal(t, []string{s.build.cache}, run.cache, "what the next build finds again")

	broken := execute(t, project, s, map[string]string{"FAKE_SOURCES": sources, "FAKE_FAILS": "mvn"})
	require.NotZero(t, broken.status, broken.output)
	require.Empty(t, broken.artifacts)
}

// checkDeploymentFiles reads the second source of a blue/green pipeline, and
// checks that CodeDeployToECS finds its placeholders ("Amazon ECS and
// CodeDeploy blue-green deployment action reference", CodePipeline User Guide).
func checkDeploymentFiles(t *testing.T, d *deployed, s service) {
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
	require.Equal(t, []string{s.cpu, s.memory, s.name, "<IMAGE1_NAME>"}, []string{task.Cpu, task.Memory, container.Name, container.Image})
	require.Equal(t, s.port, container.PortMappings[0].ContainerPort)

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
	require.Equal(t, s.name, target.Properties.LoadBalancerInfo.ContainerName)
	require.Equal(t, s.port, target.Properties.LoadBalancerInfo.ContainerPort)
}

// deploymentFiles are the files in the object that is the pipeline's second source.
func deploymentFiles(t *testing.T, d *deployed, s service) map[string]string {
	t.Helper()
	names := buckets(t, d)
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, s.name+"-artifacts") })
	require.GreaterOrEqual(t, i, 0, "no artifact bucket of %s among %v", s.name, names)
	object := ask(t, d.s3.GetObject, &s3.GetObjectInput{Bucket: &names[i], Key: aws.String("deployment/push.zip")})
	defer object.Body.Close()
	content, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	return enginetest.Files(t, content)
}
