package buildpipeline_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

// attested returns the image build of a pipeline with attestations.
func attested(t *testing.T, spec buildpipeline.AttestationsSpec, change func(*buildpipeline.BuildSpec)) buildtest.Project {
	t.Helper()
	args := buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{AttestationsSpec: spec}}
	if change != nil {
		change(&args.Build)
	}
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(args, nil).program)
	return projectOf(t, r, "web-image")
}

// callsOf returns the calls of tools that begin with the words.
func callsOf(run buildtest.Build, words ...string) [][]string {
	var out [][]string
	for _, call := range run.Calls {
		if len(call) >= len(words) && slices.Equal(call[:len(words)], words) {
			out = append(out, call)
		}
	}
	return out
}

func TestAttestations(t *testing.T) {
	for name, test := range map[string]struct {
		given buildpipeline.AttestationsSpec
		want  []string
	}{
		"both":       {buildpipeline.AttestationsSpec{Provenance: "max", SBOM: true}, []string{"--provenance=mode=max", "--sbom=true"}},
		"provenance": {buildpipeline.AttestationsSpec{Provenance: "min"}, []string{"--provenance=mode=min"}},
		"sbom":       {buildpipeline.AttestationsSpec{SBOM: true}, []string{"--provenance=false", "--sbom=true"}},
	} {
		for _, cache := range []string{buildpipeline.CacheLocal, buildpipeline.CacheRegistry, buildpipeline.CacheS3} {
			t.Run(name+" "+cache, func(t *testing.T) {
				project := attested(t, test.given, func(b *buildpipeline.BuildSpec) { b.Cache = cache })
				if cache == buildpipeline.CacheS3 {
					project.Variables["CACHE_DIRECTORY"] = filepath.Join(t.TempDir(), "layers")
				}
				for _, environ := range []map[string]string{nil, {"FAKE_CACHE_BROKEN": "true"}} {
					run := buildtest.Run(t, project, "", environ)
					require.Zero(t, run.Status, run.Output)
					builds := callsOf(run, "docker", "buildx", "build")
					require.Len(t, builds, 1)
					var flags []string
					for _, word := range builds[0] {
						if strings.HasPrefix(word, "--provenance") || strings.HasPrefix(word, "--sbom") {
							flags = append(flags, word)
						}
					}
					require.Equal(t, test.want, flags)
					require.Equal(t, cache != buildpipeline.CacheLocal, slices.Contains(builds[0], "--cache-to"))
					require.Empty(t, callsOf(run, "docker", "build"))
					require.Contains(t, run.Artifacts["imagedefinitions.json"], "@"+buildtest.FakeDigest, "the index is deployed")
				}
				again := buildtest.Run(t, project, "", map[string]string{"FAKE_IMAGE_EXISTS": "true"})
				require.Zero(t, again.Status, again.Output)
				require.Empty(t, callsOf(again, "docker", "buildx"), "an image that exists is not built again")
				// The tag is immutable, so an image without the attestations would stay as it is.
				for _, fails := range []string{"docker buildx create", "docker buildx build"} {
					run := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": fails})
					require.NotZero(t, run.Status, run.Output)
					require.Empty(t, callsOf(run, "docker", "build"), "no image is built without its attestations")
					require.Empty(t, run.Artifacts)
				}
			})
		}
	}
}

// ECR scans the image in the index, not the index.
func TestScanGateOfAttestedImage(t *testing.T) {
	project := attested(t, buildpipeline.AttestationsSpec{Provenance: "max", SBOM: true}, func(b *buildpipeline.BuildSpec) { b.ScanGate = gated().Build.ScanGate })
	golden.Compare(t, "buildspec-scangate-attested.json", project.Buildspec)
	const inspect = "docker buildx imagetools inspect"
	for name, test := range map[string]struct {
		environ map[string]string
		scanned string // "": the build fails before it reads a scan
	}{
		"a new image":                      {nil, buildtest.FakeImageDigest},
		"an image with attestations":       {map[string]string{"FAKE_IMAGE_EXISTS": "true", "FAKE_INDEX": "true"}, buildtest.FakeImageDigest},
		"an image from before the setting": {map[string]string{"FAKE_IMAGE_EXISTS": "true", "FAKE_FAILS": inspect}, buildtest.FakeDigest},
		"an index that cannot be read":     {map[string]string{"FAKE_FAILS": inspect}, ""},
		"an index without an image":        {map[string]string{"FAKE_IMAGE_DIGEST": ""}, ""},
		"an index of two images":           {map[string]string{"FAKE_IMAGE_DIGEST": buildtest.FakeImageDigest + buildtest.FakeDigest}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run := buildtest.Run(t, project, "", test.environ)
			scans := callsOf(run, "aws", "ecr", "describe-image-scan-findings")
			if test.scanned == "" {
				require.NotZero(t, run.Status, run.Output)
				require.Empty(t, scans)
				require.Empty(t, run.Artifacts)
				return
			}
			require.Zero(t, run.Status, run.Output)
			require.Len(t, scans, 2)
			for _, scan := range scans {
				require.Contains(t, scan, "imageDigest="+test.scanned)
			}
			require.Contains(t, run.Artifacts["imagedefinitions.json"], "@"+buildtest.FakeDigest)
		})
	}
	found := buildtest.Run(t, project, "", map[string]string{"FAKE_SCAN": "COMPLETE\t1\tNone", "FAKE_FINDINGS": "CRITICAL\tCVE-2024-3\n"})
	require.NotZero(t, found.Status)
	require.Contains(t, found.Output, "has found: CRITICAL CVE-2024-3")

	// The Docker command executes a Go template with the manifests of the index.
	type manifest struct {
		Digest      string
		Annotations map[string]string
	}
	type index struct{ Manifests []manifest }
	call := callsOf(buildtest.Run(t, project, "", nil), "docker", "buildx", "imagetools", "inspect")[0]
	format := call[slices.Index(call, "--format")+1]
	require.False(t, strings.HasPrefix(format, "{{.Manifest"), "buildx prints such a format as a table")
	var digest strings.Builder
	require.NoError(t, template.Must(template.New("").Parse(format)).Execute(&digest, map[string]any{"Manifest": index{[]manifest{
		{"sha256:1", nil}, {"sha256:2", map[string]string{"vnd.docker.reference.type": "attestation-manifest"}},
	}}}))
	require.Equal(t, "sha256:1", digest.String())
}

func TestAttestationsRefuse(t *testing.T) {
	for want, build := range map[string]buildpipeline.BuildSpec{
		`build.provenance: "mode=max" is not allowed: one of min, max, None`:   {AttestationsSpec: buildpipeline.AttestationsSpec{Provenance: "mode=max"}},
		`build.provenance: is not allowed: only a generated buildspec uses it`: {Buildspec: "x", AttestationsSpec: buildpipeline.AttestationsSpec{Provenance: "max"}},
		`build.sbom: is not allowed: only a generated buildspec uses it`:       {Buildspec: "x", AttestationsSpec: buildpipeline.AttestationsSpec{SBOM: true}},
	} {
		r := &enginetest.Engine{}
		require.ErrorContains(t, r.Run(pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: build}, nil).program, nil), want)
		require.Empty(t, r.All("codebuild.Project"))
	}
}
