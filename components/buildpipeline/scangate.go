package buildpipeline

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

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
