package buildpipeline

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// ScanGateSpec holds the settings of the gate that stops the delivery of an image in which ECR's scan finds
// vulnerabilities.
type ScanGateSpec struct {
	// Severity is the lowest severity that stops the delivery, as ECR names it.
	Severity string `json:"severity" default:"CRITICAL"`
	// Exceptions are findings that do not stop the delivery until they expire.
	Exceptions []ScanExceptionSpec `json:"exceptions"`
}

// ScanExceptionSpec is a finding that does not stop the delivery until it expires.
type ScanExceptionSpec struct {
	// ID is the name of the finding, such as CVE-2024-3094. Required.
	ID string `json:"id"`
	// Expires is the last day of the exception in UTC, such as 2027-01-31. Required.
	Expires string `json:"expires"`
	// Reason is the reason why the finding does no harm. Required.
	Reason string `json:"reason"`
}

// severities are ECR's severities, highest first ("ImageScanFinding", Amazon ECR API Reference). A finding of the
// severity UNDEFINED stops nothing.
var severities = []string{"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"}

var (
	findingPattern = regexp.MustCompile(`^[A-Za-z0-9][\w.:-]{0,99}$`)
	reasonPattern  = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,500}$`)
)

// validate reports invalid values, under keys that begin with the prefix.
func (g *ScanGateSpec) validate(prefix string, found *problems.List) {
	found.OneOf(prefix+"severity", g.Severity, severities...)
	var ids []string
	for i := range g.Exceptions {
		exception, key := &g.Exceptions[i], prefix+problems.Indexed("exceptions", i)+"."
		found.Matches(key+"id", exception.ID, findingPattern, "the name of a finding, such as CVE-2024-3094")
		if slices.Contains(ids, exception.ID) {
			found.Add(key+"id", exception.ID, "each finding only once")
		}
		ids = append(ids, exception.ID)
		if _, err := time.Parse(time.DateOnly, exception.Expires); err != nil {
			found.Add(key+"expires", exception.Expires, "a day, such as 2027-01-31")
		}
		found.Matches(key+"reason", exception.Reason, reasonPattern, "a line of text that says why the finding does no harm")
	}
}

// blocking returns the severities that stop the delivery.
func (g *ScanGateSpec) blocking() []string {
	return severities[:slices.Index(severities, g.Severity)+1]
}

// scanGate returns the command that waits for ECR's scan of the image, and fails if the
// scan has findings of the configured severity or a higher one.
//
// The push starts the scan. Until the scan starts, ECR answers ScanNotFoundException, on which the waiter of the AWS
// CLI fails ("DescribeImageScanFindings", Amazon ECR API Reference). So the command has its own loop, which waits at
// most 15 minutes. A scan that ends with another status, such as for an unsupported image, also stops the delivery. So
// does a scan by Amazon Inspector, which stays ACTIVE and has findings of another type ("ImageScanStatus" and
// "EnhancedImageScanFinding", Amazon ECR API Reference). The AWS CLI reads all pages of the findings; the counts in
// ECR's summary show whether a finding is missing.
//
// The date of the build decides which exceptions apply.
func (g *ScanGateSpec) scanGate(attested bool) string {
	digest, find := "$IMAGE_DIGEST", ""
	if attested {
		digest, find = "$SCANNED", scannedDigest
	}
	describe := `aws ecr describe-image-scan-findings --repository-name "$REPOSITORY_NAME" --image-id imageDigest="` + digest + `" --output text`
	counts, filter := []string{"imageScanStatus.status"}, []string(nil)
	for _, severity := range g.blocking() {
		counts = append(counts, "imageScanFindings.findingSeverityCounts."+severity)
		filter = append(filter, "severity=='"+severity+"'")
	}
	exceptions := ""
	for _, exception := range g.Exceptions {
		exceptions += "\n    " + quoted(exception.ID) + `) if [[ ! $TODAY > ` + exception.Expires + ` ]]; then echo "$SEVERITY $FINDING is accepted until "` +
			quoted(exception.Expires+": "+exception.Reason) + `; continue; fi;;`
	}
	return `(
` + find + `ERRORS="$(mktemp)" ATTEMPTS=0 LISTED=0 COUNT=0 BLOCKED=0 TODAY="$(date -u +%F)"
until SCAN="$(` + describe + ` --no-paginate --query '[` + strings.Join(counts, ",") + `]' 2>"$ERRORS")" && [[ $SCAN == COMPLETE* ]]; do
  [[ $SCAN$(cat "$ERRORS") =~ IN_PROGRESS|PENDING|ScanNotFoundException ]] && ((++ATTEMPTS < 90)) ||
    { echo "The scan of $IMAGE is not complete: $SCAN$(cat "$ERRORS")"; exit 1; }
  sleep 10
done
for NUMBER in ${SCAN#COMPLETE}; do [[ $NUMBER == None ]] || ((COUNT += NUMBER)); done
FINDINGS="$(` + describe + ` --query "imageScanFindings.findings[?` + strings.Join(filter, " || ") + `].[severity,name]")" || exit 1
while read -r SEVERITY FINDING; do
  [[ -n $FINDING ]] || continue
  ((++LISTED))
  case "$FINDING" in` + exceptions + `
  esac
  echo "The scan of $IMAGE has found: $SEVERITY $FINDING"
  BLOCKED=1
done <<< "$FINDINGS"
[[ $LISTED -ge $COUNT ]] || { echo "The scan of $IMAGE has found $COUNT vulnerabilities of the severity ` +
		strings.Join(g.blocking(), " or ") + `, and names $LISTED"; BLOCKED=1; }
[[ $BLOCKED = 0 ]] || { echo "The image is not deployed: fix the findings, or add exceptions to build.scanGate"; exit 1; }
)`
}

// scanAccess returns the permission to read the findings of the scan.
func (p *BuildPipeline) scanAccess() []policy.Statement {
	if p.args.Build.ScanGate == nil {
		return nil
	}
	return []policy.Statement{{
		Sid: "Findings", Actions: []string{"ecr:DescribeImageScanFindings"}, Resources: pulumi.StringArray{p.repository.Arn},
	}}
}
