//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// failingTestStopsTheDelivery adds a test that reads a secret to the pipeline. A version that
// passes the test is deployed. The image of a version that fails the test is built in
// parallel with the test, but is not deployed. At the end, the story restores the files.
func failingTestStopsTheDelivery(_ *testing.T, w *lab.Delivery) { failTest(w, func() {}) }

// failingTestStopsNoChange runs the same steps for a blue/green service. A change of the
// configuration then deploys the running image, although the newest commit fails the test.
func failingTestStopsNoChange(_ *testing.T, w *lab.Delivery) {
	failTest(w, func() {
		image := w.Running()
		w.Services()[0]["environment"] = map[string]any{"PHASE": "tested"}
		w.UpDeploys()
		w.Runs(image)
	})
}

// failTest pushes a version that passes a test, and a version that fails it. It then calls after.
func failTest(w *lab.Delivery, after func()) {
	secret := w.MakeSecret(w.Name+"/ci", `{"token": "p"}`)
	w.Services()[0]["build"] = map[string]any{
		"environment": map[string]any{"VERSION": "1"}, "secrets": map[string]any{"TOKEN": secret + ":token::"},
		"tests": []any{map[string]any{
			"name": "unit", "commands": []any{`test "$TOKEN" = p`, `test "$STAGE" = ci`, "test ! -e BROKEN"},
			"environment": map[string]any{"STAGE": "ci"}, "secrets": map[string]any{"TOKEN": secret + ":token::"},
		}},
	}
	w.Up()
	w.RequireStable()
	w.Change()
	image := w.Arrives()

	good := w.Files
	w.Files = maps.Clone(good)
	w.Files["BROKEN"] = "yes"
	commit, execution := w.Push()
	w.Fails(execution, "Build/Test-unit: ", "test ! -e BROKEN")
	w.Image(commit) // requires that the image exists
	w.Runs(image)
	after()
	w.Files = good
	delete(w.Services()[0], "build")
	w.Up()
}
