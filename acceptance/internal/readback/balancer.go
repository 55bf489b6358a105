//go:build acceptance

package readback

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"fargate-cd/acceptance/internal/lab"
)

// balancer returns the load balancers with their listeners and rules. The rule for the
// paths of a service leads to the target group of this service.
func (s System) balancer() []string {
	var lines []string
	for _, name := range s.Balancers() {
		scheme, subnets := "internet-facing", "public-1 public-2"
		if name == lab.Internal {
			scheme, subnets = "internal", s.taskSubnets()
		}
		lines = append(lines,
			fmt.Sprintf("%s: application, %s in %s, group STACK-%s, protected %t, drops invalid headers true, desync %s, idle 60 s, logs to STACK-access-logs/%s",
				name, scheme, subnets, name, s.Protected, cmp.Or(s.Desync, "defensive"), name),
			fmt.Sprintf("%s listener %d: %s, otherwise 404 Not found", name, s.port(), s.protocol()))
		if s.TestPort != 0 {
			lines = append(lines, fmt.Sprintf("%s listener %d: %s, otherwise 404 Not found", name, s.TestPort, s.protocol()))
		}
		if s.Domain != "" && name == lab.Public {
			lines = append(lines, name+" listener 80: HTTP, otherwise redirect HTTP_301 HTTPS://#{host}:443/#{path}")
		}
	}
	for _, each := range s.Services {
		rule := fmt.Sprintf("rule %s for %s leads to ", each.Priority, strings.Join(each.Paths, " "))
		lines = append(lines, fmt.Sprintf("%s listener %d: %s%s-blue 100 %%", each.balancer(), s.port(), rule, each.Name))
		if s.TestPort != 0 && each.BlueGreen != nil {
			lines = append(lines, fmt.Sprintf("%s listener %d: %s%s-blue 100 %%", each.balancer(), s.TestPort, rule, each.Name))
		}
	}
	return lines
}

// protocol returns the protocol of the production and test listeners.
func (s System) protocol() string {
	if s.Domain == "" {
		return "HTTP"
	}
	return "HTTPS by ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 for " + s.Domain
}

// seenProtocol returns the protocol of a listener, with its security policy and the domain name of its certificate.
func seenProtocol(t *testing.T, d *lab.Stack, listener types.Listener) string {
	if len(listener.Certificates) == 0 {
		return string(listener.Protocol)
	}
	return fmt.Sprintf("%s by %s for %s", listener.Protocol, aws.ToString(listener.SslPolicy),
		lab.CertificateDomain(t, d, listener.Certificates[0].CertificateArn))
}

func seenBalancer(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	var lines []string
	for _, balancer := range lab.Balancers(t, d) {
		name := lab.BalancerKind(balancer)
		var zones []string
		for _, zone := range balancer.AvailabilityZones {
			zones = append(zones, aws.ToString(zone.SubnetId))
		}
		attributes := lab.BalancerAttributes(t, d, balancer)
		lines = append(lines, fmt.Sprintf("%s: %s, %s in %s, group %s, protected %s, drops invalid headers %s, desync %s, idle %s s, logs to %s/%s",
			name, balancer.Type, cmp.Or(balancer.Scheme, lab.DefaultScheme), names.Sorted(zones), strings.Join(balancer.SecurityGroups, " "),
			attributes["deletion_protection.enabled"], attributes["routing.http.drop_invalid_header_fields.enabled"],
			attributes["routing.http.desync_mitigation_mode"], attributes["idle_timeout.timeout_seconds"],
			attributes["access_logs.s3.bucket"], attributes["access_logs.s3.prefix"]))
		for _, listener := range lab.Listeners(t, d, balancer) {
			begin := fmt.Sprintf("%s listener %d: ", name, aws.ToInt32(listener.Port))
			for _, action := range listener.DefaultActions {
				lines = append(lines, fmt.Sprintf("%s%s, otherwise %s", begin, seenProtocol(t, d, listener), lab.Destination(action)))
			}
			for _, rule := range lab.ListenerRules(t, d, listener.ListenerArn) {
				lines = append(lines, begin+rule)
			}
		}
	}
	return lines
}
