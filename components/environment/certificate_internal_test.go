package environment

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

const certificateArn = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"

func TestCertificateAccepts(t *testing.T) {
	long := strings.Repeat("a", 61) + ".example.com"
	for name, given := range map[string]Spec{
		"a certificate":                      {CertificateArn: pulumi.String(certificateArn)},
		"a certificate for a name":           {CertificateArn: pulumi.String(certificateArn), DomainName: "app.example.com"},
		"a certificate for a long name":      {CertificateArn: pulumi.String(certificateArn), DomainName: long},
		"a certificate and a zone":           {CertificateArn: pulumi.String(certificateArn), DomainName: "example.com", HostedZoneID: "Z0123456789ABCDEFGHIJ"},
		"a name and its zone":                {DomainName: "xn--bcher-kva.example.co.uk", HostedZoneID: "Z1"},
		"the port of HTTPS, given":           {CertificateArn: pulumi.String(certificateArn), ListenerPort: 443},
		"a certificate of another partition": {CertificateArn: pulumi.String(strings.Replace(certificateArn, "arn:aws:", "arn:aws-cn:", 1))},
	} {
		t.Run(name, func(t *testing.T) {
			defaults.Set(&given)
			require.NoError(t, problemtest.Of(&given))
		})
	}
}

func TestCertificateRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		given Spec
		want  string
	}{
		"a certificate of IAM": {Spec{CertificateArn: pulumi.String("arn:aws:iam::111122223333:server-certificate/x")},
			`p.certificateArn: "arn:aws:iam::111122223333:server-certificate/x" is not allowed: the ARN of a certificate in AWS Certificate Manager`},
		"a wildcard": {Spec{DomainName: "*.example.com", HostedZoneID: "Z1"},
			`p.domainName: "*.example.com" is not allowed: a domain name in lower case such as app.example.com, without a wildcard`},
		"a URL":              {Spec{DomainName: "https://example.com", HostedZoneID: "Z1"}, `p.domainName: "https://example.com" is not allowed`},
		"one label":          {Spec{DomainName: "localhost", HostedZoneID: "Z1"}, `p.domainName: "localhost" is not allowed`},
		"a name alone":       {Spec{DomainName: "app.example.com"}, `p.hostedZoneId: is missing: with domainName, the Route 53 hosted zone of that name, or certificateArn`},
		"a zone alone":       {Spec{HostedZoneID: "Z1"}, `p.domainName: is missing: with hostedZoneId`},
		"the path of a zone": {Spec{DomainName: "example.com", HostedZoneID: "/hostedzone/Z1"}, `p.hostedZoneId: "/hostedzone/Z1" is not allowed: the id of a hosted zone`},
		"a long name": {Spec{DomainName: strings.Repeat("a", 53) + ".example.com", HostedZoneID: "Z1"},
			`.example.com" is not allowed: 64 characters or fewer without certificateArn`},
		"the port of HTTP": {Spec{CertificateArn: pulumi.String(certificateArn), ListenerPort: 80},
			`p.listenerPort: 80 is not allowed: with HTTPS a port other than 80, which redirects to it; by default 443`},
		"the test port of HTTP": {Spec{CertificateArn: pulumi.String(certificateArn), TestListenerPort: 80, TestIngressCidrBlocks: []string{"203.0.113.0/24"}},
			`p.testListenerPort: 80 is not allowed: with HTTPS a port other than 80, which redirects to listenerPort`},
		"one port for both": {Spec{CertificateArn: pulumi.String(certificateArn), TestListenerPort: 443, TestIngressCidrBlocks: []string{"203.0.113.0/24"}},
			`p.testListenerPort: 443 is not allowed: a port other than listenerPort`},
	} {
		t.Run(name, func(t *testing.T) {
			defaults.Set(&test.given)
			problemtest.Require(t, problemtest.Of(&test.given), test.want)
		})
	}
}

// The API verifies the certificate by a domain name. The ARN of the certificate does not contain it.
func TestValidateServerName(t *testing.T) {
	for name, test := range map[string]struct {
		given Spec
		want  string
	}{
		"HTTP":               {},
		"a name":             {given: Spec{CertificateArn: pulumi.String(certificateArn), DomainName: "app.example.com"}},
		"only a certificate": {given: Spec{CertificateArn: pulumi.String(certificateArn)}, want: "p.domainName: is missing: with certificateArn and a service behind the API"},
	} {
		t.Run(name, func(t *testing.T) {
			var found problems.List
			test.given.ValidateServerName("p.", &found)
			problemtest.Require(t, found.Err(), test.want)
		})
	}
}
