//go:build acceptance

package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/stretchr/testify/require"
)

// makeCertificate creates the existing certificate that a stack file requires, for the
// file's domain name. It writes the ARN into the configuration. The end of the test
// deletes the certificate.
func makeCertificate(t *testing.T, d *Stack) {
	t.Helper()
	arn := Ask(t, d.ACM.RequestCertificate, &acm.RequestCertificateInput{
		DomainName: aws.String(fmt.Sprint(d.setting("domainName"))), ValidationMethod: "DNS",
	}).CertificateArn
	askAtEnd(t, d.ACM.DeleteCertificate, &acm.DeleteCertificateInput{CertificateArn: arn})
	d.Config["certificateArn"] = *arn
}

// makeZone creates the existing hosted zone that a stack file requires, for the parent
// domain of the file's domain name. It writes the id into the configuration. The end of
// the test deletes the zone, which must not contain records of the stack by then.
func makeZone(t *testing.T, d *Stack) {
	t.Helper()
	_, domain, _ := strings.Cut(fmt.Sprint(d.setting("domainName")), ".")
	zone := Ask(t, d.Route53.CreateHostedZone, &route53.CreateHostedZoneInput{Name: &domain, CallerReference: &d.Name}).HostedZone.Id
	askAtEnd(t, d.Route53.DeleteHostedZone, &route53.DeleteHostedZoneInput{Id: zone})
	d.Config["hostedZoneId"] = strings.TrimPrefix(*zone, "/hostedzone/")
}

// CertificateDomain returns the domain name of a certificate.
func CertificateDomain(t *testing.T, d *Stack, arn *string) string {
	t.Helper()
	return aws.ToString(Ask(t, d.ACM.DescribeCertificate, &acm.DescribeCertificateInput{CertificateArn: arn}).Certificate.DomainName)
}

// Records returns the records in the hosted zone of the configuration, without the NS and
// SOA records that every zone has. It returns nil if the configuration has no zone.
func Records(t *testing.T, d *Stack) []string {
	t.Helper()
	zone, ok := d.setting("hostedZoneId").(string)
	if !ok {
		return nil
	}
	var lines []string
	for _, record := range Ask(t, d.Route53.ListResourceRecordSets, &route53.ListResourceRecordSetsInput{HostedZoneId: &zone}).ResourceRecordSets {
		name := strings.TrimSuffix(aws.ToString(record.Name), ".")
		switch {
		case record.Type == "NS" || record.Type == "SOA":
		case record.AliasTarget != nil:
			lines = append(lines, fmt.Sprintf("%s %s alias of %s", name, record.Type, aws.ToString(record.AliasTarget.DNSName)))
		default:
			require.Len(t, record.ResourceRecords, 1, name)
			lines = append(lines, fmt.Sprintf("%s %s %s", name, record.Type, aws.ToString(record.ResourceRecords[0].Value)))
		}
	}
	return lines
}
