package environment

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

var (
	certificatePattern = regexp.MustCompile(`^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate/[\w-]+$`)
	domainPattern      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	zoneIDPattern      = regexp.MustCompile(`^[A-Z0-9]{1,32}$`) // ResourceId, Amazon Route 53 API Reference
)

// maxDomainLength is the maximum length of the domain name of a requested certificate
// (RequestCertificate, AWS Certificate Manager API Reference).
const maxDomainLength = 64

// validateCertificate checks the HTTPS settings.
func (s *Spec) validateCertificate(prefix string, found *problems.List) {
	s.certificate(prefix, found)
	if s.DomainName != "" {
		found.Matches(prefix+"domainName", s.DomainName, domainPattern,
			"a domain name in lower case such as app.example.com, without a wildcard")
		if !problems.Given(s.CertificateArn) && len(s.DomainName) > maxDomainLength {
			found.Add(prefix+"domainName", s.DomainName, "%d characters or fewer without certificateArn", maxDomainLength)
		}
		if !problems.Given(s.CertificateArn) && s.HostedZoneID == "" {
			found.Missing(prefix+"hostedZoneId", "with domainName, the Route 53 hosted zone of that name, or certificateArn")
		}
	}
	if s.HostedZoneID != "" {
		found.Matches(prefix+"hostedZoneId", s.HostedZoneID, zoneIDPattern,
			"the id of a hosted zone in Route 53, such as Z0123456789ABCDEFGHIJ")
		if s.DomainName == "" {
			found.Missing(prefix+"domainName", "with hostedZoneId, the name that the certificate and the alias record are for")
		}
	}
	if s.HTTPS() && s.ProductionPort() == httpPort {
		found.Add(prefix+"listenerPort", httpPort, "with HTTPS a port other than %d, which redirects to it; by default %d", httpPort, httpsPort)
	}
	if s.HTTPS() && s.TestListenerPort == httpPort {
		found.Add(prefix+"testListenerPort", s.TestListenerPort, "with HTTPS a port other than %d, which redirects to listenerPort", httpPort)
	}
}

// certificate checks the ARN of the user's certificate and returns it, or nil if there is none.
func (s *Spec) certificate(prefix string, found *problems.List) pulumi.StringPtrInput {
	return found.OptionalInput(prefix+"certificateArn", s.CertificateArn, certificatePattern,
		"the ARN of a certificate in AWS Certificate Manager, in the region of the stack")
}

// ValidateServerName reports HTTPS without a domain name. An API needs the domain name to verify the certificate of the
// load balancer.
func (s *Spec) ValidateServerName(prefix string, found *problems.List) {
	if s.HTTPS() && s.DomainName == "" {
		found.Missing(prefix+"domainName",
			"with certificateArn and a service behind the API, the domain name by which the API verifies the certificate")
	}
}

// newCertificate returns the ARN of the listeners' certificate, or nil for HTTP. Without certificateArn it requests a
// certificate, creates the DNS validation record, and waits until AWS Certificate Manager issues the certificate. A
// listener accepts only an issued certificate ("Create an HTTPS listener for your Application Load Balancer", User
// Guide for Application Load Balancers).
func (e *Environment) newCertificate(ctx *pulumi.Context, name string) (pulumi.StringPtrInput, error) {
	if given := e.spec.certificate("", new(problems.List)); given != nil { // validateCertificate has reported its problems
		return given, nil
	}
	if e.spec.DomainName == "" {
		return nil, nil
	}
	name += "-certificate"
	certificate, err := acm.NewCertificate(ctx, name, &acm.CertificateArgs{
		DomainName:       pulumi.String(e.spec.DomainName),
		ValidationMethod: pulumi.String("DNS"),
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("requesting certificate: %w", err)
	}
	proof := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, name, &route53.RecordArgs{
		ZoneId:  pulumi.String(e.spec.HostedZoneID),
		Name:    proof.ResourceRecordName().Elem(),
		Type:    proof.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{proof.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(300),
		// All certificates of an account for the same domain name have the same validation record, in every region
		// ("DNS validation", AWS Certificate Manager User Guide). So the record may already exist, with the same value.
		AllowOverwrite: pulumi.Bool(true),
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("creating the validation record of the certificate: %w", err)
	}
	issued, err := acm.NewCertificateValidation(ctx, name, &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("waiting for the certificate: %w", err)
	}
	return issued.CertificateArn.ToStringPtrOutput(), nil
}

// newAlias creates the alias record that points the domain name to a load balancer. It fails if a record of that name
// exists that it did not create.
func (e *Environment) newAlias(ctx *pulumi.Context, name string, b *LoadBalancer) error {
	_, err := route53.NewRecord(ctx, name+"-domain", &route53.RecordArgs{
		ZoneId: pulumi.String(e.spec.HostedZoneID),
		Name:   pulumi.String(e.spec.DomainName),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name: b.DNSName, ZoneId: b.ZoneID, EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("pointing %s to the load balancer: %w", e.spec.DomainName, err)
	}
	return nil
}
