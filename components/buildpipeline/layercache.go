package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
)

// Places of the image build's layer cache.
const (
	CacheLocal    = "Local"    // CodeBuild's own cache on the build machine
	CacheRegistry = "Registry" // an ECR repository
	CacheS3       = "S3"       // CodeBuild's own cache in the artifact bucket
	CacheNone     = "None"
)

// cacheTag is the tag of the layers in the repository of the cache.
const cacheTag = "layers"

// layersDirectory is the directory of the layers that CodeBuild keeps in Amazon S3.
const layersDirectory = "/tmp/layers"

// layerCache returns BuildKit's arguments for the cache, and the commands to run after a build. The cache holds the
// layers of every stage of the Dockerfile (mode=max). Both are "" for Local and None.
//
// ECR accepts a cache only as an image manifest with OCI media types ("Announcing remote cache support in Amazon ECR
// for BuildKit clients", AWS Containers Blog).
//
// With S3, BuildKit writes the cache to a directory, and CodeBuild stores the directory in the bucket as one file.
// BuildKit never deletes anything from the directory, so each build writes a new one ("Local cache", Docker
// documentation). BuildKit can also use a bucket itself, but that has two problems: its credentials are those from the
// beginning of the build, which expire after an hour (moby/buildkit#3903), and it stores an object for each layer, none
// of which may expire before the object that lists them.
func (b *BuildSpec) layerCache() (arguments, after string) {
	const registry = `type=registry,ref="$CACHE_URI:` + cacheTag + `"`
	switch b.Cache {
	case CacheRegistry:
		return ` --cache-from ` + registry + ` --cache-to ` + registry + `,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`, ""
	case CacheS3:
		return ` --cache-from type=local,src="$CACHE_DIRECTORY" --cache-to type=local,dest="$CACHE_DIRECTORY.new",mode=max,ignore-error=true`,
			` && { test ! -e "$CACHE_DIRECTORY.new" || { rm -rf "$CACHE_DIRECTORY" && mv "$CACHE_DIRECTORY.new" "$CACHE_DIRECTORY"; } || true; }`
	default:
		return "", ""
	}
}

// addLayerCache configures the layer cache of an image build. For the Registry cache it also creates the repository.
func (p *BuildPipeline) addLayerCache(ctx *pulumi.Context, args *projectArgs) error {
	args.cache = noCache
	switch p.args.Build.Cache {
	case CacheLocal:
		args.cache = codebuild.ProjectCacheArgs{Type: pulumi.String("LOCAL"), Modes: pulumi.ToStringArray([]string{"LOCAL_DOCKER_LAYER_CACHE"})}
	case CacheS3:
		args.cache = p.store.cacheIn(layersFolder)
		args.own["CACHE_DIRECTORY"] = pulumi.String(layersDirectory)
		args.statements = append(args.statements, p.store.caches(layersFolder))
	case CacheRegistry:
		layers, err := p.newCacheRepository(ctx)
		if err != nil {
			return err
		}
		args.own["CACHE_URI"] = layers.RepositoryUrl
		args.statements = append(args.statements, policy.Statement{
			Sid: "Layers", Actions: imageActions, Resources: pulumi.StringArray{layers.Arn},
		})
	}
	return nil
}

// layersExpire is the lifecycle policy that deletes layers that newer layers have replaced.
var layersExpire = lifecyclePolicy{Rules: []lifecycleRule{{
	RulePriority: 1,
	Description:  "Replaced layers expire",
	Selection:    lifecycleSelection{TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: 1},
	Action:       lifecycleAction{Type: "expire"},
}}}

// newCacheRepository creates the ECR repository of the cached layers. Its tag is mutable, because every build replaces
// the cache. Deleting the repository loses nothing, because a build can create the layers again.
func (p *BuildPipeline) newCacheRepository(ctx *pulumi.Context) (*ecr.Repository, error) {
	name := p.name + "-layers"
	repository, err := ecr.NewRepository(ctx, name, &ecr.RepositoryArgs{
		ImageTagMutability: pulumi.String("MUTABLE"), ForceDelete: pulumi.Bool(true),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("creating the ECR repository of the layer cache: %w", err)
	}
	lifecycle, err := deterministic.JSON(layersExpire)
	if err != nil {
		return nil, fmt.Errorf("writing lifecycle policy: %w", err)
	}
	_, err = ecr.NewLifecyclePolicy(ctx, name, &ecr.LifecyclePolicyArgs{
		Repository: repository.Name, Policy: pulumi.String(lifecycle),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("creating lifecycle policy of the layer cache: %w", err)
	}
	return repository, nil
}
