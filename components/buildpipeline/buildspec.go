package buildpipeline

import (
	"maps"
	"slices"
	"strings"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/deterministic"
)

// buildspec is a CodeBuild buildspec, version 0.2. CodeBuild parses it as YAML, which
// includes JSON.
type buildspec struct {
	Version   string                     `json:"version"`
	Env       *buildspecEnv              `json:"env,omitempty"`
	Phases    buildspecPhases            `json:"phases"`
	Reports   map[string]buildspecReport `json:"reports,omitempty"` // by the ARN of the report group
	Artifacts *buildspecArtifacts        `json:"artifacts,omitempty"`
	Cache     *buildspecCache            `json:"cache,omitempty"`
}

type buildspecEnv struct {
	Shell          string            `json:"shell,omitempty"`
	SecretsManager map[string]string `json:"secrets-manager,omitempty"`
}

type buildspecPhases struct {
	PreBuild  *buildspecPhase `json:"pre_build,omitempty"`
	Build     *buildspecPhase `json:"build,omitempty"`
	PostBuild *buildspecPhase `json:"post_build,omitempty"`
}

// buildspecPhase is a list of commands. With on-failure ABORT, the first command that fails ends the build. Without it,
// CodeBuild runs post_build even after a failed build.
type buildspecPhase struct {
	OnFailure string   `json:"on-failure,omitempty"`
	Commands  []string `json:"commands"`
}

type buildspecReport struct {
	Files         []string `json:"files"`
	BaseDirectory string   `json:"base-directory"`
	FileFormat    string   `json:"file-format"`
}

type buildspecArtifacts struct {
	Files []string `json:"files"`
}

type buildspecCache struct {
	Paths []string `json:"paths"`
}

// Files that name the image to deploy. The ECS action requires imagedefinitions.json, and the CodeDeployToECS action
// requires imageDetail.json ("Image definitions file reference", CodePipeline User Guide).
const (
	imageDefinitionsFile = "imagedefinitions.json"
	imageDetailFile      = "imageDetail.json"
)

// commitVariable is the environment variable with the commit to build. The pipeline
// sets it, because CodeBuild knows the commit only in the first build of a pipeline.
const commitVariable = "COMMIT_HASH"

// changed is a shell command that succeeds in an execution that a change of the configuration has started. CodeBuild
// sets an environment variable, whose name ends in the name of the artifact, to the directory of the second input
// artifact ("Environment variables in build environments", CodeBuild User Guide).
const changed = `test -e "$CODEBUILD_SRC_DIR_` + deploymentAction + `/` + changeFile + `"`

// unlessChanged wraps the commands so that they do not run in an execution that a change of the configuration has
// started. Such an execution deploys the running image. It must not build the newest commit, which may have been
// rejected or never built.
func unlessChanged(commands ...string) []string {
	var out []string
	for _, command := range commands {
		out = append(out, changed+" || "+group(command))
	}
	return out
}

// group wraps a command in a shell group. A group must not be empty, so a command with only comments gets the null
// command first.
func group(command string) string {
	comment := true
	for line := range strings.Lines(command) {
		line = strings.TrimSpace(line)
		comment = comment && (line == "" || strings.HasPrefix(line, "#"))
	}
	if comment {
		command = ":\n" + command
	}
	return "{\n" + command + "\n}"
}

// imageBuild describes the build of an image.
type imageBuild struct {
	spec      *BuildSpec
	blueGreen bool
	files     []imageFile // the files that name the image
	// pullsThrough reports whether base images come from a pull through cache of Amazon ECR.
	pullsThrough bool
}

// imageBuildspec returns the buildspec that builds the image of a commit, unless the repository already has it. The
// build writes the image's name with its digest to files for the deployment.
//
// A commit has exactly one image: its tag is immutable, and a repeated build uses the
// image of the first build.
func imageBuildspec(build imageBuild, dockerHubSecretArn string) (string, error) {
	spec := build.spec
	login := []string{
		`test -n "$` + commitVariable + `" || { echo "the pipeline gave no ` + commitVariable + `"; exit 1; }`,
		`export IMAGE="$REPOSITORY_URI:$` + commitVariable + `"`,
		loginToRegistry,
	}
	env := &buildspecEnv{Shell: "bash"}
	if dockerHubSecretArn != "" {
		env.SecretsManager = map[string]string{
			"DOCKERHUB_USERNAME": dockerHubSecretArn + ":username",
			"DOCKERHUB_PASSWORD": dockerHubSecretArn + ":password",
		}
		login = append(login, `printf '%s' "$DOCKERHUB_PASSWORD" | docker login --username "$DOCKERHUB_USERNAME" --password-stdin`)
	}
	if build.pullsThrough {
		login = append(login, mirrorDockerHub)
	}
	run := []string{
		`if ` + describeImage + ` >/dev/null 2>&1; then echo "$IMAGE was built before"; else ` + buildImage(spec, build.pullsThrough) + `; fi`,
	}
	name := []string{
		`IMAGE_DIGEST="$(` + describeImage + ` --query 'imageDetails[0].imageDigest' --output text)"`,
		`case "$IMAGE_DIGEST" in sha256:*) ;; *) echo "$IMAGE has no digest"; exit 1;; esac`,
	}
	if spec.ScanGate != nil {
		name = append(name, spec.ScanGate.scanGate(spec.attested()))
	}
	var names []string
	for _, file := range build.files {
		name, names = append(name, file.format+" > "+file.name), append(names, file.name)
	}
	if build.blueGreen {
		login, run, name = unlessChanged(login...), unlessChanged(run...), unlessChanged(name...)
		for _, file := range names { // CodeBuild requires every file of the output artifact
			name = append(name, changed+` && echo '{}' > `+file+` || true`)
		}
	}
	out := buildspec{
		Version: "0.2",
		Env:     env,
		Phases: buildspecPhases{
			PreBuild:  &buildspecPhase{OnFailure: "ABORT", Commands: login},
			Build:     &buildspecPhase{OnFailure: "ABORT", Commands: run},
			PostBuild: &buildspecPhase{OnFailure: "ABORT", Commands: append(name, `cat `+strings.Join(names, " "))},
		},
		Artifacts: &buildspecArtifacts{Files: names},
	}
	if spec.Cache == CacheS3 {
		out.Cache = &buildspecCache{Paths: []string{layersDirectory + "/**/*"}}
	}
	return deterministic.IndentedJSON(out)
}

// loginToRegistry is the command that logs Docker in to the registry of the service's repository.
const loginToRegistry = `aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY_URI%%/*}"`

// describeImage is the command that describes the image of the commit. It fails if there is none.
const describeImage = `aws ecr describe-images --repository-name "$REPOSITORY_NAME" --image-ids imageTag="$` + commitVariable + `"`

// createBuilder is the command that creates a builder with the driver docker-container.
const createBuilder = `docker buildx create --name cached --driver docker-container --bootstrap`

// noAttestations turns off the provenance that Docker adds by default if its image store can hold it. Then the tag would
// belong to an image index ("Build variables", Docker documentation). Older versions of Docker ignore the variable.
const noAttestations = `BUILDX_NO_DEFAULT_ATTESTATIONS=1 `

// buildImage returns the command that builds and pushes the image.
//
// Docker's default builder cannot export a cache, so the build creates one with the driver docker-container. If the
// cache cannot be read or written, or if the builder cannot start, the build is slower but does not fail.
//
// Attestations also need such a builder ("Build attestations", Docker documentation). If they cannot be created, the
// build fails without pushing an image, because its immutable tag would prevent a later build with attestations.
func buildImage(spec *BuildSpec, pullsThrough bool) string {
	arguments := buildArguments(spec)
	plain := noAttestations + `docker build ` + arguments + ` "$BUILD_DIRECTORY" && docker push "$IMAGE"`
	cache, after := spec.layerCache()
	if cache == "" && !spec.attested() && !pullsThrough {
		return plain
	}
	create := createBuilder
	if pullsThrough {
		create += builderOfMirror
	}
	build := `docker buildx build --builder cached --push ` + spec.AttestationsSpec.flags() + ` ` + arguments + cache + ` "$BUILD_DIRECTORY"` + after
	if spec.attested() {
		return create + " && " + build
	}
	return "\nif " + create + "; then\n" + build + "\nelse\necho 'There is no builder with a cache: building without it'\n" + plain + "\nfi"
}

// buildArguments returns the arguments of docker build, without the build context.
//
// A build argument without a value, and a build secret, take the value from the environment
// variable ("docker buildx build", Docker documentation), so no value becomes shell code.
func buildArguments(spec *BuildSpec) string {
	arguments := `--build-arg ` + commitVariable
	for _, name := range slices.Sorted(maps.Keys(spec.Environment)) {
		arguments += ` --build-arg ` + name
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Secrets)) {
		arguments += ` --secret id=` + name + `,env=` + name
	}
	return arguments + ` --tag "$IMAGE" --file "$BUILD_DIRECTORY/$DOCKERFILE"`
}

// imageFile is a file that names the image. format is the shell command that prints its content.
type imageFile struct{ name, format string }

// imageFiles returns the file that the deploy action reads. For a release, it returns the files of both deploy actions,
// because the next stack may use the other action, and releaseFile.
func imageFiles(blueGreen, release bool) []imageFile {
	const image = ` "$REPOSITORY_URI@$IMAGE_DIGEST"`
	definitions := imageFile{imageDefinitionsFile, `printf '[{"name":"%s","imageUri":"%s"}]\n' "$CONTAINER_NAME"` + image}
	detail := imageFile{imageDetailFile, `printf '{"ImageURI":"%s"}\n'` + image}
	switch {
	case release:
		return []imageFile{definitions, detail, {releaseFile,
			`printf '{"image":"%s","commit":"%s","pipeline":"%s","execution":"%s","builtAt":"%s"}\n'` + image + ` "$` + commitVariable +
				`" "${CODEBUILD_INITIATOR#codepipeline/}" "$` + executionVariable + `" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"`}}
	case blueGreen:
		return []imageFile{detail}
	default:
		return []imageFile{definitions}
	}
}

// selectBuildspec returns the buildspec that selects the image to deploy: the image that
// was built or, after a change of the configuration, the running image.
//
// It runs in the Deploy stage. Only one execution is in a stage at a time, so no other
// deployment of the pipeline changes the running image between the selection and the
// deployment. But CodeDeploy rolls back with a separate deployment, after the failed
// execution has left the stage. The build waits until that deployment is over, because a
// deployment group has one deployment at a time ("CodeDeploy quotas", CodeDeploy User Guide).
func selectBuildspec() (string, error) {
	const (
		query   = `--output text --query`
		service = `aws ecs describe-services --cluster "$CLUSTER" --services "$CONTAINER_NAME" ` + query
		own     = `taskDefinition.containerDefinitions[?name=='$CONTAINER_NAME']`
	)
	return deterministic.IndentedJSON(buildspec{
		Version: "0.2",
		Env:     &buildspecEnv{Shell: "bash"},
		Phases: buildspecPhases{Build: &buildspecPhase{OnFailure: "ABORT", Commands: []string{
			`until SETS="$(` + service + ` "length(services[0].taskSets)")" && [ "$SETS" = 1 ]; do
  [ -n "$SETS" ] || exit 1
  echo "Another deployment or its rollback has not ended: $SETS task sets"
  sleep 15
done`,
			`if ` + changed + `; then
  REVISION="$(` + service + ` "services[0].taskSets[?status=='PRIMARY'].taskDefinition | [0]")" || exit 1
  IMAGE="$(aws ecs describe-task-definition --task-definition "$REVISION" ` + query + ` "` + own + `.image | [0]")" || exit 1
  BOOTSTRAP="$(aws ecs describe-task-definition --task-definition "$REVISION" ` + query +
				` "` + own + `.dockerLabels.\"` + fargateservice.BootstrapLabel + `\" | [0]")" || exit 1
  if [ "$IMAGE" = "$BOOTSTRAP" ]; then echo "No image has been deployed yet: push a commit"; exit 1; fi
  printf '{"ImageURI":"%s"}\n' "$IMAGE" > ` + imageDetailFile + `
fi`,
			`cat ` + imageDetailFile,
		}}},
		Artifacts: &buildspecArtifacts{Files: []string{imageDetailFile}},
	})
}

// quoted returns a word in single quotes for the shell, which then does not expand it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
