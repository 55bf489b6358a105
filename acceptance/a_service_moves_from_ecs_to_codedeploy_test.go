//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// serviceMovesToCodeDeploy lets CodeDeploy deploy the service from now on. AWS needs
// another ECS service for that, which begins with the same image.
func serviceMovesToCodeDeploy(_ *testing.T, w *lab.Delivery) {
	image := w.Running()
	w.Services()[0]["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	w.Up()
	w.Runs(image)
	w.RequireUnchanged()
	w.Change()
	w.Arrives()
}
