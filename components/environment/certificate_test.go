package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

const (
	certificateArn = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
	tlsPolicy      = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
)

// secured returns the settings of an environment with a domain name and its hosted zone.
func secured() environment.Spec {
	return environment.Spec{DomainName: "app.example.com", HostedZoneID: "Z0123456789ABCDEFGHIJ"}
}

// Every listener uses the certificate. Only the internet-facing load balancer redirects HTTP, because no client uses
// HTTP on the internal one.
func TestHTTPS(t *testing.T) {
	spec := environment.Spec{CertificateArn: pulumi.String(certificateArn), TestListenerPort: 8443, TestIngressCidrBlocks: []string{"203.0.113.0/24"}}
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: spec, LoadBalancers: []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}}))
	want := map[string]float64{"test-production": 443, "test-test": 8443, "test-internal-production": 443, "test-internal-test": 8443}
	for _, listener := range r.All("lb.Listener") {
		if listener.Name == "test-redirect" {
			continue
		}
		require.Equal(t, want[listener.Name], listener.Inputs["port"], listener.Name)
		require.Equal(t, "HTTPS", listener.Inputs["protocol"], listener.Name)
		require.Equal(t, tlsPolicy, listener.Inputs["sslPolicy"], listener.Name)
		require.Equal(t, certificateArn, listener.Inputs["certificateArn"], listener.Name)
		delete(want, listener.Name)
	}
	require.Empty(t, want, "listeners that are missing")
	require.Equal(t, object{
		"loadBalancerArn": "arn:aws:lb:eu-central-1:111122223333:loadbalancer/test-alb", "port": 80.0, "protocol": "HTTP",
		"defaultActions": list{object{"type": "redirect", "redirect": object{
			"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301",
		}}},
	}, r.One(t, "lb.Listener", "test-redirect").Inputs)
	require.Empty(t, r.All("acm.Certificate"))
	require.Empty(t, r.All("route53.Record"))
}

func TestRequestedCertificate(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: secured()}))
	require.Equal(t, object{"domainName": "app.example.com", "validationMethod": "DNS"},
		r.One(t, "acm.Certificate", "test-certificate").Inputs)
	require.Equal(t, object{
		"zoneId": "Z0123456789ABCDEFGHIJ", "name": "name of test-certificate", "type": "CNAME", "ttl": 300.0,
		"records": list{"value of test-certificate"}, "allowOverwrite": true,
	}, r.One(t, "route53.Record", "test-certificate").Inputs)
	issued := r.One(t, "acm.CertificateValidation", "test-certificate")
	require.Equal(t, list{"fqdn of test-certificate"}, issued.Inputs["validationRecordFqdns"])
	listener := r.One(t, "lb.Listener", "test-production")
	require.Equal(t, r.One(t, "acm.Certificate", "test-certificate").URN, issued.DependsOn[0])
	require.True(t, listener.Needs(issued), "a listener refuses a certificate that is not issued yet")
	for _, urn := range r.One(t, "lb.LoadBalancer", "test-alb").DependsOn {
		require.NotContains(t, urn, "acm", "the load balancer does not wait for the certificate")
	}
}

// The alias record points to the internet-facing load balancer, or to the internal one if there is no other. It does
// not overwrite an existing record.
func TestAlias(t *testing.T) {
	both := []string{environment.LoadBalancerInternal, environment.LoadBalancerPublic}
	existing := secured()
	existing.CertificateArn = pulumi.String(certificateArn)
	elsewhere := existing
	elsewhere.HostedZoneID = ""
	for name, test := range map[string]struct {
		given     environment.Spec
		balancers []string
		want      string // load balancer; empty for no record
	}{
		"public":                     {given: secured(), balancers: both[1:], want: "test-alb"},
		"internal":                   {given: secured(), balancers: both[:1], want: "test-internal"},
		"both":                       {given: secured(), balancers: both, want: "test-alb"},
		"with its own certificate":   {given: existing, balancers: both, want: "test-alb"},
		"in a zone outside Route 53": {given: elsewhere, balancers: both},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, program(environment.Args{Spec: test.given, LoadBalancers: test.balancers}))
			if test.want == "" {
				require.Empty(t, r.All("route53.Record"))
				return
			}
			require.Equal(t, object{
				"zoneId": "Z0123456789ABCDEFGHIJ", "name": "app.example.com", "type": "A",
				"aliases": list{object{"name": test.want + ".elb.example", "zoneId": "zone of " + test.want, "evaluateTargetHealth": true}},
			}, r.One(t, "route53.Record", "test-domain").Inputs)
		})
	}
}

// A stack that changes from HTTP to HTTPS keeps its production listener, because CodeDeploy and the listener rules of
// services refer to it. The redirect can listen on port 80 only after the production listener has left this port. AWS
// refuses a second security group rule that opens the same port to the same network (InvalidPermission.Duplicate,
// Amazon EC2 API Reference).
func TestFromHTTPToHTTPS(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: secured()}))
	production, redirect := r.One(t, "lb.Listener", "test-production"), r.One(t, "lb.Listener", "test-redirect")
	open := r.One(t, "vpc.SecurityGroupIngressRule", "test-production-0.0.0.0/0")
	again := r.One(t, "vpc.SecurityGroupIngressRule", "test-redirect-0.0.0.0/0")
	require.Equal(t, 443.0, open.Inputs["fromPort"])
	require.Equal(t, 80.0, again.Inputs["fromPort"])
	require.True(t, production.Needs(open), "the listener's new port is open before it moves there")
	require.True(t, redirect.Needs(production), "the production listener leaves port 80 first")
	require.True(t, again.Needs(redirect), "port 80 opens again when something listens there")
	require.True(t, redirect.Needs(open), "the other rule leaves port 80 first")
}

func TestURL(t *testing.T) {
	for name, test := range map[string]struct {
		given environment.Spec
		want  []string // production and test URL of the public, then of the internal load balancer
	}{
		"HTTP": {want: []string{"http://test-alb.elb.example", "http://test-alb.elb.example:8080",
			"http://test-internal.elb.example", "http://test-internal.elb.example:8080"}},
		"HTTPS": {given: secured(), want: []string{"https://app.example.com", "https://app.example.com:8080",
			"https://test-internal.elb.example", "https://test-internal.elb.example:8080"}},
		"HTTP on another port": {given: environment.Spec{ListenerPort: 443}, want: []string{"http://test-alb.elb.example:443",
			"http://test-alb.elb.example:8080", "http://test-internal.elb.example:443", "http://test-internal.elb.example:8080"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			(&enginetest.Engine{}).MustRun(t, func(ctx *pulumi.Context) error {
				e, err := environment.New(ctx, enginetest.Stack, &environment.Args{
					Spec: test.given, ClusterName: clusterName,
					LoadBalancers: []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal},
				})
				if err != nil {
					return err
				}
				pulumi.StringArray{
					e.Public.URL(e.Public.ListenerPort), e.Public.URL(8080), e.Internal.URL(e.Internal.ListenerPort), e.Internal.URL(8080),
				}.ToStringArrayOutput().ApplyT(func(urls []string) []string { got = urls; return urls })
				return nil
			})
			require.Equal(t, test.want, got)
		})
	}
}
