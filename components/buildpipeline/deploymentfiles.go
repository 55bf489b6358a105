package buildpipeline

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/s3bucket"
)

// Files of the CodeDeployToECS action. changeFile marks an execution that a change of
// the configuration has started.
const (
	taskDefinitionFile = "taskdef.json"
	appSpecFile        = "appspec.yaml"
	changeFile         = "configuration-change"
)

// Object keys in the artifact bucket. Every push is deployed with the files in pushKey. A
// change of the configuration writes pushKey and then changeKey, which has the same files
// and changeFile. The upload of changeKey starts the pipeline with that object instead of
// pushKey.
const (
	pushKey   = "deployment/push.zip"
	changeKey = "deployment/change.zip"
)

// newPushFiles uploads taskdef.json and appspec.yaml to the artifact bucket, for the deployment of a push. The object
// names its KMS key, so that Pulumi uploads it again when the bucket gets another key, and the old key can be deleted.
// The object for changes does not need this: an execution reads it only just after its upload.
func (p *BuildPipeline) newPushFiles(ctx *pulumi.Context) error {
	if p.args.BlueGreen == nil {
		return nil
	}
	push, err := p.upload(ctx, p.name+"-deployment", pushKey, nil, p.store.keyArn, p.store.settings)
	if err != nil {
		return fmt.Errorf("uploading the files for pushes: %w", err)
	}
	p.pushFiles = push
	return nil
}

// newChangeFiles uploads the same files to changeKey. The upload starts the pipeline when the files change. It runs
// after every change of the pipeline, because an execution that is in progress during such a change fails ("Edit a
// pipeline in CodePipeline", CodePipeline User Guide).
func (p *BuildPipeline) newChangeFiles(ctx *pulumi.Context, pipeline pulumi.Resource) error {
	if p.args.BlueGreen == nil {
		return nil
	}
	notification, err := s3bucket.SendEvents(ctx, p.name+"-artifacts", p.store.bucket, p)
	if err != nil {
		return err
	}
	mark := map[string]string{changeFile: "The configuration of " + p.name + " has changed: the running image is deployed.\n"}
	p.changeFiles, err = p.upload(ctx, p.name+"-change", changeKey, mark, nil, []pulumi.Resource{p.pushFiles, notification, pipeline})
	if err != nil {
		return fmt.Errorf("uploading the files that start the pipeline: %w", err)
	}
	return nil
}

// upload uploads a zip of taskdef.json, appspec.yaml and the given files to the artifact bucket. The object does not get
// the tags of aws:defaultTags: an object has at most ten ("Categorizing your storage using tags", Amazon S3 User Guide).
func (p *BuildPipeline) upload(
	ctx *pulumi.Context, name, key string, more map[string]string, kmsKey pulumi.StringPtrInput, dependencies []pulumi.Resource,
) (*s3.BucketObjectv2, error) {
	content := pulumi.All(p.args.Service.TaskDefinitionTemplate, p.args.Service.AppSpec)
	return s3.NewBucketObjectv2(ctx, name, &s3.BucketObjectv2Args{
		Bucket: p.store.bucket.Bucket, Key: pulumi.String(key), ContentType: pulumi.String("application/zip"), KmsKeyId: kmsKey,
		OverrideProvider: s3.BucketObjectv2OverrideProviderArgs{
			DefaultTags: s3.BucketObjectv2OverrideProviderDefaultTagsArgs{Tags: pulumi.StringMap{}},
		},
		ContentBase64: content.ApplyT(func(known []any) (string, error) {
			files := map[string]string{taskDefinitionFile: known[0].(string), appSpecFile: known[1].(string)}
			maps.Copy(files, more)
			return deterministic.Zip(files)
		}).(pulumi.StringOutput),
	}, pulumi.Parent(p), pulumi.DependsOn(dependencies))
}
