package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

func TestExecutionMode(t *testing.T) {
	for name, test := range map[string]struct {
		mode       string
		deployment *bluegreen.Spec
		want       string
	}{
		"default":                 {"", nil, "SUPERSEDED"},
		"default for blue/green":  {"", allAtOnce, "QUEUED"},
		"every push":              {"QUEUED", nil, "QUEUED"},
		"the same for blue/green": {"QUEUED", allAtOnce, "QUEUED"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			args := buildpipeline.Args{Source: fromGitHub}
			args.ExecutionMode = test.mode
			r.MustRun(t, pipelineOf(args, test.deployment).program)
			require.Equal(t, test.want, r.One(t, "codepipeline.Pipeline", "web").Inputs["executionMode"])
		})
	}
}

func TestExecutionModeRefuses(t *testing.T) {
	for mode, wants := range map[string][2]string{ // rolling, blue/green
		"PARALLEL":   {`p.executionMode: "PARALLEL" is not allowed: SUPERSEDED or QUEUED`, `p.executionMode: "PARALLEL" is not allowed: SUPERSEDED or QUEUED`},
		"SUPERSEDED": {"", `p.executionMode: "SUPERSEDED" is not allowed: QUEUED for a service that CodeDeploy deploys`},
		"queued":     {`p.executionMode: "queued" is not allowed: one of SUPERSEDED, QUEUED`, `p.executionMode: "queued" is not allowed: one of SUPERSEDED, QUEUED`},
		"QUEUED":     {"", ""},
	} {
		for i, blueGreen := range []bool{false, true} {
			var found problems.List
			spec := buildpipeline.ExecutionSpec{ExecutionMode: mode}
			spec.ValidateMode("p.", blueGreen, &found)
			problemtest.Require(t, found.Err(), wants[i])
		}
	}
}
