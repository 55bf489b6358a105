package buildpipeline

import (
	"cmp"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// SourceS3 is the provider of a zip file in Amazon S3.
const SourceS3 = "S3"

// UploadSpec holds the settings of a source in Amazon S3.
type UploadSpec struct {
	// ObjectKey is the object key of the zip file with the source code. Only for S3. The stack creates the bucket, and
	// the output sourceLocations shows the S3 URL of the file. Each upload of the file starts the pipeline. The
	// uploader needs s3:PutObject. By default source.zip.
	ObjectKey string `json:"objectKey"`
}

// objectKeyPattern allows the characters that are safe in an object key ("Naming Amazon S3 objects", Amazon S3 User
// Guide).
var objectKeyPattern = regexp.MustCompile(`^[\w!.*'()-][\w!.*'()/-]*$`)

// maxValueCharacters is the maximum length of a value in the configuration of an action, such as the object key
// ("ActionConfiguration", AWS CodePipeline API Reference). Amazon S3 itself allows 1024 characters for a key.
const maxValueCharacters = 1000

// validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *UploadSpec) validate(prefix string, found *problems.List) {
	if s.ObjectKey != "" && (len(s.ObjectKey) > maxValueCharacters || !objectKeyPattern.MatchString(s.ObjectKey)) {
		found.Add(prefix+"objectKey", s.ObjectKey,
			"the key of an object: up to %d letters, digits, slashes and !-_.*'(), not beginning with a slash", maxValueCharacters)
	}
}

// Key returns the key of the zip file.
func (s *UploadSpec) Key() string { return cmp.Or(s.ObjectKey, "source.zip") }

// newUploadSource creates the bucket for the source code. AWS refuses to delete it while it holds an object, unless
// ForceDestroy is set.
func (p *BuildPipeline) newUploadSource(ctx *pulumi.Context) error {
	if p.args.Source.Provider != SourceS3 {
		return nil
	}
	var err error
	p.uploads, err = newObjectSource(ctx, p.name+"-source", &s3.BucketV2Args{ForceDestroy: pulumi.Bool(p.args.ForceDestroy)},
		p.args.Source.Key(), p, func(*objectSource) []policy.Statement { return nil })
	if err == nil {
		p.SourceLocation = p.uploads.location()
	}
	return err
}
