//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// vulnerableImageIsNotDeployed stops deliveries from severe vulnerabilities on. The image
// of a commit in which ECR finds one is not deployed, and lesser findings stop nothing.
// The emulator gives only the numbers of findings, so the build cannot name them here. An
// image with attestations is built and judged in the same way; the emulator's docker makes
// no index of both.
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
