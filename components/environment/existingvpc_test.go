package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// bothBalancers lists the load balancers in the subnets of both kinds.
var bothBalancers = []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}

// platform returns the outputs of a stack with the network of existingNetwork. change may change them.
func platform(change func(outputs object)) map[string]object {
	outputs := object{
		"vpcId":            "vpc-0123456789abcdef0",
		"publicSubnetIds":  list{"subnet-00000001", "subnet-00000002"},
		"privateSubnetIds": list{"subnet-00000003", "subnet-00000004"},
	}
	if change != nil {
		change(outputs)
	}
	return map[string]object{"organization/network/prod": outputs}
}

// inOutputs registers an environment in the network that the outputs of another stack name.
func inOutputs(ctx *pulumi.Context) error {
	stack, err := pulumi.NewStackReference(ctx, "organization/network/prod", nil)
	if err != nil {
		return err
	}
	return program(environment.Args{LoadBalancers: bothBalancers, Spec: environment.Spec{
		VpcID:            stack.GetStringOutput(pulumi.String("vpcId")),
		PublicSubnetIDs:  stack.GetOutput(pulumi.String("publicSubnetIds")).AsStringArrayOutput(),
		PrivateSubnetIDs: stack.GetOutput(pulumi.String("privateSubnetIds")).AsStringArrayOutput(),
	}})(ctx)
}

// Ids that are outputs of another stack give the same environment as those of a stack file.
func TestVpcOfAnotherStack(t *testing.T) {
	plain, late := &enginetest.Engine{}, &enginetest.Engine{Stacks: platform(nil)}
	plain.MustRun(t, program(environment.Args{LoadBalancers: bothBalancers, Spec: existingNetwork()}))
	late.MustRun(t, inOutputs)
	require.Equal(t, "vpc-0123456789abcdef0", late.One(t, "ec2.SecurityGroup", "test-alb").Inputs["vpcId"])
	want, got := plain.Sorted(), late.Sorted()
	require.Equal(t, enginetest.Names(want), enginetest.Names(got))
	for i := range want {
		want[i].DependsOn, got[i].DependsOn = nil, nil // those of an output include the stack
		require.Equal(t, want[i], got[i])
	}
	require.Equal(t, plain.LastArgs["ec2.getSubnets"], late.LastArgs["ec2.getSubnets"], "AWS is asked about the same subnets")
}

// Only whether the tasks get public addresses, and not the ids, decides in which subnets they run.
func TestPublicTasksInTheVpcOfAnotherStack(t *testing.T) {
	given := existingNetwork()
	given.AssignPublicIP, given.PrivateSubnetIDs = true, nil
	given.PublicSubnetIDs = pulumi.StringArray{pulumi.String("subnet-00000001"), pulumi.String("subnet-00000002").ToStringOutput()}
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{LoadBalancers: bothBalancers, Spec: given}))
	require.Equal(t, list{"subnet-00000001", "subnet-00000002"}, r.One(t, "lb.LoadBalancer", "test-internal").Inputs["subnets"])
}

// In a preview, the ids of a network that the same program creates are unknown. AWS cannot be asked about them.
func TestUnknownVpc(t *testing.T) {
	unknown := func(ctx *pulumi.Context) error {
		given := existingNetwork()
		given.VpcID = pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
		return program(environment.Args{LoadBalancers: bothBalancers, Spec: given})(ctx)
	}
	r := &enginetest.Engine{Preview: true}
	r.MustRun(t, unknown)
	require.NotContains(t, r.LastArgs, "ec2.getVpc", "nobody knows yet which VPC it is")
	require.NotContains(t, r.LastArgs, "ec2.getSubnets")
	require.Len(t, r.All("lb.LoadBalancer"), 2)
	require.NotContains(t, r.One(t, "ec2.SecurityGroup", "test-alb").Inputs, "vpcId")
	require.Empty(t, r.All("awsx:ec2:Vpc"))
}

// An output can turn out to be wrong. Then nothing is created in the network.
func TestVpcOfAnotherStackIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		outputs func(object)
		network func(*fakeVPC)
		want    []string
	}{
		"VPC id": {outputs: func(o object) { o["vpcId"] = "vpc" }, want: []string{`vpcId: "vpc" is not allowed: the id of a VPC`}},
		"no VPC": {outputs: func(o object) { o["vpcId"] = "" }, want: []string{`vpcId: "" is not allowed: the id of a VPC`}},
		"several ids": {
			outputs: func(o object) {
				o["vpcId"], o["publicSubnetIds"], o["privateSubnetIds"] = "vpc", list{"subnet-00000001"}, list{"subnet-00000001", "subnet"}
			},
			want: []string{
				`the configuration has 4 problems`, `vpcId: "vpc" is not allowed`,
				`publicSubnetIds: ["subnet-00000001"] is not allowed: with vpcId two subnets or more`,
				`privateSubnetIds[0]: "subnet-00000001" is not allowed: each subnet only once`,
				`privateSubnetIds[1]: "subnet" is not allowed: the id of a subnet`,
			},
		},
		"no private subnet": {outputs: func(o object) { o["privateSubnetIds"] = list{} },
			want: []string{`privateSubnetIds: [] is not allowed: with vpcId one subnet or more, or assignPublicIp: true`}},
		"one private subnet": {outputs: func(o object) { o["privateSubnetIds"] = list{"subnet-00000003"} },
			want: []string{`privateSubnetIds: ["subnet-00000003"] is not allowed: two subnets or more, each in a different zone`}},
		"no such VPC": {network: func(v *fakeVPC) { v.missing = true },
			want: []string{`vpcId: "vpc-0123456789abcdef0" is not allowed: a VPC in the account and the region of the stack`}},
		"several problems in AWS": {
			network: func(v *fakeVPC) {
				v.noDNS = true
				delete(v.zones, "subnet-00000003")
			},
			want: []string{
				`the configuration has 2 problems`, `vpcId: "vpc-0123456789abcdef0" is not allowed: a VPC with enableDnsSupport`,
				`privateSubnetIds[0]: "subnet-00000003" is not allowed: a subnet of vpc-0123456789abcdef0`,
			},
		},
		"no permission": {network: func(v *fakeVPC) { v.broken = "getSubnets" }, want: []string{"UnauthorizedOperation: no getSubnets"}},
	} {
		t.Run(name, func(t *testing.T) {
			network := validVPC()
			if test.network != nil {
				test.network(network)
			}
			r := &enginetest.Engine{Stacks: platform(test.outputs), Functions: network.functions()}
			err := r.Run(inOutputs, nil)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			require.Empty(t, r.All("ec2.SecurityGroup"))
			require.Empty(t, r.All("lb.LoadBalancer"))
		})
	}
}

// A known id is checked before anything is registered, also beside ids that are outputs.
func TestKnownIDsBesideOutputs(t *testing.T) {
	output := pulumi.ToStringArray([]string{"subnet-00000001", "subnet-00000002"}).ToStringArrayOutput()
	for name, test := range map[string]struct {
		change func(*environment.Spec)
		want   string
	}{
		"VPC id": {func(s *environment.Spec) { s.VpcID, s.PublicSubnetIDs = pulumi.String("vpc"), output },
			`vpcId: "vpc" is not allowed: the id of a VPC`},
		"subnet id": {func(s *environment.Spec) {
			s.PublicSubnetIDs, s.PrivateSubnetIDs = output, pulumi.StringArray{pulumi.String("subnet")}
		}, `privateSubnetIds[0]: "subnet" is not allowed: the id of a subnet`},
		"no public subnets": {func(s *environment.Spec) {
			s.VpcID, s.PublicSubnetIDs = pulumi.String("vpc-00000001").ToStringOutput(), nil
		},
			"publicSubnetIds: null is not allowed: with vpcId two subnets or more"},
		"no private subnets": {func(s *environment.Spec) { s.PublicSubnetIDs, s.PrivateSubnetIDs = output, nil },
			"privateSubnetIds: null is not allowed: with vpcId one subnet or more"},
		"subnets without a VPC": {func(s *environment.Spec) { s.VpcID, s.PublicSubnetIDs = nil, output },
			"vpcId: is missing: the id of the VPC of publicSubnetIds and privateSubnetIds"},
	} {
		t.Run(name, func(t *testing.T) {
			given := existingNetwork()
			test.change(&given)
			r := &enginetest.Engine{}
			err := r.Run(program(environment.Args{Spec: given}), nil)
			require.ErrorContains(t, err, "the configuration is not valid: "+test.want)
			require.Empty(t, r.Registered)
		})
	}
}
