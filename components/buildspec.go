package components

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

// imageBuildspec builds the image of a commit, unless the repository has it
// already, and leaves its name, by digest, for the deployment.
//
// A commit has one image for ever: its tag is immutable, a build that is run
// again finds the image of the first run, and a change of configuration
// deploys the image that runs.
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
	return document(buildspec{
		Version: "0.2",
		Env:     env,
		Phases: buildspecPhases{
			PreBuild: &buildspecPhase{OnFailure: "ABORT", Commands: login},
			Build: &buildspecPhase{OnFailure: "ABORT", Commands: []string{
				`if ` + describe + ` >/dev/null 2>&1; then echo "$IMAGE was built before"; else ` +
					`docker build --build-arg ` + commitVariable + ` --tag "$IMAGE" --file "$BUILD_DIRECTORY/$DOCKERFILE" "$BUILD_DIRECTORY" && ` +
					`docker push "$IMAGE"; fi`,
			}},
			PostBuild: &buildspecPhase{OnFailure: "ABORT", Commands: []string{
				`IMAGE_DIGEST="$(` + describe + ` --query 'imageDetails[0].imageDigest' --output text)"`,
				`case "$IMAGE_DIGEST" in sha256:*) ;; *) echo "$IMAGE has no digest"; exit 1;; esac`,
				format + ` "$REPOSITORY_URI@$IMAGE_DIGEST" > ` + file,
				`cat ` + file,
			}},
		},
		Artifacts: buildspecArtifacts{Files: []string{file}},
	})
}

// packageBuildspec runs the commands that make what the Dockerfile copies.
func packageBuildspec(spec *PackageSpec) (string, error) {
	out := buildspec{
		Version:   "0.2",
		Env:       &buildspecEnv{Shell: "bash"},
		Phases:    buildspecPhases{Build: &buildspecPhase{OnFailure: "ABORT", Commands: spec.Commands}},
		Artifacts: buildspecArtifacts{Files: spec.Files},
	}
	if len(spec.CachePaths) > 0 {
		out.Cache = &buildspecCache{Paths: spec.CachePaths}
	}
	return document(out)
}
