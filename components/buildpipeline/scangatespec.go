package buildpipeline

import (
	"regexp"
	"slices"
	"time"

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
			found.Add(key+"id", exception.ID, "a finding that appears once")
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
