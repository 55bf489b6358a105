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

func TestSpecDefaults(t *testing.T) {
	spec := Spec{}
	defaults.Set(&spec)
	require.Equal(t, Spec{
		VpcCidrBlock: "10.0.0.0/16", NatGatewayStrategy: NatGatewaySingle, IngressCidrBlocks: []string{"0.0.0.0/0"},
		AccessLogs: pulumi.BoolRef(true), DesyncMitigationMode: "defensive", IdleTimeoutSeconds: 60,
		WafSpec: WafSpec{WafRateLimit: 2000},
	}, spec)
	require.NoError(t, problemtest.Of(&spec))
}

func TestSpecAccepts(t *testing.T) {
	for name, change := range map[string]func(*Spec){
		"the smallest network": func(s *Spec) { s.VpcCidrBlock = "10.0.0.128/25" },
		"two zones":            func(s *Spec) { s.AvailabilityZones = []string{"us-gov-west-1a", "us-gov-west-1b"} },
		"no ingress":           func(s *Spec) { s.IngressCidrBlocks = []string{} },
		"no NAT, endpoints":    func(s *Spec) { s.NatGatewayStrategy = NatGatewayNone },
		"no NAT, public tasks": func(s *Spec) { s.NatGatewayStrategy, s.AssignPublicIP = NatGatewayNone, true },
		"a test listener": func(s *Spec) {
			s.TestListenerPort, s.TestIngressCidrBlocks = 8080, []string{"203.0.113.0/24"}
		},
		"an open test listener":            func(s *Spec) { s.TestListenerPort, s.TestIngressCidrBlocks = 8080, []string{"0.0.0.0/0"} },
		"an existing network":              existingNetwork,
		"no range without created network": func(s *Spec) { existingNetwork(s); s.VpcCidrBlock = "" },
	} {
		t.Run(name, func(t *testing.T) {
			spec := Spec{}
			defaults.Set(&spec)
			change(&spec)
			require.NoError(t, problemtest.Of(&spec))
		})
	}
}

func existingNetwork(s *Spec) {
	s.VpcID = pulumi.String("vpc-0123456789abcdef0")
	s.PublicSubnetIDs = subnets("subnet-00000001", "subnet-00000002")
	s.PrivateSubnetIDs = subnets("subnet-00000003")
}

func subnets(ids ...string) pulumi.StringArray { return pulumi.ToStringArray(ids) }

func TestSpecRefuses(t *testing.T) {
	seventeen := make([]string, 17)
	for i := range seventeen {
		seventeen[i] = "subnet-0000001" + string(rune('a'+i%6)) + string(rune('0'+i/6))
	}
	for name, test := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"NAT strategy": {func(s *Spec) { s.NatGatewayStrategy = "Two" },
			`p.natGatewayStrategy: "Two" is not allowed: one of None, Single, OnePerAz`},
		"a network with subnets too small for a balancer": {func(s *Spec) { s.VpcCidrBlock = "10.0.0.0/26" },
			`p.vpcCidrBlock: "10.0.0.0/26" is not allowed: an IPv4 network from /16 to /25`},
		"a large network":        {func(s *Spec) { s.VpcCidrBlock = "10.0.0.0/8" }, `p.vpcCidrBlock: "10.0.0.0/8"`},
		"bits behind the prefix": {func(s *Spec) { s.VpcCidrBlock = "10.0.1.0/16" }, `p.vpcCidrBlock: "10.0.1.0/16"`},
		"IPv6":                   {func(s *Spec) { s.VpcCidrBlock = "fd00::/20" }, `p.vpcCidrBlock: "fd00::/20"`},
		"one zone": {func(s *Spec) { s.AvailabilityZones = []string{"eu-central-1a"} },
			`p.availabilityZones: ["eu-central-1a"] is not allowed: 2 zones, or none to use the first available ones`},
		"three zones": {func(s *Spec) {
			s.AvailabilityZones = []string{"eu-central-1a", "eu-central-1b", "eu-central-1c"}
		},
			`is not allowed: 2 zones, or none`},
		"a local zone": {func(s *Spec) { s.AvailabilityZones = []string{"us-west-2a", "us-west-2-lax-1a"} },
			`p.availabilityZones[1]: "us-west-2-lax-1a" is not allowed: the name of an availability zone, such as eu-central-1a`},
		"a zone's id": {func(s *Spec) { s.AvailabilityZones = []string{"euc1-az1", "eu-central-1a"} },
			`p.availabilityZones[0]: "euc1-az1" is not allowed: the name of an availability zone`},
		"a zone twice": {func(s *Spec) { s.AvailabilityZones = []string{"eu-central-1a", "eu-central-1a"} },
			`p.availabilityZones[1]: "eu-central-1a" is not allowed: each zone only once`},
		"zones of an existing network": {func(s *Spec) {
			existingNetwork(s)
			s.AvailabilityZones = []string{"eu-central-1a", "eu-central-1b"}
		}, `p.availabilityZones: ["eu-central-1a","eu-central-1b"] is not allowed: none with vpcId`},
		"subnets without a VPC": {func(s *Spec) { s.PublicSubnetIDs = subnets("subnet-00000001") },
			`p.vpcId: is missing: the id of the VPC of publicSubnetIds and privateSubnetIds`},
		"VPC id": {func(s *Spec) { existingNetwork(s); s.VpcID = pulumi.String("vpc-x") },
			`p.vpcId: "vpc-x" is not allowed: the id of a VPC`},
		"one public subnet": {func(s *Spec) { existingNetwork(s); s.PublicSubnetIDs = subnets("subnet-00000001") },
			`p.publicSubnetIds: ["subnet-00000001"] is not allowed: with vpcId two subnets or more`},
		"no private subnet": {func(s *Spec) { existingNetwork(s); s.PrivateSubnetIDs = nil },
			`p.privateSubnetIds: null is not allowed: with vpcId one subnet or more, or assignPublicIp: true`},
		"subnet id": {func(s *Spec) { existingNetwork(s); s.PrivateSubnetIDs = subnets("subnet-1") },
			`p.privateSubnetIds[0]: "subnet-1" is not allowed: the id of a subnet`},
		"a subnet twice": {func(s *Spec) { existingNetwork(s); s.PrivateSubnetIDs = subnets("subnet-00000002") },
			`p.privateSubnetIds[0]: "subnet-00000002" is not allowed: each subnet only once`},
		"many subnets": {func(s *Spec) { existingNetwork(s); s.PrivateSubnetIDs = subnets(seventeen...) },
			`p.privateSubnetIds: 17 is not allowed: 16 subnets or fewer`},
		"listener port": {func(s *Spec) { s.ListenerPort = 65536 },
			`p.listenerPort: 65536 is not allowed: a whole number from 1 to 65535`},
		"desync mitigation": {func(s *Spec) { s.DesyncMitigationMode = "strict" },
			`p.desyncMitigationMode: "strict" is not allowed: one of monitor, defensive, strictest`},
		"idle timeout": {func(s *Spec) { s.IdleTimeoutSeconds = 4001 },
			`p.idleTimeoutSeconds: 4001 is not allowed: a whole number from 1 to 4000`},
		"a global web ACL": {func(s *Spec) { s.WebAclArn = pulumi.String("arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1") },
			`p.webAclArn: "arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1" is not allowed: the ARN of a regional web ACL`},
		"two web ACLs": {func(s *Spec) {
			s.Waf, s.WebAclArn = true, pulumi.String("arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/x/12345678-1234-1234-1234-123456789012")
		}, `is not allowed: none with waf, which creates a web ACL`},
		"a rate limit without a web ACL of the stack": {func(s *Spec) {
			s.WafRateLimit = 500
			s.WebAclArn = pulumi.String("arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/x/12345678-1234-1234-1234-123456789012")
		}, `p.wafRateLimit: 500 is not allowed: it requires waf`},
		"rate limit": {func(s *Spec) { s.Waf, s.WafRateLimit = true, 9 }, `p.wafRateLimit: 9 is not allowed: a whole number from 10 to 2000000000`},
		"flow logs of an existing network": {func(s *Spec) { existingNetwork(s); s.FlowLogs = true },
			`p.flowLogs: true is not allowed: it requires a created network`},
		"ingress": {func(s *Spec) { s.IngressCidrBlocks = []string{"home"} },
			`p.ingressCidrBlocks[0]: "home" is not allowed: an IPv4 network`},
		// Two rules would have the same name. The engine refuses that only after it has created other resources.
		"ingress twice": {func(s *Spec) { s.IngressCidrBlocks = []string{"10.0.0.0/8", "10.0.0.0/8"} },
			`p.ingressCidrBlocks[1]: "10.0.0.0/8" is not allowed: each network only once`},
		"test port": {func(s *Spec) { s.TestListenerPort, s.TestIngressCidrBlocks = -1, []string{"203.0.113.0/24"} },
			`p.testListenerPort: -1 is not allowed: a whole number from 1 to 65535`},
		"one port for both": {func(s *Spec) { s.TestListenerPort, s.TestIngressCidrBlocks = 80, []string{"203.0.113.0/24"} },
			`p.testListenerPort: 80 is not allowed: a port other than listenerPort`},
		"test ingress": {func(s *Spec) { s.TestListenerPort, s.TestIngressCidrBlocks = 8080, []string{"10.0.0.1/8"} },
			`p.testIngressCidrBlocks[0]: "10.0.0.1/8" is not allowed`},
		"test ingress without a listener": {func(s *Spec) { s.TestIngressCidrBlocks = []string{"10.0.0.0/8"} },
			`p.testIngressCidrBlocks: ["10.0.0.0/8"] is not allowed: it requires testListenerPort`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := Spec{}
			defaults.Set(&spec)
			test.change(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}

// The name of an internet-facing load balancer resolves to public addresses, even
// inside its VPC. The range of the VPC would therefore match no client.
func TestValidateTestIngress(t *testing.T) {
	for name, test := range map[string]struct {
		balancers []string
		existing  bool
		want      string // empty: no problem
	}{
		"internet-facing":                 {balancers: []string{LoadBalancerPublic}, want: "p.testIngressCidrBlocks: is missing: with testListenerPort, the public networks"},
		"both":                            {balancers: []string{LoadBalancerPublic, LoadBalancerInternal}, want: "p.testIngressCidrBlocks: is missing"},
		"internal":                        {balancers: []string{LoadBalancerInternal}},
		"internal in an existing network": {balancers: []string{LoadBalancerInternal}, existing: true, want: "p.testIngressCidrBlocks: is missing: with testListenerPort and vpcId"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := Spec{TestListenerPort: 8080}
			if test.existing {
				existingNetwork(&spec)
			}
			var found problems.List
			spec.ValidateTestIngress("p.", test.balancers, &found)
			if test.want == "" {
				require.NoError(t, found.Err())
			} else {
				require.ErrorContains(t, found.Err(), test.want)
			}
			spec.TestIngressCidrBlocks, found = []string{"203.0.113.0/24"}, problems.List{}
			spec.ValidateTestIngress("p.", test.balancers, &found)
			require.NoError(t, found.Err())
		})
	}
}

func TestValidateName(t *testing.T) {
	for _, test := range []struct {
		given string
		valid bool
	}{
		{"prod", true},
		{"Prod-2", true},
		{strings.Repeat("a", 20), true},
		{strings.Repeat("a", 21), false},
		{strings.Repeat("a-", 10) + "a", false},
		{"", false},
		{"-prod", false},
		{"prod.eu", false},
	} {
		t.Run(test.given, func(t *testing.T) {
			want := ""
			if !test.valid {
				want = "name: " + problems.Shown(test.given) + " is not allowed: 1 to "
			}
			problemtest.Require(t, problemtest.OfName(ValidateName, test.given), want)
		})
	}
}

// The names of AWS resources begin with the environment's name, and AWS refuses some beginnings: "internal-" for a load
// balancer, "sg-" for a security group.
func TestReservedNames(t *testing.T) {
	for given, want := range map[string]string{ // the problem; empty for none
		"internal":        `name: "internal" is not allowed: a name other than internal and internal-…: a load balancer`,
		"Internal-2":      `name: "Internal-2" is not allowed: a name other than internal and internal-…: a load balancer`,
		"sg":              `name: "sg" is not allowed: a name other than sg and sg-…: a security group`,
		"SG-eu":           `name: "SG-eu" is not allowed: a name other than sg and sg-…: a security group`,
		"internals":       "",
		"sgx-sg-internal": "",
	} {
		t.Run(given, func(t *testing.T) {
			problemtest.Require(t, problemtest.OfName(ValidateName, given), want)
		})
	}
}
