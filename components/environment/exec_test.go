package environment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// ECS Exec sessions are encrypted and logged, and their log is encrypted too.
func TestExec(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Exec: true, LogRetentionDays: 90}))
	key, logs := r.One(t, "kms.Key", "test-exec"), r.One(t, "cloudwatch.LogGroup", "test-exec")
	require.Equal(t, true, key.Inputs["enableKeyRotation"])
	require.True(t, key.RetainOnDelete && logs.RetainOnDelete, "the log records who did what")
	require.Equal(t, 30.0, key.Inputs["deletionWindowInDays"])
	require.Contains(t, key.Policy(t, "policy"), "Allow map[Service:logs.eu-central-1.amazonaws.com] kms:Decrypt* kms:Describe* kms:Encrypt* kms:GenerateDataKey* "+
		"kms:ReEncrypt* on * if ArnLike kms:EncryptionContext:aws:logs:arn arn:aws:logs:eu-central-1:111122223333:log-group:test-exec-*")
	require.Equal(t, map[string]any{"retentionInDays": 90.0, "kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/test-exec"}, logs.Inputs)
	require.Equal(t, map[string]any{"executeCommandConfiguration": map[string]any{
		"kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/test-exec", "logging": "OVERRIDE",
		"logConfiguration": map[string]any{"cloudWatchEncryptionEnabled": true, "cloudWatchLogGroupName": "test-exec-0abcdef"},
	}}, r.One(t, "ecs.Cluster", "test-cluster").Inputs["configuration"])

	r = &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Exec: true, ForceDestroy: true}))
	require.False(t, r.One(t, "kms.Key", "test-exec").RetainOnDelete || r.One(t, "cloudwatch.LogGroup", "test-exec").RetainOnDelete)

	r = &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{}))
	cluster := r.One(t, "ecs.Cluster", "test-cluster")
	require.NotContains(t, cluster.Inputs, "configuration")
	require.Equal(t, []string{"configuration"}, cluster.IgnoreChanges, "a cluster keeps its configuration when an update has none")
}
