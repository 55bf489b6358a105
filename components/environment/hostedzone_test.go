package environment_test

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// A hosted zone that cannot hold the records is refused before anything is registered.
func TestHostedZone(t *testing.T) {
	existing := secured()
	existing.CertificateArn = pulumi.String(certificateArn)
	for name, test := range map[string]struct {
		spec   environment.Spec
		answer object
		err    error
		want   string // "": accepted
	}{
		"the zone of the name":         {secured(), object{"name": "app.example.com"}, nil, ""},
		"a zone above":                 {secured(), object{"name": "example.com."}, nil, ""},
		"the zone of another name":     {secured(), object{"name": "ample.com"}, nil, `hostedZoneId: "Z0123456789ABCDEFGHIJ" is not allowed: a hosted zone that contains app.example.com; this zone is ample.com`},
		"a zone below":                 {secured(), object{"name": "www.app.example.com"}, nil, "this zone is www.app.example.com"},
		"a private zone":               {secured(), object{"name": "example.com", "privateZone": true}, nil, "a public hosted zone without certificateArn"},
		"private, with a certificate":  {existing, object{"name": "example.com", "privateZone": true}, nil, ""},
		"no zone":                      {secured(), nil, errors.New("no matching Route 53 Hosted Zone found"), "a hosted zone in the account of the stack"},
		"no zone, as Route 53 says it": {secured(), nil, errors.New("NoSuchHostedZone: No hosted zone found with ID"), "a hosted zone in the account of the stack"},
		"no permission":                {secured(), nil, errors.New("AccessDenied: route53:GetHostedZone"), "reading the hosted zone of hostedZoneId"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Functions: map[string]enginetest.Function{
				"aws:route53/getZone:getZone": func(args object) (object, error) {
					require.Equal(t, "Z0123456789ABCDEFGHIJ", args["zoneId"])
					return test.answer, test.err
				},
			}}
			err := r.Run(program(environment.Args{Spec: test.spec}), nil)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.Registered, "nothing is registered")
		})
	}
}
