package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
	"fargate-cd/components/environment"
)

// platform is the program of the other stack, which creates the environment.
func platform(ctx *pulumi.Context) error {
	env, err := environment.New(ctx, "platform", &environment.Args{ClusterName: "platform"})
	if err != nil {
		return err
	}
	ctx.Export("connectionArn", pulumi.String(
		"arn:aws:codeconnections:eu-central-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef"))
	ctx.Export("vpcId", env.VpcID)
	ctx.Export("taskSubnetIds", env.TaskSubnetIDs)
	ctx.Export("listenerArn", env.Public.ListenerArn)
	ctx.Export("loadBalancerSecurityGroupId", env.Public.SecurityGroupID)
	return nil
}

// The stack adds a service to the other stack's environment. Its destroy leaves the other stack unchanged.
func TestRun(t *testing.T) {
	stateDir := t.TempDir()
	shared := open(t, stack.Options{Dir: project(t, "platform"), Stack: "shared", Program: platform, StateDir: stateDir})
	before, err := shared.Up(t.Context())
	require.NoError(t, err)

	dev := open(t, stack.Options{
		Dir: ".", Stack: "dev", ConfigFile: stackFile(t, t.TempDir(), "dev"), Program: run, StateDir: stateDir,
		Config: map[string]any{
			"platform": "organization/platform/shared", "clusterName": "platform", "repository": "acme/hello",
		},
	})
	up, err := dev.Up(t.Context())
	require.NoError(t, err)
	require.Regexp(t, "^hello-", up.Outputs["pipelineName"])
	require.Regexp(t, "^hello-task-", up.Outputs["taskRoleName"])
	components, err := dev.Components(t.Context())
	require.NoError(t, err)
	var types []string
	for _, c := range components {
		types = append(types, c.Type)
	}
	require.Equal(t, []string{"fargate-cd:components:BuildPipeline", "fargate-cd:components:FargateService"}, types,
		"the stack creates no environment")
	again, err := dev.Up(t.Context())
	require.NoError(t, err)
	require.Zero(t, again.Changes.Any(), "%v", again.Steps)

	_, err = dev.Destroy(t.Context())
	require.NoError(t, err)
	after, err := shared.Up(t.Context())
	require.NoError(t, err)
	require.Zero(t, after.Changes.Any(), "%v", after.Steps)
	require.Equal(t, before.Outputs, after.Outputs)
}

// project creates a project with a stack named shared, and returns its directory.
func project(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: "+name+"\nruntime: go\n"), 0o644))
	stackFile(t, dir, "shared")
	return dir
}

// stackFile writes a stack file, and returns its path.
func stackFile(t *testing.T, dir, name string) string {
	t.Helper()
	file := filepath.Join(dir, "Pulumi."+name+".yaml")
	require.NoError(t, os.WriteFile(file, []byte("config:\n  aws:region: eu-central-1\n"), 0o644))
	return file
}

// open opens a stack in the sandbox and closes it when the test ends.
func open(t *testing.T, o stack.Options) *stack.Stack {
	t.Helper()
	o.Place = stack.Sandbox
	s, err := stack.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
