//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"fargate-cd/acceptance/internal/lab"
)

// failingTestStopsTheDelivery adds a test that reads a secret to the pipeline. A version that
// passes the test is deployed. The image of a version that fails the test is built in
// parallel with the test, but is not deployed. At the end, the story restores the files.
func failingTestStopsTheDelivery(t *testing.T, w *lab.Delivery) { failTest(t, w, func() {}) }

// failingTestStopsNoChange runs the same steps for a blue/green service. A change of the
// configuration then deploys the running image, although the newest commit fails the test.
func failingTestStopsNoChange(t *testing.T, w *lab.Delivery) {
	failTest(t, w, func() {
		image := w.Running()
		w.Services()[0]["environment"] = map[string]any{"PHASE": "tested"}
		w.UpDeploys()
		w.Runs(image)
	})
}

// failTest pushes a version that passes a test, and a version that fails it. It then calls after.
func failTest(t *testing.T, w *lab.Delivery, after func()) {
	secret := *lab.Ask(t, w.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{
		Name: aws.String(w.Name + "/ci"), SecretString: aws.String(`{"token": "p"}`),
	}).ARN
	defer func() {
		lab.Ask(t, w.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
	}()
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
