package environment

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// checkHostedZone checks with AWS that the hosted zone contains the domain name. Otherwise no client would resolve the
// records, and an update would wait for the certificate until AWS Certificate Manager gives up after 72 hours ("DNS
// validation", AWS Certificate Manager User Guide), or until the provider gives up.
//
// It calls AWS before the environment is registered, like zones.
func (s *Spec) checkHostedZone(ctx *pulumi.Context, opts []pulumi.InvokeOption, found *problems.List) error {
	if s.HostedZoneID == "" {
		return nil
	}
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{ZoneId: &s.HostedZoneID}, opts...)
	switch {
	case noZone(err):
		found.Add("hostedZoneId", s.HostedZoneID, "a hosted zone in the account of the stack")
	case err != nil:
		return fmt.Errorf("reading the hosted zone of hostedZoneId: %w", err)
	case !zoneContains(zone.Name, s.DomainName):
		found.Add("hostedZoneId", s.HostedZoneID, "a hosted zone that contains %s; this zone is %s", s.DomainName, zone.Name)
	case zone.PrivateZone != nil && *zone.PrivateZone && !problems.Given(s.CertificateArn):
		// "Troubleshoot DNS validation problems", AWS Certificate Manager User Guide.
		found.Add("hostedZoneId", s.HostedZoneID, "a public hosted zone without certificateArn: AWS cannot validate a certificate by a private one")
	}
	return nil
}

// zoneContains reports whether a zone contains a domain name. The root zone has the empty name.
func zoneContains(zone, domain string) bool {
	zone = strings.TrimSuffix(zone, ".")
	return zone == "" || domain == zone || strings.HasSuffix(domain, "."+zone)
}

// noZone reports whether an error of the provider says that the hosted zone does not exist.
func noZone(err error) bool {
	return noMatch(err) || err != nil && strings.Contains(err.Error(), "NoSuchHostedZone")
}
