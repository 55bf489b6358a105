package buildpipeline

import "fargate-cd/internal/problems"

// Modes of the provenance of an image, as BuildKit names them, and none.
const (
	provenanceMin  = "min"
	provenanceMax  = "max"
	provenanceNone = "None"
)

// AttestationsSpec holds what the image build tells about the image. BuildKit stores it
// beside the image, so the tag names an image index of both ("Image attestation storage",
// BuildKit documentation). The digest that is deployed and released is that of the index,
// from which everything else can be found.
type AttestationsSpec struct {
	// Provenance is what the image tells about its build, in the form of SLSA: min its source and its base images; max
	// also its Dockerfile and the values of its build arguments, so none of environment may be confidential; or None. The
	// build fails if it cannot be made.
	Provenance string `json:"provenance" default:"None"`
	// SBOM lists the packages in the image, in the form of SPDX. The scanner is an image of Docker Hub.
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

// flags returns the arguments of the build. BuildKit adds a provenance unless it is told not to.
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

// scannedDigest is the command that sets SCANNED to the digest of what ECR scans. ECR
// scans images, not an index of them (aws/containers-roadmap#1683), so it is the one image
// of the index that is no attestation. An image that was built before it had attestations
// has no index.
const scannedDigest = `SCANNED="$IMAGE_DIGEST" MEDIA="$(` + describeImage + ` --query 'imageDetails[0].imageManifestMediaType' --output text)" || exit 1
[[ $MEDIA != *index* ]] || SCANNED="$(docker buildx imagetools inspect "$REPOSITORY_URI@$IMAGE_DIGEST" --format ` +
	`'{{range .Manifest.Manifests}}{{if ne (index .Annotations "vnd.docker.reference.type") "attestation-manifest"}}{{.Digest}}{{end}}{{end}}')" || exit 1
[[ $SCANNED =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$IMAGE is not one image with its attestations: $SCANNED"; exit 1; }
`
