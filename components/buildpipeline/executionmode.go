package buildpipeline

import "fargate-cd/internal/problems"

// Execution modes of a pipeline ("How pipeline executions work", AWS CodePipeline User Guide).
const (
	modeSuperseded = "SUPERSEDED" // a newer push replaces a push that waits
	modeQueued     = "QUEUED"     // every push is deployed, one after the other
	modeParallel   = "PARALLEL"
)

// ExecutionSpec holds the settings of the executions of a pipeline.
type ExecutionSpec struct {
	// ExecutionMode is the execution mode of the pipeline: SUPERSEDED or QUEUED. With SUPERSEDED, a newer push replaces
	// a push that waits for an earlier deployment. With QUEUED, every push is deployed. By default SUPERSEDED, and
	// QUEUED for a service that CodeDeploy deploys.
	ExecutionMode string `json:"executionMode"`
}

// ValidateMode reports a mode that could deploy the wrong version, under a key that begins with the prefix.
func (e *ExecutionSpec) ValidateMode(prefix string, blueGreen bool, found *problems.List) {
	switch key := prefix + "executionMode"; {
	case e.ExecutionMode == "":
	case e.ExecutionMode == modeParallel:
		found.Add(key, e.ExecutionMode, "SUPERSEDED or QUEUED: in the mode PARALLEL an older version could be deployed after a newer one, "+
			"and no stage can be rolled back")
	case blueGreen && e.ExecutionMode == modeSuperseded:
		found.Add(key, e.ExecutionMode, "QUEUED for a service that CodeDeploy deploys: a changed configuration deploys the running image, "+
			"and must not replace a push that waits")
	default:
		found.OneOf(key, e.ExecutionMode, modeSuperseded, modeQueued)
	}
}

// mode returns the execution mode.
func (e *ExecutionSpec) mode(blueGreen bool) string {
	switch {
	case e.ExecutionMode != "":
		return e.ExecutionMode
	case blueGreen:
		// A changed configuration deploys the running image. It must not replace a push that waits for an earlier
		// deployment.
		return modeQueued
	default:
		return modeSuperseded
	}
}
