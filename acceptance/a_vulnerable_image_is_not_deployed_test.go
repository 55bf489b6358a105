//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// vulnerableImageIsNotDeployed adds a scan gate to the build. An image in which ECR finds a
// vulnerability of severity HIGH is not deployed. Findings of lower severities do not
// stop the delivery. The emulator returns only the numbers of findings, so the build cannot
// name them here. The same holds for an image with attestations, but the emulator's docker
// does not create an index of the image and its attestations.
func vulnerableImageIsNotDeployed(_ *testing.T, w *lab.Delivery) {
	w.Services()[0]["build"] = map[string]any{"scanGate": map[string]any{"severity": "HIGH"}}
	w.Up()
	w.ScansFind(map[string]int{"HIGH": 2, "LOW": 1})
	w.Change()
	w.FailsAt("Build/Image", "BLOCKED = 0")
	w.ScansFind(map[string]int{"MEDIUM": 7})
	w.Change()
	w.Arrives()
	w.Services()[0]["build"] = map[string]any{"provenance": "max", "sbom": true, "cache": "Registry", "scanGate": map[string]any{"severity": "HIGH"}}
	w.Up()
	w.RequireStable()
	w.ScansFind(map[string]int{"HIGH": 1})
	w.Change()
	w.FailsAt("Build/Image", "BLOCKED = 0")
	w.ScansFind(map[string]int{"LOW": 1})
	w.Change()
	w.Arrives()
	delete(w.Services()[0], "build")
	w.Up()
}
