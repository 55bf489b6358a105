package buildpipeline_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

// gated returns a pipeline whose scan gate has two exceptions, one of which has expired.
func gated() buildpipeline.Args {
	return buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{ScanGate: &buildpipeline.ScanGateSpec{
		Severity: "HIGH",
		Exceptions: []buildpipeline.ScanExceptionSpec{
			{ID: "CVE-2024-1", Expires: "2999-01-31", Reason: `it's unused; "$(exit 1)"`}, {ID: "CVE-2024-2", Expires: "2020-01-31", Reason: "too old"},
		},
	}}}
}

func TestScanGate(t *testing.T) {
	for name, deployment := range map[string]*bluegreen.Spec{"scangate": nil, "scangate-bluegreen": allAtOnce} {
		r := &enginetest.Engine{}
		r.MustRun(t, pipelineOf(gated(), deployment).program)
		project := projectOf(t, r, "web-image")
		golden.Compare(t, "buildspec-"+name+".json", project.Buildspec)
		require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"),
			"Allow ecr:DescribeImageScanFindings on arn:aws:ecr:eu-central-1:111122223333:repository/web")

		for name, test := range map[string]struct {
			environ map[string]string
			passes  bool
			says    string
		}{
			"nothing found":     {nil, true, ""},
			"a scan that waits": {map[string]string{"FAKE_SCAN_LATER": "true"}, true, ""},
			"an exception": {map[string]string{"FAKE_SCAN": "COMPLETE\tNone\t1", "FAKE_FINDINGS": "HIGH\tCVE-2024-1\n"}, true,
				`HIGH CVE-2024-1 is accepted until 2999-01-31: it's unused; "$(exit 1)"`},
			"an expired exception": {map[string]string{"FAKE_SCAN": "COMPLETE\t1\tNone", "FAKE_FINDINGS": "CRITICAL\tCVE-2024-2\n"}, false,
				"has found: CRITICAL CVE-2024-2\n"},
			"an image that was built before": {map[string]string{"FAKE_IMAGE_EXISTS": "true", "FAKE_SCAN": "COMPLETE\t1\tNone", "FAKE_FINDINGS": "CRITICAL\tCVE-2024-3\n"}, false,
				"has found: CRITICAL CVE-2024-3\n"},
			"an exception and another finding": {map[string]string{"FAKE_SCAN": "COMPLETE\t1\t1", "FAKE_FINDINGS": "CRITICAL\tCVE-2024-3\nHIGH\tCVE-2024-1\n"}, false,
				"has found: CRITICAL CVE-2024-3\n"},
			"a name with metacharacters": {map[string]string{"FAKE_SCAN": "COMPLETE\t1\tNone", "FAKE_FINDINGS": "CRITICAL\t*\"; exit 0 #\n"}, false,
				"has found: CRITICAL *\"; exit 0 #\n"},
			"a page that is missing": {map[string]string{"FAKE_SCAN": "COMPLETE\t2\t1", "FAKE_FINDINGS": "HIGH\tCVE-2024-1\n"}, false,
				"has found 3 vulnerabilities of the severity CRITICAL or HIGH, and names 1"},
			"a failed scan":    {map[string]string{"FAKE_SCAN": "FAILED\tNone\tNone"}, false, "is not complete: FAILED"},
			"an enhanced scan": {map[string]string{"FAKE_SCAN": "ACTIVE\tNone\tNone"}, false, "is not complete: ACTIVE"},
			"an endless scan":  {map[string]string{"FAKE_SCAN": "IN_PROGRESS\tNone\tNone"}, false, "is not complete: IN_PROGRESS"},
			"no right to look": {map[string]string{"FAKE_FAILS": "aws ecr describe-image-scan-findings"}, false, "refused"},
			"no right to a page": {map[string]string{"FAKE_FAILS": "aws ecr describe-image-scan-findings --repository-name web-0abcdef --image-id imageDigest=" +
				buildtest.FakeDigest + " --output text --query"}, false, "refused"},
		} {
			t.Run(name, func(t *testing.T) {
				run := buildtest.Run(t, project, "", test.environ)
				require.Equal(t, test.passes, run.Status == 0, run.Output)
				require.Contains(t, run.Output, test.says)
				require.Equal(t, test.passes, len(run.Artifacts) > 0, "an image that is not deployed has no artifact")
			})
		}
		if deployment != nil {
			environ := buildtest.AfterConfigurationChange(t)
			environ["FAKE_SCAN"] = "COMPLETE\t1\t1"
			change := buildtest.Run(t, project, "", environ)
			require.Zero(t, change.Status, change.Output)
			require.Empty(t, change.Calls, "a change of the configuration deploys the running image, whatever its findings")
		}
	}
}

// An exception still applies on its last day.
func TestScanExceptionsLastDay(t *testing.T) {
	args := gated()
	args.Build.ScanGate.Exceptions[0].Expires = time.Now().UTC().Format(time.DateOnly)
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(args, nil).program)
	run := buildtest.Run(t, projectOf(t, r, "web-image"), "", map[string]string{"FAKE_SCAN": "COMPLETE\tNone\t1", "FAKE_FINDINGS": "HIGH\tCVE-2024-1\n"})
	require.Zero(t, run.Status, run.Output)
}

func TestScanGateRefuses(t *testing.T) {
	for want, change := range map[string]func(*buildpipeline.BuildSpec){
		`build.scanGate.severity: "SEVERE" is not allowed: one of CRITICAL, HIGH,`:  func(b *buildpipeline.BuildSpec) { b.ScanGate.Severity = "SEVERE" },
		`build.scanGate.exceptions[0].id: "" is not allowed: the name of a finding`: func(b *buildpipeline.BuildSpec) { b.ScanGate.Exceptions[0].ID = "" },
		`build.scanGate.exceptions[1].id: "CVE-2024-1" is not allowed: each finding only once`: func(b *buildpipeline.BuildSpec) {
			b.ScanGate.Exceptions[1].ID = "CVE-2024-1"
		},
		`build.scanGate.exceptions[0].expires: "2027-02-30" is not allowed: a day`: func(b *buildpipeline.BuildSpec) {
			b.ScanGate.Exceptions[0].Expires = "2027-02-30"
		},
		`build.scanGate.exceptions[0].reason: "" is not allowed: a line of text`: func(b *buildpipeline.BuildSpec) { b.ScanGate.Exceptions[0].Reason = "" },
		`build.scanGate: is not allowed: only a generated buildspec uses it`:     func(b *buildpipeline.BuildSpec) { b.Buildspec = "x" },
	} {
		args := gated()
		change(&args.Build)
		r := &enginetest.Engine{}
		err := r.Run(pipelineOf(args, nil).program, nil)
		require.ErrorContains(t, err, want)
		require.Empty(t, r.All("codebuild.Project"), strings.TrimSpace(want))
	}
}
