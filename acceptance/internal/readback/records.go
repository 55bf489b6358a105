//go:build acceptance

package readback

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"fargate-cd/acceptance/internal/lab"
)

// records returns the DNS records of the domain name: the alias of the load balancer, and
// the record that validates the certificate.
func (s System) records() []string {
	if !s.Zone {
		return nil
	}
	return []string{s.Domain + " A alias of " + s.Balancers()[0], "validation CNAME of " + s.Domain}
}

func seenRecords(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, line := range lab.Records(t, d) {
		for _, balancer := range lab.Balancers(t, d) {
			line = strings.ReplaceAll(line, aws.ToString(balancer.DNSName), lab.BalancerKind(balancer))
		}
		if name, value, _ := strings.Cut(line, " CNAME "); strings.HasSuffix(value, ".acm-validations.aws.") {
			_, domain, _ := strings.Cut(name, ".")
			line = "validation CNAME of " + domain
		}
		lines = append(lines, line)
	}
	return lines
}
