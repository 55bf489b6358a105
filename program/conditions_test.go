package program

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// The certificate that the stack requests covers one name. A client that verifies the certificate cannot reach a
// service with another name.
func TestHostsNeedTheirCertificate(t *testing.T) {
	values := func(api string) map[string]string {
		return map[string]string{
			"fargate-cd:domainName": "app.example.com", "fargate-cd:hostedZoneId": "Z0123456789ABCDEFGHIJ",
			"fargate-cd:services": services(service("a", `"hostHeaders": ["App.example.com", "api.example.com"]`+api)),
		}
	}
	_, err := parse(values(""))
	require.ErrorContains(t, err, `fargate-cd:services[0].hostHeaders[1]: "api.example.com" is not allowed: app.example.com, the only name in the certificate`)
	require.NotContains(t, err.Error(), "hostHeaders[0]")

	own := values("")
	own["fargate-cd:certificateArn"] = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
	_, err = parse(own)
	require.NoError(t, err)
	_, err = parse(values(`, "api": {}`))
	require.NoError(t, err, "the API verifies the domain name")
}

// The program refuses a protocol version of the tasks that no request can have.
func TestProtocols(t *testing.T) {
	https := map[string]string{"fargate-cd:domainName": "app.example.com", "fargate-cd:hostedZoneId": "Z0123456789ABCDEFGHIJ"}
	for _, test := range []struct {
		service string
		https   bool
		want    string // empty: no error
	}{
		{`"image": "a", "protocolVersion": "GRPC"`, true, ""},
		{`"image": "a", "protocolVersion": "GRPC"`, false, `services[0].protocolVersion: "GRPC" is not allowed: HTTP1 without HTTPS`},
		{`"image": "a", "protocolVersion": "HTTP2", "api": {}`, true, `services[0].protocolVersion: "HTTP2" is not allowed: HTTP1 behind the API`},
	} {
		values := map[string]string{"fargate-cd:services": services(service("a", test.service))}
		if test.https {
			maps.Copy(values, https)
		}
		_, err := parse(values)
		if test.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, test.want)
	}
}
