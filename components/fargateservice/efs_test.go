package fargateservice_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// withFileSystems returns a service with two file systems. It mounts one of them through two access points.
func withFileSystems() *fargateservice.Args {
	return &fargateservice.Args{Spec: fargateservice.Spec{
		WritablePaths: []string{"/tmp"}, EgressPorts: []int{443, 2049},
		EFSSpec: fargateservice.EFSSpec{EfsVolumes: []fargateservice.EFSVolumeSpec{
			{FileSystemID: "fs-0123456789abcdef0", AccessPointID: "fsap-0123456789abcdef0", ContainerPath: "/data", SecurityGroupID: "sg-0123456789abcdef0"},
			{FileSystemID: "fs-0123456789abcdef0", AccessPointID: "fsap-0123456789abcdef1", ContainerPath: "/logos", ReadOnly: true, SecurityGroupID: "sg-0123456789abcdef0"},
			{FileSystemID: "fs-1123456789abcdef0", RootDirectory: "/shared", ContainerPath: "/shared"},
		}},
	}}
}

// The registered revision and taskdef.json mount the same file systems. Only mounts through access points use the task
// role. Only the configured security group gets a rule.
func TestEFS(t *testing.T) {
	var template string
	r := &enginetest.Engine{}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		service, err := setup{service: withFileSystems(), blueGreen: true}.register(ctx)
		require.NoError(t, err)
		service.TaskDefinitionTemplate.ApplyT(func(text string) string { template = text; return text })
		return nil
	})
	volumes := func(id string) list {
		by := func(point string) object {
			return object{id: "fs-0123456789abcdef0", "transitEncryption": "ENABLED", "authorizationConfig": object{"accessPointId": point, "iam": "ENABLED"}}
		}
		return list{
			object{"name": "writable-0"},
			object{"name": "efs-0", "efsVolumeConfiguration": by("fsap-0123456789abcdef0")},
			object{"name": "efs-1", "efsVolumeConfiguration": by("fsap-0123456789abcdef1")},
			object{"name": "efs-2", "efsVolumeConfiguration": object{id: "fs-1123456789abcdef0", "transitEncryption": "ENABLED", "rootDirectory": "/shared"}},
		}
	}
	definition := r.One(t, "ecs.TaskDefinition", "web")
	require.Equal(t, volumes("fileSystemId"), definition.Inputs["volumes"])
	var taskdef struct{ Volumes, ContainerDefinitions list }
	require.NoError(t, json.Unmarshal([]byte(template), &taskdef))
	require.Equal(t, volumes("fileSystemId"), taskdef.Volumes)
	for _, container := range []object{definition.Container(t), taskdef.ContainerDefinitions[0].(object)} {
		require.Equal(t, list{
			object{"sourceVolume": "writable-0", "containerPath": "/tmp"},
			object{"sourceVolume": "efs-0", "containerPath": "/data"},
			object{"sourceVolume": "efs-1", "containerPath": "/logos", "readOnly": true},
			object{"sourceVolume": "efs-2", "containerPath": "/shared"},
		}, container["mountPoints"])
	}
	require.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
		 "Resource": ["arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-0123456789abcdef0"],
		 "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-0123456789abcdef0"}}},
		{"Effect": "Allow", "Action": ["elasticfilesystem:ClientMount"],
		 "Resource": ["arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-0123456789abcdef0"],
		 "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-0123456789abcdef1"}}}
	]}`, r.One(t, "iam.RolePolicy", "web-task").Inputs["policy"].(string))

	const rule = "web-sg-0123456789abcdef0-2049"
	in, out := r.One(t, "vpc.SecurityGroupIngressRule", rule), r.One(t, "vpc.SecurityGroupEgressRule", rule)
	require.Equal(t, object{"securityGroupId": "sg-0123456789abcdef0", "referencedSecurityGroupId": "web-tasks-securitygroup",
		"description": "Tasks of web", "ipProtocol": "tcp", "fromPort": 2049.0, "toPort": 2049.0}, in.Inputs)
	require.Equal(t, object{"securityGroupId": "web-tasks-securitygroup", "referencedSecurityGroupId": "sg-0123456789abcdef0",
		"description": "To the file system", "ipProtocol": "tcp", "fromPort": 2049.0, "toPort": 2049.0}, out.Inputs)
	service := r.One(t, "ecs.Service", "web")
	for _, needed := range []*enginetest.Resource{in, out, r.One(t, "iam.RolePolicy", "web-task")} {
		require.True(t, service.Needs(needed), "a task that starts without %s cannot mount the file system", needed.URN)
	}
}

// A changed file system changes the shape: the service gets a new revision with the running image.
func TestEFSChanges(t *testing.T) {
	before := labels(t, withFileSystems(), false)
	for name, test := range map[string]struct {
		change func(*fargateservice.Spec)
		kept   bool
	}{
		"nothing":            {func(*fargateservice.Spec) {}, true},
		"the security group": {func(s *fargateservice.Spec) { s.EfsVolumes[0].SecurityGroupID = "sg-1123456789abcdef0" }, true},
		"the file system":    {func(s *fargateservice.Spec) { s.EfsVolumes[2].FileSystemID = "fs-2123456789abcdef0" }, false},
		"the access point":   {func(s *fargateservice.Spec) { s.EfsVolumes[0].AccessPointID = "fsap-2123456789abcdef0" }, false},
		"the directory":      {func(s *fargateservice.Spec) { s.EfsVolumes[2].RootDirectory = "" }, false},
		"read only":          {func(s *fargateservice.Spec) { s.EfsVolumes[0].ReadOnly = true }, false},
		"all are gone":       {func(s *fargateservice.Spec) { s.EfsVolumes = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			args := withFileSystems()
			test.change(&args.Spec)
			requireKept(t, test.kept, args, before)
		})
	}
}

func TestEFSRefuses(t *testing.T) {
	one := func(change func(*fargateservice.EFSVolumeSpec)) fargateservice.Spec {
		volume := fargateservice.EFSVolumeSpec{FileSystemID: "fs-01234567", ContainerPath: "/data", SecurityGroupID: "sg-01234567"}
		change(&volume)
		return fargateservice.Spec{WritablePaths: []string{"/tmp"}, EFSSpec: fargateservice.EFSSpec{EfsVolumes: []fargateservice.EFSVolumeSpec{volume}}}
	}
	for name, test := range map[string]struct {
		given fargateservice.Spec
		want  string
	}{
		"no file system":       {one(func(v *fargateservice.EFSVolumeSpec) { v.FileSystemID = "" }), "efsVolumes[0].fileSystemId: is missing"},
		"an ARN":               {one(func(v *fargateservice.EFSVolumeSpec) { v.FileSystemID = "arn:aws:a" }), `efsVolumes[0].fileSystemId: "arn:aws:a" is not allowed: the id of a file system`},
		"a bad access point":   {one(func(v *fargateservice.EFSVolumeSpec) { v.AccessPointID = "fs-01234567" }), `efsVolumes[0].accessPointId: "fs-01234567" is not allowed`},
		"a relative directory": {one(func(v *fargateservice.EFSVolumeSpec) { v.RootDirectory = "a" }), `efsVolumes[0].rootDirectory: "a" is not allowed: an absolute path`},
		"two directories": {one(func(v *fargateservice.EFSVolumeSpec) { v.RootDirectory, v.AccessPointID = "/a", "fsap-01234567" }),
			`efsVolumes[0].rootDirectory: "/a" is not allowed: none with accessPointId`},
		"no path":            {one(func(v *fargateservice.EFSVolumeSpec) { v.ContainerPath = "" }), "efsVolumes[0].containerPath: is missing"},
		"the root":           {one(func(v *fargateservice.EFSVolumeSpec) { v.ContainerPath = "/" }), `efsVolumes[0].containerPath: "/" is not allowed`},
		"a writable path":    {one(func(v *fargateservice.EFSVolumeSpec) { v.ContainerPath = "/tmp" }), `efsVolumes[0].containerPath: "/tmp" is not allowed: a path that no other entry`},
		"a bad group":        {one(func(v *fargateservice.EFSVolumeSpec) { v.SecurityGroupID = "efs" }), `efsVolumes[0].securityGroupId: "efs" is not allowed`},
		"no way to the port": {one(func(v *fargateservice.EFSVolumeSpec) { v.SecurityGroupID = "" }), "efsVolumes[0].securityGroupId: is missing: the security group of the mount targets, or 2049 in egressPorts"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			require.ErrorContains(t, r.Run(setup{service: &fargateservice.Args{Spec: test.given}}.program, nil), test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}
