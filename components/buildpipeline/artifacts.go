package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/s3bucket"
)

// NewArtifactKey creates the KMS key that encrypts the artifacts of the pipelines that share it (Args.ArtifactKeyArn). The
// pipelines share a key because AWS charges for each key every month. The permissions on the buckets separate the
// services, not the key.
func NewArtifactKey(ctx *pulumi.Context, name string, account environment.Account, opts ...pulumi.ResourceOption) (*kms.Key, error) {
	key, err := kms.NewKey(ctx, name+"-artifacts", &kms.KeyArgs{
		Description:          pulumi.String("Pipeline artifacts of " + name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(7), // the minimum: every build creates its artifacts again
		Policy:               policy.Document(policy.AccountDecides(account.Partition, account.ID)),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("creating the key of pipeline artifacts: %w", err)
	}
	return key, nil
}

// artifactStore is the bucket through which the actions of one pipeline exchange
// files, with the KMS key that encrypts it.
type artifactStore struct {
	bucket *s3.BucketV2
	keyArn pulumi.StringOutput
	// folder is the prefix of the object key of every artifact.
	folder string
	// settings are the resources that must exist before the first upload to the bucket.
	settings []pulumi.Resource
}

func newArtifactStore(ctx *pulumi.Context, name string, keyArn pulumi.StringOutput, forceDestroy bool, parent pulumi.Resource) (*artifactStore, error) {
	// S3 refuses to delete a bucket that is not empty. The bucket depends on its key, so that such a bucket also keeps the
	// key that its objects need.
	key := keyArn.ApplyT(func(string) []pulumi.Resource { return nil }).(pulumi.ResourceArrayOutput)
	bucket, err := s3.NewBucketV2(ctx, name+"-artifacts", &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(forceDestroy),
	}, pulumi.Parent(parent), pulumi.DependsOnInputs(key))
	if err != nil {
		return nil, fmt.Errorf("creating artifact bucket: %w", err)
	}
	store := &artifactStore{bucket: bucket, keyArn: keyArn, folder: name + "-"}
	store.settings, err = s3bucket.Secure(ctx, name+"-artifacts", bucket, keyArn, parent)
	if err != nil {
		return nil, err
	}
	return store, store.expire(ctx, name, parent)
}

// artifactDays is the retention of artifacts, in days. During this time, CodePipeline can retry an execution or roll
// back to it.
const artifactDays = 90

// cacheFolder is the first part of the object key of every build cache. layersFolder is the first part of the object
// key of the image's layer cache.
const (
	cacheFolder  = "cache"
	layersFolder = cacheFolder + "/layers"
)

// expire creates the lifecycle rules that delete the artifacts of old executions, and old versions of all objects. A
// build reads only the newest version of its cache, so older versions expire after a day. If two rules apply to an
// object, the shorter time applies ("Examples of S3 Lifecycle configurations", Amazon S3 User Guide).
func (s *artifactStore) expire(ctx *pulumi.Context, name string, parent pulumi.Resource) error {
	rule := func(id, prefix string) s3.BucketLifecycleConfigurationV2RuleArgs {
		return s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String(id), Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String(prefix)},
		}
	}
	noncurrent := func(days int) s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs {
		return s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{NoncurrentDays: pulumi.Int(days)}
	}
	artifacts := rule("artifacts", s.folder)
	artifacts.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(artifactDays)}
	caches := rule("old-caches", cacheFolder+"/")
	caches.NoncurrentVersionExpiration = noncurrent(1)
	versions := rule("old-versions", "")
	versions.NoncurrentVersionExpiration = noncurrent(artifactDays)
	versions.AbortIncompleteMultipartUpload = s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
		DaysAfterInitiation: pulumi.Int(7),
	}
	lifecycle, err := s3.NewBucketLifecycleConfigurationV2(ctx, name+"-artifacts", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.bucket.Bucket,
		Rules:  s3.BucketLifecycleConfigurationV2RuleArray{artifacts, caches, versions},
	}, s3bucket.SettingOptions(s.bucket, parent), pulumi.DependsOn(s.settings)) // a rule for old versions has no effect without versioning
	if err != nil {
		return fmt.Errorf("setting the lifecycle of artifacts: %w", err)
	}
	s.settings = append(s.settings, lifecycle)
	return nil
}

// ofPipeline returns the store as an argument of a pipeline.
func (s *artifactStore) ofPipeline() codepipeline.PipelineArtifactStoreArray {
	return codepipeline.PipelineArtifactStoreArray{codepipeline.PipelineArtifactStoreArgs{
		Type:          pulumi.String("S3"),
		Location:      s.bucket.Bucket,
		EncryptionKey: codepipeline.PipelineArtifactStoreEncryptionKeyArgs{Type: pulumi.String("KMS"), Id: s.keyArn},
	}}
}

// objects returns an ARN pattern that matches all objects in the bucket.
func (s *artifactStore) objects() pulumi.StringOutput { return pulumi.Sprintf("%s/*", s.bucket.Arn) }

// artifacts returns an ARN pattern that matches all objects of all artifacts. See artifact.
func (s *artifactStore) artifacts() pulumi.StringOutput {
	return pulumi.Sprintf("%s/%s*/*", s.bucket.Arn, s.folder)
}

// artifact returns an ARN pattern that matches all objects of one artifact.
//
// The object key consists of the first 20 characters of the pipeline's name, the first 10 characters of the artifact's
// name, and an id ("Pipeline artifact folder names appear to be truncated", AWS CodePipeline User Guide; published keys
// look like CodeBuild-Python-Pip/SourceArti/1TspnN3; awsdocs/aws-cloudformation-user-guide#733). The pipeline's name is
// the service's name, a hyphen and Pulumi's suffix. A service's name has at most 18 characters, so every key begins
// with the name and the hyphen. The other objects do not match, because deployment/ and cache/ have no hyphen.
func (s *artifactStore) artifact(name string) pulumi.StringOutput {
	return pulumi.Sprintf("%s/%s*/%s/*", s.bucket.Arn, s.folder, name[:min(len(name), 10)])
}

// pipelineAccess returns the permissions that a pipeline's role needs on the bucket ("CodePipeline service role
// policy", AWS CodePipeline User Guide). objects is the ARN pattern of the objects that the pipeline uses. A source
// action that uses a connection uploads with an ACL (aws/aws-cdk#13557). taggedSource reports whether a source object
// may have tags: an object that the program uploads has tags, and an object that a person uploads may have tags. Then
// the role also needs the three actions on tags.
func (s *artifactStore) pipelineAccess(objects pulumi.StringInput, taggedSource bool) []policy.Statement {
	out := []policy.Statement{
		{Sid: "Bucket", Resources: pulumi.StringArray{s.bucket.Arn},
			Actions: []string{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"}},
		{Sid: "Artifacts", Resources: pulumi.StringArray{objects},
			Actions: []string{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"}},
	}
	if taggedSource {
		out = append(out, policy.Statement{Sid: "Tags", Resources: pulumi.StringArray{objects},
			Actions: []string{"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging"}})
	}
	return append(out, s.useKey())
}

// buildAccess returns the permissions that the role of every build needs on the bucket.
// The methods reads, writes and caches return the permissions on objects. A build runs
// commands from the repository, so it must not write taskdef.json, which determines the
// roles of the tasks.
func (s *artifactStore) buildAccess() []policy.Statement {
	return []policy.Statement{
		{Sid: "Bucket", Resources: pulumi.StringArray{s.bucket.Arn}, Actions: []string{"s3:GetBucketAcl", "s3:GetBucketLocation"}},
		s.useKey(),
	}
}

// reads returns the permissions to read one artifact.
func (s *artifactStore) reads(artifact string) policy.Statement {
	return policy.Statement{Sid: "Reads" + artifact, Resources: pulumi.StringArray{s.artifact(artifact)},
		Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}}
}

// writes returns the permission to write one artifact.
func (s *artifactStore) writes(artifact string) policy.Statement {
	return policy.Statement{Sid: "Writes" + artifact, Resources: pulumi.StringArray{s.artifact(artifact)}, Actions: []string{"s3:PutObject"}}
}

// cacheIn returns the cache setting of a build whose cache is in a folder of the bucket.
func (s *artifactStore) cacheIn(folder string) codebuild.ProjectCacheArgs {
	return codebuild.ProjectCacheArgs{Type: pulumi.String("S3"), Location: pulumi.Sprintf("%s/%s", s.bucket.Bucket, folder)}
}

// caches returns the permissions to use the build cache in a folder of the bucket.
func (s *artifactStore) caches(folder string) policy.Statement {
	return policy.Statement{Sid: "Cache", Resources: pulumi.StringArray{pulumi.Sprintf("%s/%s/*", s.bucket.Arn, folder)},
		Actions: []string{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"}}
}

// useKey returns the permissions to encrypt and decrypt the objects in the bucket.
func (s *artifactStore) useKey() policy.Statement {
	return policy.Statement{Sid: "Key", Resources: pulumi.StringArray{s.keyArn},
		Actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}}
}
