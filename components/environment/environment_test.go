package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

const clusterName = "fargate-cd-test"

// program registers an environment with the name of the stack.
func program(args environment.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		args.ClusterName = clusterName
		_, err := environment.New(ctx, enginetest.Stack, &args)
		return err
	}
}

// existingNetwork returns the settings of an environment in an existing network.
func existingNetwork() environment.Spec {
	return environment.Spec{
		VpcID:            pulumi.String("vpc-0123456789abcdef0"),
		PublicSubnetIDs:  pulumi.ToStringArray([]string{"subnet-00000001", "subnet-00000002"}),
		PrivateSubnetIDs: pulumi.ToStringArray([]string{"subnet-00000003", "subnet-00000004"}),
	}
}

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)

// accessLogKinds holds the number of resources of each type that the access logs need.
var accessLogKinds = map[string]int{
	"s3.BucketV2": 1, "s3.BucketPublicAccessBlock": 1, "s3.BucketOwnershipControls": 1, "s3.BucketVersioningV2": 1,
	"s3.BucketServerSideEncryptionConfigurationV2": 1, "s3.BucketPolicy": 1, "s3.BucketLifecycleConfigurationV2": 1,
}

func TestChildren(t *testing.T) {
	withTest := existingNetwork()
	withTest.TestListenerPort, withTest.TestIngressCidrBlocks = 8080, []string{"203.0.113.0/24"}
	for name, test := range map[string]struct {
		given     environment.Spec
		balancers []string
		want      map[string]int
	}{
		"minimal": {
			want: map[string]int{
				"awsx:ec2:Vpc": 1, "ec2.VpcEndpoint": 1, "ec2.Eip": 1, "ec2.NatGateway": 1, "ec2.Route": 2,
				"ec2.DefaultSecurityGroup": 1, "ecs.Cluster": 1, "ec2.SecurityGroup": 1,
				"lb.LoadBalancer": 1, "lb.Listener": 1, "vpc.SecurityGroupIngressRule": 1,
			},
		},
		"full": {
			given: environment.Spec{
				NatGatewayStrategy: environment.NatGatewayOnePerAz,
				IngressCidrBlocks:  []string{"198.51.100.0/24", "203.0.113.0/24"},
				TestListenerPort:   8080, TestIngressCidrBlocks: []string{"10.1.0.0/16", "10.2.0.0/16"},
				DeletionProtection: pulumi.BoolRef(true),
			},
			want: map[string]int{
				"awsx:ec2:Vpc": 1, "ec2.VpcEndpoint": 1, "ec2.Eip": 2, "ec2.NatGateway": 2, "ec2.Route": 2,
				"ec2.DefaultSecurityGroup": 1, "ecs.Cluster": 1, "ec2.SecurityGroup": 1,
				"lb.LoadBalancer": 1, "lb.Listener": 2, "vpc.SecurityGroupIngressRule": 4,
			},
		},
		"an existing network": {
			given: withTest,
			want: map[string]int{
				"ecs.Cluster": 1, "ec2.SecurityGroup": 1,
				"lb.LoadBalancer": 1, "lb.Listener": 2, "vpc.SecurityGroupIngressRule": 2,
			},
		},
		"closed": {
			given: environment.Spec{IngressCidrBlocks: []string{}},
			want: map[string]int{
				"awsx:ec2:Vpc": 1, "ec2.VpcEndpoint": 1, "ec2.Eip": 1, "ec2.NatGateway": 1, "ec2.Route": 2,
				"ec2.DefaultSecurityGroup": 1, "ecs.Cluster": 1, "ec2.SecurityGroup": 1,
				"lb.LoadBalancer": 1, "lb.Listener": 1,
			},
		},
		"internal": {
			given:     environment.Spec{TestListenerPort: 8080},
			balancers: []string{environment.LoadBalancerInternal},
			want: map[string]int{
				"awsx:ec2:Vpc": 1, "ec2.VpcEndpoint": 1, "ec2.Eip": 1, "ec2.NatGateway": 1, "ec2.Route": 2,
				"ec2.DefaultSecurityGroup": 1, "ecs.Cluster": 1, "ec2.SecurityGroup": 1,
				"lb.LoadBalancer": 1, "lb.Listener": 2, "vpc.SecurityGroupIngressRule": 1,
			},
		},
		"both": {
			balancers: []string{environment.LoadBalancerInternal, environment.LoadBalancerPublic},
			want: map[string]int{
				"awsx:ec2:Vpc": 1, "ec2.VpcEndpoint": 1, "ec2.Eip": 1, "ec2.NatGateway": 1, "ec2.Route": 2,
				"ec2.DefaultSecurityGroup": 1, "ecs.Cluster": 1, "ec2.SecurityGroup": 2,
				"lb.LoadBalancer": 2, "lb.Listener": 2, "vpc.SecurityGroupIngressRule": 1,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, program(environment.Args{Spec: test.given, LoadBalancers: test.balancers}))
			for kind, count := range accessLogKinds {
				test.want[kind] = count
			}
			require.Equal(t, test.want, r.Children(t, "Environment", enginetest.Stack))
		})
	}
}

// Each network can reach only the port of the listener that is open to it.
func TestFirewall(t *testing.T) {
	configured := existingNetwork()
	configured.ListenerPort, configured.TestListenerPort, configured.TestIngressCidrBlocks = 8000, 8001, []string{"198.51.100.0/24"}
	for name, test := range map[string]struct {
		given environment.Spec
		want  map[string]float64 // network → port
	}{
		"production is open by default": {
			want: map[string]float64{"0.0.0.0/0": 80},
		},
		"the test listener is open to the configured networks only": {
			given: environment.Spec{TestListenerPort: 8080, TestIngressCidrBlocks: []string{"203.0.113.0/24"}},
			want:  map[string]float64{"0.0.0.0/0": 80, "203.0.113.0/24": 8080},
		},
		"as configured": {
			given: configured,
			want:  map[string]float64{"0.0.0.0/0": 8000, "198.51.100.0/24": 8001},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, program(environment.Args{Spec: test.given}))

			got := map[string]float64{}
			for _, rule := range r.All("vpc.SecurityGroupIngressRule") {
				require.Equal(t, "tcp", rule.Inputs["ipProtocol"])
				require.Equal(t, rule.Inputs["fromPort"], rule.Inputs["toPort"])
				require.Equal(t, "test-alb-securitygroup", rule.Inputs["securityGroupId"])
				require.NotEmpty(t, rule.Inputs["description"])
				got[rule.Inputs["cidrIpv4"].(string)] = rule.Inputs["fromPort"].(float64)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestSecurity(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: environment.Spec{
		TestListenerPort: 8080, TestIngressCidrBlocks: []string{"203.0.113.0/24"}, DeletionProtection: pulumi.BoolRef(true),
	}}))

	require.Equal(t, object{"vpcId": "test-vpc-id"}, r.One(t, "ec2.DefaultSecurityGroup", "test-default").Inputs,
		"a default security group without rules")
	require.Equal(t, object{"vpcId": "test-vpc-id", "description": "Load balancer of test"},
		r.One(t, "ec2.SecurityGroup", "test-alb").Inputs, "a group without inline rules")
	require.Equal(t, object{
		"name": clusterName, "settings": list{object{"name": "containerInsights", "value": "enabled"}},
	}, r.One(t, "ecs.Cluster", "test-cluster").Inputs)
	require.Equal(t, object{
		"loadBalancerType":         "application",
		"securityGroups":           list{"test-alb-securitygroup"},
		"subnets":                  list{"subnet-public-1", "subnet-public-2"},
		"dropInvalidHeaderFields":  true,
		"desyncMitigationMode":     "defensive",
		"idleTimeout":              60.0,
		"accessLogs":               object{"bucket": "test-access-logs-0abcdef", "prefix": "alb", "enabled": true},
		"enableDeletionProtection": true,
	}, r.One(t, "lb.LoadBalancer", "test-alb").Inputs)
	for name, port := range map[string]float64{"test-production": 80, "test-test": 8080} {
		require.Equal(t, object{
			"loadBalancerArn": "arn:aws:lb:eu-central-1:111122223333:loadbalancer/test-alb",
			"port":            port,
			"protocol":        "HTTP",
			"defaultActions": list{object{"type": "fixed-response", "fixedResponse": object{
				"contentType": "text/plain", "messageBody": "Not found", "statusCode": "404",
			}}},
		}, r.One(t, "lb.Listener", name).Inputs, "a listener answers 404 where no service has a rule")
	}
}

// An internal load balancer has private addresses in the subnets of the tasks. No network reaches its production
// listener. By default the created network reaches its test listener.
func TestInternalBalancer(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{
		Spec:          environment.Spec{TestListenerPort: 8080, DeletionProtection: pulumi.BoolRef(true)},
		LoadBalancers: []string{environment.LoadBalancerInternal},
	}))
	require.Equal(t, object{
		"loadBalancerType":         "application",
		"internal":                 true,
		"securityGroups":           list{"test-internal-securitygroup"},
		"subnets":                  list{"subnet-private-1", "subnet-private-2"},
		"dropInvalidHeaderFields":  true,
		"desyncMitigationMode":     "defensive",
		"idleTimeout":              60.0,
		"accessLogs":               object{"bucket": "test-access-logs-0abcdef", "prefix": "internal", "enabled": true},
		"enableDeletionProtection": true,
	}, r.One(t, "lb.LoadBalancer", "test-internal").Inputs)
	require.Equal(t, object{"vpcId": "test-vpc-id", "description": "Internal load balancer of test"},
		r.One(t, "ec2.SecurityGroup", "test-internal").Inputs)
	require.Equal(t, []string{"test-internal-production", "test-internal-test"}, enginetest.Names(r.All("lb.Listener")))
	require.Equal(t, []string{"test-internal-test-10.0.0.0/16"}, enginetest.Names(r.All("vpc.SecurityGroupIngressRule")))
	require.Equal(t, object{
		"securityGroupId": "test-internal-securitygroup", "cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp",
		"fromPort": 8080.0, "toPort": 8080.0, "description": "10.0.0.0/16 to the test-internal-test listener",
	}, r.All("vpc.SecurityGroupIngressRule")[0].Inputs)
}

// Deletion protection is on by default, unless forceDestroy allows the stack to lose its data.
func TestDeletionProtection(t *testing.T) {
	for _, test := range []struct {
		given        *bool
		forceDestroy bool
		want         bool
	}{
		{nil, false, true}, {nil, true, false}, {pulumi.BoolRef(true), true, true}, {pulumi.BoolRef(false), false, false},
	} {
		r := &enginetest.Engine{}
		r.MustRun(t, program(environment.Args{Spec: environment.Spec{DeletionProtection: test.given}, ForceDestroy: test.forceDestroy}))
		balancer := r.One(t, "lb.LoadBalancer", "test-alb")
		require.Equal(t, test.want, balancer.Inputs["enableDeletionProtection"])
		require.Equal(t, test.want, balancer.Protect, "Pulumi deletes nothing if AWS refuses to delete this")
		require.Equal(t, test.want, r.One(t, "lb.Listener", "test-production").Protect)
	}
}

func TestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		name string
		args *environment.Args
		want string
	}{
		"nothing":    {name: "test", want: "the arguments of an Environment are missing"},
		"no cluster": {name: "test", args: &environment.Args{}, want: "clusterName: is missing"},
		"a bad name": {name: "9", args: &environment.Args{ClusterName: "c"}, want: `name: "9" is not allowed`},
		"a bad load balancer": {name: "test", want: `loadBalancers[0]: "private" is not allowed: one of public, internal`,
			args: &environment.Args{ClusterName: "c", LoadBalancers: []string{"private"}}},
		// A load balancer's name has 32 characters at most.
		"a long name": {name: "abcdefghijklmnop", want: `name: "abcdefghijklmnop" is not allowed: 1 to 15 characters with a service on the internal load balancer`,
			args: &environment.Args{ClusterName: "c", LoadBalancers: []string{environment.LoadBalancerInternal}}},
		"one private subnet": {name: "test", want: `privateSubnetIds: ["subnet-00000003"] is not allowed: two subnets or more, each in a different zone`,
			args: &environment.Args{
				ClusterName: "c", LoadBalancers: []string{environment.LoadBalancerInternal},
				Spec: environment.Spec{
					VpcID:            existingNetwork().VpcID,
					PublicSubnetIDs:  existingNetwork().PublicSubnetIDs,
					PrivateSubnetIDs: pulumi.StringArray{pulumi.String("subnet-00000003")},
				},
			}},
		"a bad setting": {name: "test", want: "listenerPort: -1 is not allowed", args: &environment.Args{
			ClusterName: "c", Spec: environment.Spec{ListenerPort: -1},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(func(ctx *pulumi.Context) error {
				_, err := environment.New(ctx, test.name, test.args)
				return err
			}, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.Registered, "nothing is registered")
		})
	}
}

// New does not change the caller's arguments when it fills in defaults.
func TestKeepsItsArguments(t *testing.T) {
	args := &environment.Args{ClusterName: clusterName}
	(&enginetest.Engine{}).MustRun(t, func(ctx *pulumi.Context) error {
		_, err := environment.New(ctx, enginetest.Stack, args)
		return err
	})
	require.Equal(t, &environment.Args{ClusterName: clusterName}, args)
}

// The ARNs of resources that the user has can be outputs.
func TestArnsOfOutputs(t *testing.T) {
	output := func(arn string) pulumi.StringInput { return pulumi.String(arn).ToStringOutput() }
	given := environment.Spec{
		CertificateArn: output(certificateArn), WafSpec: environment.WafSpec{WebAclArn: output(webACLArn)},
		PullThroughCache: environment.PullThroughCacheSpec{DockerHubSecretArn: output(pullThroughSecret)},
	}
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: given}))
	listener := r.One(t, "lb.Listener", "test-production").Inputs
	require.Equal(t, "HTTPS", listener["protocol"])
	require.Equal(t, certificateArn, listener["certificateArn"])
	require.Equal(t, webACLArn, r.One(t, "wafv2.WebAclAssociation", "test-alb").Inputs["webAclArn"])
	require.Equal(t, pullThroughSecret, r.One(t, "ecr.PullThroughCacheRule", "test").Inputs["credentialArn"])

	given.CertificateArn = output("certificate")
	err := new(enginetest.Engine).Run(program(environment.Args{Spec: given}), nil)
	require.ErrorContains(t, err, `certificateArn: "certificate" is not allowed: the ARN of a certificate`)
}
