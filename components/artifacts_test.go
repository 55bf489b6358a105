package components_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

func TestArtifactBucket(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(components.BuildPipelineArgs{Source: fromGitHub}, nil).program)

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
		require.Equal(t, want, r.One(t, kind, "web-artifacts").Inputs, kind)
	}

	policy := r.One(t, "s3.BucketPolicy", "web-artifacts")
	require.Equal(t, bucket, policy.Inputs["bucket"])
	require.Equal(t, []string{
		"Deny * s3:* on " + artifactBucket + " " + artifactBucket + "/* if Bool aws:SecureTransport false",
	}, policy.Policy(t, "policy"))
	require.True(t, policy.Needs(r.One(t, "s3.BucketPublicAccessBlock", "web-artifacts")),
		"S3 refuses two changes of a bucket's access at once")

	key := r.One(t, "kms.Key", "web-artifacts")
	require.True(t, r.One(t, "s3.BucketV2", "web-artifacts").Needs(key),
		"a bucket that S3 refuses to delete keeps the key that reads its objects")
	require.Equal(t, []string{"Allow map[AWS:arn:aws:iam::111122223333:root] kms:* on *"}, key.Policy(t, "policy"))
	delete(key.Inputs, "policy")
	require.Equal(t, object{
		"description": "Pipeline artifacts of web", "enableKeyRotation": true, "deletionWindowInDays": 7.0,
	}, key.Inputs)
}

// CodePipeline names the folder of its artifacts after the first twenty characters of its own name.
func TestArtifactsOfALongName(t *testing.T) {
	r := &enginetest.Engine{}
	name := strings.Repeat("a", 18)
	r.MustRun(t, func(ctx *pulumi.Context) error {
		env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
		require.NoError(t, err)
		service, err := fargateservice.New(ctx, name, &fargateservice.Args{Environment: env})
		require.NoError(t, err)
		_, err = components.NewBuildPipeline(ctx, name, &components.BuildPipelineArgs{
			Source: fromGitHub, Environment: env, Service: service,
		})
		return err
	})
	rules := r.One(t, "s3.BucketLifecycleConfigurationV2", name+"-artifacts").Inputs["rules"].(list)
	prefix := rules[0].(object)["filter"].(object)["prefix"].(string)
	folder := (name + "-0abcdef")[:20]
	require.True(t, strings.HasPrefix(folder, prefix), "%s begins %s", prefix, folder)
	for _, role := range []string{"image", "pipeline"} {
		require.Contains(t, r.One(t, "iam.RolePolicy", name+"-"+role).Inputs["policy"], prefix[:len(prefix)-1])
	}
	require.Contains(t, r.One(t, "iam.RolePolicy", name+"-image").Inputs["policy"], "-artifacts/"+prefix+"*/Image/*")
}

// The program's part of a blue/green deployment: what CodePipeline's
// CodeDeployToECS action reads beside the image.
func TestDeploymentFiles(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{
		service: &fargateservice.Args{Spec: fargateservice.Spec{
			Cpu: 512, Memory: 1024, ContainerPort: 5000, Environment: map[string]string{"B": "2", "A": "<1>"},
		}},
		deployment: allAtOnce,
		pipeline:   &components.BuildPipelineArgs{Source: fromGitHub},
	}.program)

	upload := r.One(t, "s3.BucketObjectv2", "web-deployment")
	files := enginetest.Unzip(t, upload.Inputs["contentBase64"].(string))
	require.Len(t, files, 2)
	golden.Compare(t, "taskdef.json", files["taskdef.json"])
	golden.Compare(t, "appspec.yaml", files["appspec.yaml"])
	delete(upload.Inputs, "contentBase64")
	require.Equal(t, object{
		"bucket": "web-artifacts-0abcdef", "key": "deployment/push.zip", "contentType": "application/zip",
	}, upload.Inputs)
	change := r.One(t, "s3.BucketObjectv2", "web-change")
	require.Equal(t, "deployment/change.zip", change.Inputs["key"])
	marked := enginetest.Unzip(t, change.Inputs["contentBase64"].(string))
	require.NotEmpty(t, marked["configuration-change"], "the mark by which the builds know that nothing was pushed")
	delete(marked, "configuration-change")
	require.Equal(t, files, marked)
	require.True(t, change.Needs(upload), "a push after the change must have the new files")
	require.True(t, change.Needs(r.One(t, "s3.BucketNotification", "web-artifacts")), "a change that nobody hears of starts nothing")
	require.True(t, upload.Needs(r.One(t, "s3.BucketVersioningV2", "web-artifacts")),
		"a source of CodePipeline needs versions from the first upload on")
	require.Equal(t, object{"bucket": "web-artifacts-0abcdef", "eventbridge": true},
		r.One(t, "s3.BucketNotification", "web-artifacts").Inputs)
}

func TestAppSpecWithPublicTasks(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{
		environment: environment.Spec{AssignPublicIP: true},
		service:     someService, deployment: allAtOnce, pipeline: &components.BuildPipelineArgs{Source: fromGitHub},
	}.program)
	files := enginetest.Unzip(t, r.One(t, "s3.BucketObjectv2", "web-deployment").Inputs["contentBase64"].(string))
	golden.Compare(t, "appspec-public.yaml", files["appspec.yaml"])
}
