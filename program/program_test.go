package program

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// preview runs a preview of a program on the stack dev.
func preview(e *enginetest.Engine, program pulumi.RunFunc, config map[string]string) error {
	e.Stack, e.Preview = "dev", true
	return e.Run(program, config)
}

// The program reads the configuration from an unexported map of the SDK. This test must
// fail if an SDK no longer has this map. Without it, every stack would seem to have no
// configuration.
func TestStackConfig(t *testing.T) {
	given := map[string]string{"aws:region": "eu-central-1", "fargate-cd:services": "[]", "fargate-cd:vpcId": ""}
	var got map[string]string
	require.NoError(t, preview(&enginetest.Engine{}, func(ctx *pulumi.Context) error {
		got = stackConfig(ctx)
		return nil
	}, given))
	require.Equal(t, given, got)
}

func TestRunRefusesBeforeAnythingIsRegistered(t *testing.T) {
	for name, test := range map[string]struct{ key, value, want string }{
		"an unknown key": {"fargate-cd:service", "web", `fargate-cd:service: there is no such key (its value is "web")`},
		"a wrong type":   {"fargate-cd:listenerPort", "http", `fargate-cd:listenerPort: "http" is not allowed: a whole number`},
		"a pair of CPU and memory": {"fargate-cd:services", services(service("a", `"cpu": 1024, "memory": 512`)),
			"fargate-cd:services[0].memory: 512 is not allowed: with cpu 1024 Fargate has 2048 to 8192 MiB in steps of 1024"},
		"a priority twice": {"fargate-cd:services", services(service("a", `"priority": 100`), service("b", `"priority": 100`)),
			"fargate-cd:services[1].priority: 100 is not allowed: it must be unique in the stack, and service a already has it"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &enginetest.Engine{}
			err := preview(e, Run, map[string]string{"fargate-cd:services": minimal, test.key: test.value})
			require.ErrorContains(t, err, test.want)
			require.Empty(t, e.Registered)
		})
	}
}

// The key build.architecture sets the architecture of both the build machine and the tasks.
func TestArchitecture(t *testing.T) {
	e := &enginetest.Engine{}
	require.NoError(t, preview(e, Run, map[string]string{
		"fargate-cd:services": services(service("web", `"build": {"architecture": "ARM64"}`)),
	}))
	definition, project := e.One(t, "ecs.TaskDefinition", "web").Inputs, e.One(t, "codebuild.Project", "web-image").Inputs
	require.Equal(t, "ARM64", definition["runtimePlatform"].(map[string]any)["cpuArchitecture"])
	require.Equal(t, "ARM_CONTAINER", project["environment"].(map[string]any)["type"])
}

// An account that requires a permissions boundary refuses a single role without it.
func TestPermissionsBoundary(t *testing.T) {
	const boundary = "arn:aws:iam::111122223333:policy/boundary"
	e := &enginetest.Engine{}
	require.NoError(t, preview(e, Run, map[string]string{
		"fargate-cd:permissionsBoundaryArn": boundary,
		"fargate-cd:services":               services(service("web", `"deployment": {"strategy": "ECSAllAtOnce"}, "api": {}`)),
	}))
	roles := e.All("iam.Role")
	require.GreaterOrEqual(t, len(roles), 6)
	for _, role := range roles {
		require.Equal(t, boundary, role.Inputs["permissionsBoundary"], role.Name)
	}
	_, err := Parse("fargate-cd", "dev", map[string]string{"fargate-cd:permissionsBoundaryArn": "boundary", "fargate-cd:services": minimal})
	require.ErrorContains(t, err, `fargate-cd:permissionsBoundaryArn: "boundary" is not allowed: the ARN of a managed policy`)
}

func TestTag(t *testing.T) {
	e := &enginetest.Engine{}
	require.NoError(t, preview(e, func(ctx *pulumi.Context) error {
		if err := tag(ctx); err != nil {
			return err
		}
		_, err := s3.NewBucketV2(ctx, "own", &s3.BucketV2Args{
			Tags: pulumi.StringMap{"pulumi:stack": pulumi.String("mine"), "team": pulumi.String("a")},
		})
		require.NoError(t, err)
		_, err = s3.NewBucketV2(ctx, "late", &s3.BucketV2Args{
			Tags: pulumi.StringMap{"pulumi:stack": pulumi.String("mine"), "team": pulumi.String("a")}.ToStringMapOutput(),
		})
		require.NoError(t, err)
		if _, err = s3.NewBucketV2(ctx, "none", nil); err != nil {
			return err
		}
		_, err = iam.NewRolePolicy(ctx, "untaggable", &iam.RolePolicyArgs{Role: pulumi.String("r"), Policy: pulumi.String("{}")})
		return err
	}, nil))

	for name, want := range map[string]object{
		"own":  {"pulumi:project": "fargate-cd", "pulumi:stack": "mine", "team": "a"},
		"late": {"pulumi:project": "fargate-cd", "pulumi:stack": "mine", "team": "a"},
		"none": {"pulumi:project": "fargate-cd", "pulumi:stack": "dev"},
	} {
		require.Equal(t, object{"tags": want}, e.One(t, "s3.BucketV2", name).Inputs)
	}
	require.Equal(t, object{"role": "r", "policy": "{}"}, e.One(t, "iam.RolePolicy", "untaggable").Inputs)
}
