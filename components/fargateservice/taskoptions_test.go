package fargateservice_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// The registered revision and taskdef.json have the same options.
func TestTaskOptions(t *testing.T) {
	given := fargateservice.Spec{
		Image: "httpd", Command: []string{"httpd"}, EntryPoint: []string{"/bin/sh", "-c"}, InitProcessEnabled: true, NofileLimit: 4096,
		WritablePaths: []string{"/tmp", "/var/run"}, EphemeralStorageGiB: 30,
		ContainerHealthCheck: &fargateservice.ContainerHealthCheckSpec{Command: []string{"CMD", "/check"}, StartPeriodSeconds: 20},
	}
	var template string
	r := &enginetest.Engine{}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
		require.NoError(t, err)
		service, err := fargateservice.New(ctx, "web", &fargateservice.Args{Spec: given, Environment: env, BlueGreen: true})
		require.NoError(t, err)
		service.TaskDefinitionTemplate.ApplyT(func(text string) string { template = text; return text })
		return nil
	})
	definition := r.One(t, "ecs.TaskDefinition", "web")
	require.Equal(t, list{object{"name": "writable-0"}, object{"name": "writable-1"}}, definition.Inputs["volumes"])
	require.Equal(t, object{"sizeInGib": 30.0}, definition.Inputs["ephemeralStorage"])

	var taskdef struct {
		Volumes, ContainerDefinitions list
		EphemeralStorage              object
	}
	require.NoError(t, json.Unmarshal([]byte(template), &taskdef))
	require.Equal(t, definition.Inputs["volumes"], taskdef.Volumes)
	require.Equal(t, object{"sizeInGiB": 30.0}, taskdef.EphemeralStorage, "RegisterTaskDefinition spells it so")
	options := object{
		"command": list{"httpd"}, "entryPoint": list{"/bin/sh", "-c"},
		"healthCheck":     object{"command": list{"CMD", "/check"}, "interval": 30.0, "timeout": 5.0, "retries": 3.0, "startPeriod": 20.0},
		"linuxParameters": object{"initProcessEnabled": true},
		"ulimits":         list{object{"name": "nofile", "softLimit": 4096.0, "hardLimit": 4096.0}},
		"mountPoints": list{object{"sourceVolume": "writable-0", "containerPath": "/tmp"},
			object{"sourceVolume": "writable-1", "containerPath": "/var/run"}},
	}
	for _, container := range []object{definition.Container(t), taskdef.ContainerDefinitions[0].(object)} {
		for key, want := range options {
			require.Equal(t, want, container[key], key)
		}
	}
}

func TestTaskOptionsRefuse(t *testing.T) {
	check := func(change func(*fargateservice.ContainerHealthCheckSpec)) fargateservice.Spec {
		spec := fargateservice.Spec{Image: "httpd", ContainerHealthCheck: &fargateservice.ContainerHealthCheckSpec{Command: []string{"CMD", "/check"}}}
		change(spec.ContainerHealthCheck)
		return spec
	}
	for name, test := range map[string]struct {
		given fargateservice.Spec
		want  string
	}{
		// The first image would not start, and the first deployment would copy the command of its revision.
		"a command of the first image":      {fargateservice.Spec{Command: []string{"a"}}, `command: ["a"] is not allowed: only with image`},
		"an entry point of the first image": {fargateservice.Spec{EntryPoint: []string{"a"}}, `entryPoint: ["a"] is not allowed: only with image`},
		"a check of the first image": {fargateservice.Spec{ContainerHealthCheck: &fargateservice.ContainerHealthCheckSpec{Command: []string{"CMD", "a"}}},
			`containerHealthCheck: ["CMD","a"] is not allowed: only with image`},
		"a check without CMD": {check(func(h *fargateservice.ContainerHealthCheckSpec) { h.Command = []string{"/check"} }),
			`containerHealthCheck.command: ["/check"] is not allowed: CMD and a command`},
		"interval": {check(func(h *fargateservice.ContainerHealthCheckSpec) { h.IntervalSeconds = 4 }),
			"containerHealthCheck.intervalSeconds: 4 is not allowed: a whole number from 5 to 300"},
		"timeout": {check(func(h *fargateservice.ContainerHealthCheckSpec) { h.TimeoutSeconds = 61 }),
			"containerHealthCheck.timeoutSeconds: 61 is not allowed: a whole number from 2 to 60"},
		"retries": {check(func(h *fargateservice.ContainerHealthCheckSpec) { h.Retries = 11 }),
			"containerHealthCheck.retries: 11 is not allowed: a whole number from 1 to 10"},
		"start period": {check(func(h *fargateservice.ContainerHealthCheckSpec) { h.StartPeriodSeconds = 301 }),
			"containerHealthCheck.startPeriodSeconds: 301 is not allowed: a whole number from 0 to 300"},
		"open files":    {fargateservice.Spec{NofileLimit: 1023}, "nofileLimit: 1023 is not allowed: a whole number from 1024 to 1048576"},
		"storage":       {fargateservice.Spec{EphemeralStorageGiB: 20}, "ephemeralStorageGiB: 20 is not allowed: a whole number from 21 to 200"},
		"the root":      {fargateservice.Spec{WritablePaths: []string{"/"}}, `writablePaths[0]: "/" is not allowed: an absolute path`},
		"a path twice":  {fargateservice.Spec{WritablePaths: []string{"/tmp", "/tmp"}}, `writablePaths[1]: "/tmp" is not allowed: each path only once`},
		"relative path": {fargateservice.Spec{WritablePaths: []string{"tmp"}}, `writablePaths[0]: "tmp" is not allowed: an absolute path`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			require.ErrorContains(t, r.Run(setup{service: &fargateservice.Args{Spec: test.given}}.program, nil), "the configuration is not valid: "+test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}
