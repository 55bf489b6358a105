package buildpipeline

import (
	"path"
	"strings"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/deterministic"
)

// buildspec is a CodeBuild buildspec, version 0.2. CodeBuild reads it as YAML,
// of which JSON is a part.
type buildspec struct {
	Version   string             `json:"version"`
	Env       *buildspecEnv      `json:"env,omitempty"`
	Phases    buildspecPhases    `json:"phases"`
	Artifacts buildspecArtifacts `json:"artifacts"`
	Cache     *buildspecCache    `json:"cache,omitempty"`
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

// buildspecPhase is a list of commands of which the first that fails ends the
// build: without on-failure ABORT, CodeBuild goes on to post_build after a build that failed.
type buildspecPhase struct {
	OnFailure string   `json:"on-failure"`
	Commands  []string `json:"commands"`
}

type buildspecArtifacts struct {
	Files []string `json:"files"`
}

type buildspecCache struct {
	Paths []string `json:"paths"`
}

// The file with the image's name that each deploy action of CodePipeline
// demands ("Image definitions file reference", CodePipeline User Guide).
const (
	imageDefinitionsFile = "imagedefinitions.json"
	imageDetailFile      = "imageDetail.json"
)

// commitVariable holds the commit that is built. The pipeline hands it over
// itself, as CodeBuild knows it in the first build of a pipeline only.
const commitVariable = "COMMIT_HASH"

// changed is true in an execution that a change of the configuration has
// started. CodeBuild puts a second input artifact into a directory whose
// variable has its name ("Environment variables in build environments", CodeBuild User Guide).
const changed = `test -e "$CODEBUILD_SRC_DIR_` + deploymentAction + `/` + changeFile + `"`

// unlessChanged skips commands in such an execution: the pipeline deploys the
// running image, and the newest commit may be one that was rejected or never built.
func unlessChanged(commands ...string) []string {
	var out []string
	for _, command := range commands {
		out = append(out, changed+" || {\n"+command+"\n}")
	}
	return out
}

// imageBuildspec builds the image of a commit, unless the repository has it
// already, and writes its name, by digest, for the deployment.
//
// A commit has one image for ever: its tag is immutable, and a build that is run
// again finds the image of the first run.
func imageBuildspec(blueGreen bool, dockerHubSecretArn string) (string, error) {
	login := []string{
		`test -n "$` + commitVariable + `" || { echo "the pipeline gave no ` + commitVariable + `"; exit 1; }`,
		`export IMAGE="$REPOSITORY_URI:$` + commitVariable + `"`,
		`aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY_URI%%/*}"`,
	}
	env := &buildspecEnv{Shell: "bash"}
	if dockerHubSecretArn != "" {
		env.SecretsManager = map[string]string{
			"DOCKERHUB_USERNAME": dockerHubSecretArn + ":username",
			"DOCKERHUB_PASSWORD": dockerHubSecretArn + ":password",
		}
		login = append(login, `printf '%s' "$DOCKERHUB_PASSWORD" | docker login --username "$DOCKERHUB_USERNAME" --password-stdin`)
	}
	file, format := imageDefinitionsFile, `printf '[{"name":"%s","imageUri":"%s"}]\n' "$CONTAINER_NAME"`
	if blueGreen {
		file, format = imageDetailFile, `printf '{"ImageURI":"%s"}\n'`
	}
	describe := `aws ecr describe-images --repository-name "$REPOSITORY_NAME" --image-ids imageTag="$` + commitVariable + `"`
	build := []string{
		`if ` + describe + ` >/dev/null 2>&1; then echo "$IMAGE was built before"; else ` +
			`docker build --build-arg ` + commitVariable + ` --tag "$IMAGE" --file "$BUILD_DIRECTORY/$DOCKERFILE" "$BUILD_DIRECTORY" && ` +
			`docker push "$IMAGE"; fi`,
	}
	name := []string{
		`IMAGE_DIGEST="$(` + describe + ` --query 'imageDetails[0].imageDigest' --output text)"`,
		`case "$IMAGE_DIGEST" in sha256:*) ;; *) echo "$IMAGE has no digest"; exit 1;; esac`,
		format + ` "$REPOSITORY_URI@$IMAGE_DIGEST" > ` + file,
	}
	if blueGreen {
		login, build, name = unlessChanged(login...), unlessChanged(build...), unlessChanged(name...)
		name = append(name, changed+` && echo '{}' > `+file+` || true`) // an action must leave its artifact
	}
	return deterministic.IndentedJSON(buildspec{
		Version: "0.2",
		Env:     env,
		Phases: buildspecPhases{
			PreBuild:  &buildspecPhase{OnFailure: "ABORT", Commands: login},
			Build:     &buildspecPhase{OnFailure: "ABORT", Commands: build},
			PostBuild: &buildspecPhase{OnFailure: "ABORT", Commands: append(name, `cat `+file)},
		},
		Artifacts: buildspecArtifacts{Files: []string{file}},
	})
}

// selectBuildspec writes which image the deployment gets: the one that was
// built, or after a change of the configuration the one that runs.
//
// It runs in the stage of the deployment. Only one execution is in a stage, and
// so no other deployment of the pipeline comes between this look at the service
// and the deployment. But CodeDeploy rolls back by a deployment of its own, after
// the one that failed has left the stage: this build waits until it is over.
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
			`if ` + changed + `; then
  until SETS="$(` + service + ` "length(services[0].taskSets)")" && [ "$SETS" = 1 ]; do
    [ -n "$SETS" ] || exit 1
    echo "Another deployment or its rollback has not ended: $SETS task sets"
    sleep 15
  done
  REVISION="$(` + service + ` "services[0].taskSets[?status=='PRIMARY'].taskDefinition | [0]")" || exit 1
  IMAGE="$(aws ecs describe-task-definition --task-definition "$REVISION" ` + query + ` "` + own + `.image | [0]")" || exit 1
  BOOTSTRAP="$(aws ecs describe-task-definition --task-definition "$REVISION" ` + query +
				` "` + own + `.dockerLabels.\"` + fargateservice.BootstrapLabel + `\" | [0]")" || exit 1
  if [ "$IMAGE" = "$BOOTSTRAP" ]; then echo "No image has been deployed yet: push a commit"; exit 1; fi
  printf '{"ImageURI":"%s"}\n' "$IMAGE" > ` + imageDetailFile + `
fi`,
			`cat ` + imageDetailFile,
		}}},
		Artifacts: buildspecArtifacts{Files: []string{imageDetailFile}},
	})
}

// packageBuildspec runs the commands that make what the Dockerfile copies.
func packageBuildspec(spec *PackageSpec, blueGreen bool) (string, error) {
	commands := spec.Commands
	if blueGreen {
		commands = append(unlessChanged(commands...), `if `+changed+`; then `+placeholders(spec.Files)+`; fi`)
	}
	out := buildspec{
		Version:   "0.2",
		Env:       &buildspecEnv{Shell: "bash"},
		Phases:    buildspecPhases{Build: &buildspecPhase{OnFailure: "ABORT", Commands: commands}},
		Artifacts: buildspecArtifacts{Files: spec.Files},
	}
	if len(spec.CachePaths) > 0 {
		out.Cache = &buildspecCache{Paths: spec.CachePaths}
	}
	return deterministic.IndentedJSON(out)
}

// placeholders are commands that create an empty file for each pattern of an
// artifact: a build whose commands were skipped must leave its artifact, and
// CodeBuild fails one that misses a file.
func placeholders(patterns []string) string {
	plain := strings.NewReplacer("**/", "", "**", "x", "*", "x", "?", "x")
	var commands []string
	for _, pattern := range patterns {
		file := plain.Replace(pattern)
		if strings.HasSuffix(file, "/") {
			file += "x"
		}
		commands = append(commands, "mkdir -p "+quoted(path.Dir(file)), "touch "+quoted(file))
	}
	return strings.Join(commands, " && ")
}

// quoted is a word that a shell does not look into.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
