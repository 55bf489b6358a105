package sandbox

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const certificateType = "aws:acm/certificate:Certificate"

// withCertificate returns a reference to a certificate that prevents the deletion of the certificate.
func withCertificate(path, holds string) ref {
	return ref{path: path, to: certificateType, by: "arn", absent: "CertificateNotFound: Certificate %s not found", holds: holds}
}

var acmKinds = []kind{
	{
		new: acm.NewCertificate, fixed: "domainName validationMethod",
		rules: []rule{known("validationMethod", "DNS")},
		id:    "{arn}",
		out:   outputs{"arn": "arn:{partition}:acm:{region}:{account}:certificate/{uuid}", "status": "PENDING_VALIDATION", "type": "AMAZON_ISSUED"},
		mint:  func(_ *account, p resource.PropertyMap) outputs { return outputs{"domainValidationOptions": proofs(p)} },
	},
	{
		new:   acm.NewCertificateValidation,
		fixed: "certificateArn validationRecordFqdns", refs: []ref{withCertificate("certificateArn", "").asPart()},
		id: "{hex10}",
	},
}

// proofs returns the DNS record with which AWS Certificate Manager validates the domain. All certificates of a domain
// have the same record.
func proofs(p resource.PropertyMap) []any {
	domain := text(p, "domainName")
	return []any{map[string]any{
		"domainName": domain, "resourceRecordName": "_5a9db0." + domain + ".", "resourceRecordType": "CNAME",
		"resourceRecordValue": "_5a9db0.acm-validations.aws.",
	}}
}
