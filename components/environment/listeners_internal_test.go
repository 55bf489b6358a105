package environment

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestProductionPort(t *testing.T) {
	for name, test := range map[string]struct {
		given Spec
		want  int
	}{
		"HTTP":            {want: 80},
		"HTTPS":           {given: Spec{CertificateArn: pulumi.String(certificateArn)}, want: 443},
		"another port":    {given: Spec{ListenerPort: 8000}, want: 8000},
		"HTTPS elsewhere": {given: Spec{DomainName: "app.example.com", HostedZoneID: "Z1", ListenerPort: 8443}, want: 8443},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, test.given.ProductionPort()) })
	}
}
