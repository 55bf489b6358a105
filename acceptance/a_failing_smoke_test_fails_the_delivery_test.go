//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// failingSmokeTestFailsTheDelivery adds a smoke test. A version that fails the smoke test is
// deployed, and then its execution fails. At the end, the story restores the files.
//
// The suite's build of the AWS provider does not know the property onFailure of a stage, so
// the story cannot test a rollback.
func failingSmokeTestFailsTheDelivery(t *testing.T, w *lab.Delivery) {
	w.Services()[0]["smokeTest"] = map[string]any{"onFailure": "FAIL", "commands": []any{
		`case "$SERVICE_URL" in http://*/welcomer/) ;; *) echo "$SERVICE_URL"; exit 1;; esac`, "test ! -e BROKEN",
	}}
	w.Up()
	w.RequireStable()
	w.Change()
	w.Arrives()

	good := w.Files
	w.Files = maps.Clone(good)
	w.Files["BROKEN"] = "yes"
	commit, execution := w.Push()
	w.Fails(execution, "Deploy/SmokeTest: ", "test ! -e BROKEN")
	w.Runs(w.Image(commit))
	require.Equal(t, execution, w.NewestExecution(), "no rollback starts")
	w.Files = good
	w.Arrives()
	delete(w.Services()[0], "smokeTest")
	w.Up()
}
