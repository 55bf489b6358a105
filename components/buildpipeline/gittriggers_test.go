package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// With filters, the trigger starts the pipeline, and the connection does not.
func TestPipelineFilters(t *testing.T) {
	for name, test := range map[string]struct {
		triggers buildpipeline.TriggerSpec
		files    []string
		want     object
	}{
		"files": {buildpipeline.TriggerSpec{}, []string{"api/**", "go.mod"},
			object{"branches": object{"includes": list{"main"}}, "filePaths": object{"includes": list{"api/**", "go.mod"}}}},
		"branches": {buildpipeline.TriggerSpec{Branches: []string{"main", "release/**"}}, nil,
			object{"branches": object{"includes": list{"main", "release/**"}}}},
		"branches and files": {buildpipeline.TriggerSpec{Branches: []string{"release/**"}}, []string{"api/**"},
			object{"branches": object{"includes": list{"release/**"}}, "filePaths": object{"includes": list{"api/**"}}}},
		"tags": {buildpipeline.TriggerSpec{Tags: []string{"v*"}}, nil, object{"tags": object{"includes": list{"v*"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			source := fromGitHub
			source.TriggerSpec, source.FilePaths = test.triggers, test.files
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{Source: source}, nil).program)
			inputs := r.One(t, "codepipeline.Pipeline", "web").Inputs
			require.Equal(t, list{object{
				"providerType": "CodeStarSourceConnection", "gitConfiguration": object{"sourceActionName": "Source", "pushes": list{test.want}},
			}}, inputs["triggers"])
			action := inputs["stages"].(list)[0].(object)["actions"].(list)[0].(object)
			require.Equal(t, "false", action["configuration"].(object)["DetectChanges"])
			require.Equal(t, "main", action["configuration"].(object)["BranchName"], "for a new pipeline and for a person who starts it")
		})
	}
}
