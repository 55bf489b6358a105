package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

const listenerArn = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/existing/50dc6c495c0c9188/f2f7dc8efc522ab2"

// existingArgs returns the arguments for an existing environment.
func existingArgs() *environment.ExistingArgs {
	return &environment.ExistingArgs{
		ClusterName:   "existing",
		VpcID:         pulumi.String("vpc-0123456789abcdef0"),
		TaskSubnetIDs: pulumi.ToStringArray([]string{"subnet-00000001", "subnet-00000002"}),
		Public: &environment.ExistingLoadBalancer{
			ListenerArn: pulumi.String(listenerArn), SecurityGroupID: pulumi.String("sg-0123456789abcdef0"),
		},
	}
}

// Existing derives all values that a service needs from a few ids.
func TestExisting(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		env, err := environment.Existing(ctx, existingArgs())
		require.NoError(t, err)
		require.Equal(t, "existing", env.Cluster())
		require.Nil(t, env.Internal)
		require.Equal(t, 80, env.Public.ListenerPort)
		require.False(t, env.Public.HasTestListener())
		for name, value := range map[string]pulumi.StringOutput{
			"cluster": env.ClusterArn, "vpc": env.VpcID, "arn": env.Public.Arn, "suffix": env.Public.ArnSuffix,
		} {
			_, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{Name: value})
			require.NoError(t, err)
		}
		return nil
	})
	got := map[string]any{}
	for _, group := range r.All("cloudwatch.LogGroup") {
		got[group.Name] = group.Inputs["name"]
	}
	require.Equal(t, map[string]any{
		"cluster": "arn:aws:ecs:eu-central-1:111122223333:cluster/existing",
		"vpc":     "vpc-0123456789abcdef0",
		"arn":     "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/existing/50dc6c495c0c9188",
		"suffix":  "app/existing/50dc6c495c0c9188",
	}, got)
	require.Len(t, r.Registered, 4, "only the log groups that hold the values")
}

func TestExistingRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*environment.ExistingArgs)
		want   string
	}{
		"no cluster":       {func(a *environment.ExistingArgs) { a.ClusterName = "" }, "clusterName: is missing"},
		"no load balancer": {func(a *environment.ExistingArgs) { a.Public = nil }, "public: is missing: a load balancer"},
		"no network":       {func(a *environment.ExistingArgs) { a.VpcID = nil }, "vpcId: is missing: the id of a VPC"},
		"a bad network":    {func(a *environment.ExistingArgs) { a.VpcID = pulumi.String("vpc") }, `vpcId: "vpc" is not allowed: the id of a VPC`},
		"no subnets": {func(a *environment.ExistingArgs) { a.TaskSubnetIDs = pulumi.StringArray{} },
			"taskSubnetIds: 0 is not allowed: 1 to 16 subnets"},
		"a bad subnet": {func(a *environment.ExistingArgs) { a.TaskSubnetIDs = pulumi.ToStringArray([]string{"subnet"}) },
			`taskSubnetIds[0]: "subnet" is not allowed: the id of a subnet`},
		"a bad listener": {func(a *environment.ExistingArgs) { a.Public.ListenerArn = pulumi.String("arn") },
			`public.listenerArn: "arn" is not allowed: the ARN of a listener`},
		"a bad test listener": {func(a *environment.ExistingArgs) { a.Public.TestListenerArn = pulumi.String("arn") },
			`public.testListenerArn: "arn" is not allowed: the ARN of a listener`},
		"no security group": {func(a *environment.ExistingArgs) { a.Public.SecurityGroupID = nil },
			"public.securityGroupId: is missing: the id of a security group"},
		"a bad port": {func(a *environment.ExistingArgs) { a.Public.ListenerPort = -1 }, "public.listenerPort: -1 is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			args := existingArgs()
			test.change(args)
			err := new(enginetest.Engine).Run(func(ctx *pulumi.Context) error {
				_, err := environment.Existing(ctx, args)
				return err
			}, nil)
			require.ErrorContains(t, err, test.want)
		})
	}
	err := new(enginetest.Engine).Run(func(ctx *pulumi.Context) error {
		_, err := environment.Existing(ctx, nil)
		return err
	}, nil)
	require.ErrorContains(t, err, "the arguments of an existing Environment are missing")
}

// A value that is not known yet is checked during the update, which fails before any resource uses the value.
func TestExistingRefusesLater(t *testing.T) {
	r := &enginetest.Engine{}
	err := r.Run(func(ctx *pulumi.Context) error {
		other, err := ec2.NewSecurityGroup(ctx, "existing", nil) // its id is not the id of a VPC
		require.NoError(t, err)
		args := existingArgs()
		args.VpcID = other.ID()
		env, err := environment.Existing(ctx, args)
		require.NoError(t, err)
		_, err = ec2.NewSecurityGroup(ctx, "new", &ec2.SecurityGroupArgs{VpcId: env.VpcID})
		return err
	}, nil)
	require.ErrorContains(t, err, `vpcId: "existing-securitygroup" is not allowed: the id of a VPC`)
	require.Equal(t, []string{"existing"}, enginetest.Names(r.All("ec2.SecurityGroup")))
}
