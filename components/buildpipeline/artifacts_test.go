package buildpipeline_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

func TestArtifactBucket(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub}, nil).program)

	const bucket = "web-artifacts-0abcdef"
	for kind, want := range map[string]object{
		"s3.BucketPublicAccessBlock": {
			"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		},
		"s3.BucketOwnershipControls": {"rule": object{"objectOwnership": "BucketOwnerEnforced"}},
		"s3.BucketVersioningV2":      {"versioningConfiguration": object{"status": "Enabled"}},
		"s3.BucketServerSideEncryptionConfigurationV2": {"rules": list{object{
			"bucketKeyEnabled":                   true,
			"applyServerSideEncryptionByDefault": object{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": artifactKey},
		}}},
		"s3.BucketLifecycleConfigurationV2": {"rules": list{
			object{
				"id": "artifacts", "status": "Enabled", "filter": object{"prefix": "web-"},
				"expiration": object{"days": 90.0},
			},
			object{
				"id": "old-caches", "status": "Enabled", "filter": object{"prefix": "cache/"},
				"noncurrentVersionExpiration": object{"noncurrentDays": 1.0},
			},
			object{
				"id": "old-versions", "status": "Enabled", "filter": object{"prefix": ""},
				"noncurrentVersionExpiration":    object{"noncurrentDays": 90.0},
				"abortIncompleteMultipartUpload": object{"daysAfterInitiation": 7.0},
			},
		}},
	} {
		want["bucket"] = bucket
		setting := r.One(t, kind, "web-artifacts")
		require.Equal(t, want, setting.Inputs, kind)
		require.Contains(t, setting.DeletedWith, "aws:s3/", "a bucket that S3 refuses to delete keeps its %s", kind)
	}

	policy := r.One(t, "s3.BucketPolicy", "web-artifacts")
	require.Equal(t, bucket, policy.Inputs["bucket"])
	require.Equal(t, []string{
		"Deny * s3:* on " + artifactBucket + " " + artifactBucket + "/* if Bool aws:SecureTransport false",
	}, policy.Policy(t, "policy"))
	require.True(t, policy.Needs(r.One(t, "s3.BucketPublicAccessBlock", "web-artifacts")),
		"S3 refuses two concurrent changes of a bucket's access")

	key := r.One(t, "kms.Key", "web-artifacts")
	require.True(t, r.One(t, "s3.BucketV2", "web-artifacts").Needs(key),
		"a bucket that S3 refuses to delete keeps the key that reads its objects")
	require.Equal(t, []string{"Allow map[AWS:arn:aws:iam::111122223333:root] kms:* on *"}, key.Policy(t, "policy"))
	delete(key.Inputs, "policy")
	require.Equal(t, object{
		"description": "Pipeline artifacts of web", "enableKeyRotation": true, "deletionWindowInDays": 7.0,
	}, key.Inputs)
}

// The artifact folder of a pipeline is the first twenty characters of the pipeline's name.
func TestArtifactsOfALongName(t *testing.T) {
	r := &enginetest.Engine{}
	name := strings.Repeat("a", 18)
	r.MustRun(t, func(ctx *pulumi.Context) error {
		env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
		require.NoError(t, err)
		service, err := fargateservice.New(ctx, name, &fargateservice.Args{Environment: env})
		require.NoError(t, err)
		_, err = buildpipeline.New(ctx, name, &buildpipeline.Args{
			Source: fromGitHub, Service: service,
		})
		return err
	})
	rules := r.One(t, "s3.BucketLifecycleConfigurationV2", name+"-artifacts").Inputs["rules"].(list)
	prefix := rules[0].(object)["filter"].(object)["prefix"].(string)
	folder := (name + "-0abcdef")[:20]
	require.True(t, strings.HasPrefix(folder, prefix), "%s is a prefix of %s", prefix, folder)
	for _, role := range []string{"image", "pipeline"} {
		require.Contains(t, r.One(t, "iam.RolePolicy", name+"-"+role).Inputs["policy"], prefix[:len(prefix)-1])
	}
	require.Contains(t, r.One(t, "iam.RolePolicy", name+"-image").Inputs["policy"], "-artifacts/"+prefix+"*/Image/*")
}

// A pipeline can use a key of another stack. The bucket depends on the key that its objects need, and is deleted first.
func TestArtifactKeyArn(t *testing.T) {
	const arn = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, ArtifactKeyArn: pulumi.String(arn).ToStringOutput()}, nil).program)
	require.Zero(t, r.Children(t, "BuildPipeline", "web")["kms.Key"])
	require.Equal(t, arn, r.One(t, "codepipeline.Pipeline", "web").Inputs["artifactStores"].(list)[0].(object)["encryptionKey"].(object)["id"])

	r = &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub}, nil).program)
	require.True(t, r.One(t, "s3.BucketV2", "web-artifacts").Needs(r.One(t, "kms.Key", "web-artifacts")))

	err := new(enginetest.Engine).Run(pipelineOf(buildpipeline.Args{Source: fromGitHub, ArtifactKeyArn: pulumi.String("alias/mine")}, nil).program, nil)
	require.ErrorContains(t, err, `artifactKeyArn: "alias/mine" is not allowed: the ARN of a KMS key, not of an alias`)
}
