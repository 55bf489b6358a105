package buildpipeline

import "fargate-cd/internal/problems"

// Modes of the provenance of an image. min and max are BuildKit's names; None turns the provenance off.
const (
	provenanceMin  = "min"
	provenanceMax  = "max"
	provenanceNone = "None"
)

// AttestationsSpec holds the settings of the image's attestations. BuildKit stores them beside the image, so the tag
// names an image index of both ("Image attestation storage", BuildKit documentation). The digest of the index is
// deployed and released; the index refers to everything else.
type AttestationsSpec struct {
	// Provenance is the level of detail of the image's provenance attestation in SLSA format. min records the source
	// and the base images. max also records the Dockerfile and the values of the build arguments, so no value in
	// environment may be confidential. None creates no attestation. The build fails if the attestation cannot be
	// created.
	Provenance string `json:"provenance" default:"None"`
	// SBOM adds a list of the packages in the image, in SPDX format. The scanner is an image on Docker Hub.
	SBOM bool `json:"sbom"`
}

// validate reports invalid values, under keys that begin with the prefix.
func (a *AttestationsSpec) validate(prefix string, found *problems.List) {
	found.OneOf(prefix+"provenance", a.Provenance, provenanceMin, provenanceMax, provenanceNone)
}

// provenance reports whether the image has a provenance.
func (a *AttestationsSpec) provenance() bool { return a.Provenance != provenanceNone }

// attested reports whether the image has attestations.
func (a *AttestationsSpec) attested() bool { return a.provenance() || a.SBOM }

// flags returns the build arguments for the attestations. Without --provenance=false, BuildKit adds a provenance.
func (a *AttestationsSpec) flags() string {
	out := `--provenance=false`
	if a.provenance() {
		out = `--provenance=mode=` + a.Provenance
	}
	if a.SBOM {
		out += ` --sbom=true`
	}
	return out
}

// scannedDigest is the command that sets SCANNED to the digest that ECR scans. ECR scans images, not image indexes
// (aws/containers-roadmap#1683), so SCANNED is the digest of the only image in the index that is not an attestation. An
// image that was built without attestations has no index.
const scannedDigest = `SCANNED="$IMAGE_DIGEST" MEDIA="$(` + describeImage + ` --query 'imageDetails[0].imageManifestMediaType' --output text)" || exit 1
[[ $MEDIA != *index* ]] || SCANNED="$(docker buildx imagetools inspect "$REPOSITORY_URI@$IMAGE_DIGEST" --format ` +
	`'{{range .Manifest.Manifests}}{{if ne (index .Annotations "vnd.docker.reference.type") "attestation-manifest"}}{{.Digest}}{{end}}{{end}}')" || exit 1
[[ $SCANNED =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$IMAGE is not one image with its attestations: $SCANNED"; exit 1; }
`
