//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// serviceMovesToCodeDeploy changes the service to deployments by CodeDeploy. AWS requires a
// new ECS service for that, which starts with the same image.
func serviceMovesToCodeDeploy(_ *testing.T, w *lab.Delivery) {
	image := w.Running()
	w.Services()[0]["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	w.Up()
	w.Runs(image)
	w.RequireUnchanged()
	w.Change()
	w.Arrives()
}
