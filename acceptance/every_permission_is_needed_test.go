//go:build acceptance

package acceptance

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// The reasons why a role has a statement without which no delivery fails in this suite.
const (
	// "Allow CodeBuild to interact with other AWS services", AWS CodeBuild User Guide.
	asksForBucket = "CodeBuild reads the location and the owner of the bucket of its artifacts; the emulator does not ask for it"
	// "CodePipeline service role policy", AWS CodePipeline User Guide.
	asksForPipelineBucket = "CodePipeline reads the settings of its bucket; the emulator asks for it only with a source in Amazon S3 of which it looks for the newest version"
	// "Amazon Elastic Container Service deploy action reference", AWS CodePipeline User Guide.
	asksForTasks = "the ECS action reads the tasks that it deploys; the emulator does not ask for it"
	// "Manage the CodePipeline service role", AWS CodePipeline User Guide.
	onlyWithTags = "an upload may have tags; this one has none"
	bestEffort   = "a cache that cannot be used never fails a build"
	buildsAgain  = "the package is built although the image exists"
)

// TestEveryPermissionIsNeeded removes each statement of each role, one at a time. A delivery
// must then fail, unless the statement is listed here with the reason why none fails.
func TestEveryPermissionIsNeeded(t *testing.T) {
	t.Parallel()
	t.Run("from test to production", everyPermissionOfAPromotion)
	t.Run("blue/green", everyPermissionOfABlueGreenService)
	t.Run("other sources", everyPermissionOfOtherSources)
}

// everyPermissionOfAPromotion tests the roles of a service with all kinds of builds, which
// ECS deploys, and the roles of the stack that receives its releases.
func everyPermissionOfAPromotion(t *testing.T) {
	t.Parallel()
	p := lab.NewPromotion(t)
	secret := p.Test.MakeSecret("permissions/"+p.Test.Name, "s")
	service := p.Test.Services()[0]
	service["build"] = map[string]any{
		"cache": "Registry", "scanGate": map[string]any{}, "secrets": map[string]any{"TOKEN": secret},
		"package": map[string]any{"commands": []any{"true"}, "files": []any{"**/*"}, "cachePaths": []any{"/root/none/**/*"}},
		"tests":   []any{map[string]any{"name": "unit", "commands": []any{"true"}}},
	}
	service["secrets"] = map[string]any{"TOKEN": secret}
	service["smokeTest"] = map[string]any{"onFailure": "FAIL", "commands": []any{"true"}}
	p.Production.Up()
	p.Test.Up()
	p.Arrives()
	p.Test.ScansFind(map[string]int{"LOW": 1})

	require.Equal(t, keys(map[string]string{
		"welcomer-image Bucket": asksForBucket, "welcomer-image Layers": bestEffort,
		"welcomer-package Bucket": asksForBucket, "welcomer-package Cache": bestEffort, "welcomer-package Images": buildsAgain,
		"welcomer-pipeline Bucket": asksForPipelineBucket, "welcomer-pipeline ListTasks": asksForTasks, "welcomer-pipeline Tasks": asksForTasks,
		"welcomer-smoke-test Bucket": asksForBucket, "welcomer-test-unit Bucket": asksForBucket,
	}), p.Test.UnneededStatements(always(p.Test.TryPush), func() { p.Test.Runs(p.Test.Running()) }))
	require.Equal(t, keys(map[string]string{
		"welcomer-pipeline Bucket": asksForPipelineBucket, "welcomer-pipeline ListTasks": asksForTasks, "welcomer-pipeline Tasks": asksForTasks,
		"welcomer-pipeline ReleaseTags":                          onlyWithTags,
		"welcomer-trigger [codepipeline:StartPipelineExecution]": "the story itself starts the pipeline",
	}), p.Production.UnneededStatements(always(p.TryRelease), func() { p.Production.Runs(p.Production.Running()) }))
	p.Test.End()
}

// everyPermissionOfABlueGreenService tests the roles of a service that CodeDeploy deploys,
// with pushes and with changes of the configuration.
func everyPermissionOfABlueGreenService(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Services()[0]["deployment"] = map[string]any{"strategy": "ECSAllAtOnce", "terminationWaitMinutes": 0, "max5xxPerMinute": 5}
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	w.Arrives()

	require.Equal(t, keys(map[string]string{
		"welcomer-image Bucket": asksForBucket, "welcomer-select Bucket": asksForBucket,
	}), d.UnneededStatements(always(func() string {
		if why := w.TryPush(); why != "" {
			return why
		}
		return w.TryRedeploy()
	}), func() { w.Runs(w.Running()) }))
	d.End()
}

// everyPermissionOfOtherSources tests the roles of a service with a source in Amazon S3, and
// of a service with a connection to its repository and with pull requests.
func everyPermissionOfOtherSources(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "examples/s1-test-then-production/Pulumi.s1.yaml", map[string]any{
		"retainRepositories": false, "forceDestroy": true, "services": []any{
			map[string]any{"name": "uploaded", "priority": 1, "source": map[string]any{"provider": "S3"}},
			map[string]any{"name": "reviewed", "priority": 2, "source": map[string]any{
				"provider": "Bitbucket", "repository": "acme/permissions", "connectionArn": readback.Connection, "pullRequests": map[string]any{}},
				"build": map[string]any{
					"package": map[string]any{"commands": []any{"true"}, "files": []any{"**/*"}},
					"tests":   []any{map[string]any{"name": "unit", "commands": []string{"true"}}},
				}},
		},
	})
	location := d.Up().Outputs["sourceLocations"].(map[string]any)["uploaded"].(string)
	uploads, pushes, requests := lab.Follow(d, "uploaded", ""), lab.Follow(d, "reviewed", "acme/permissions"), lab.Follow(d, "reviewed-pr", "acme/permissions")
	// The map omits roles that the other subtests test, such as the build roles of reviewed.
	deliveries := map[string]func() string{
		"uploaded-pipeline": func() string { return uploads.TryUpload(location) }, "reviewed-pipeline": pushes.TryPush,
		"reviewed-pr-image": requests.TryPullRequest,
	}
	for _, role := range []string{"pr-package", "pr-pipeline", "pr-test-unit"} {
		deliveries["reviewed-"+role] = requests.TryPullRequest
	}
	for _, role := range []string{"image", "trigger"} {
		deliveries["uploaded-"+role] = deliveries["uploaded-pipeline"]
	}
	for role, deliver := range deliveries {
		require.Empty(t, deliver(), "%s with all permissions", role)
	}

	require.Equal(t, keys(map[string]string{
		"reviewed-pipeline Bucket": asksForPipelineBucket, "reviewed-pipeline ListTasks": asksForTasks, "reviewed-pipeline Tasks": asksForTasks,
		"reviewed-pr-image Bucket": asksForBucket, "reviewed-pr-package Bucket": asksForBucket, "reviewed-pr-test-unit Bucket": asksForBucket,
		"reviewed-pr-pipeline Bucket": asksForPipelineBucket, "uploaded-image Bucket": asksForBucket,
		"uploaded-pipeline Bucket": asksForPipelineBucket, "uploaded-pipeline ListTasks": asksForTasks, "uploaded-pipeline Tasks": asksForTasks,
		"uploaded-pipeline SourceTags": onlyWithTags, "uploaded-pipeline Tags": onlyWithTags,
	}), d.UnneededStatements(func(role string) func() string { return deliveries[role] }, func() {
		uploads.Runs(uploads.Running())
		pushes.Runs(pushes.Running())
	}))
	d.End()
}

// always returns the same work for every role.
func always(work func() string) func(string) func() string {
	return func(string) func() string { return work }
}

// keys returns the keys of reasons, which are statements, sorted.
func keys(reasons map[string]string) []string { return slices.Sorted(maps.Keys(reasons)) }
