package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
)

const (
	bucketType = "aws:s3/bucketV2:BucketV2"
	objectType = "aws:s3/bucketObjectv2:BucketObjectv2"
)

func toBucket(path string) ref {
	return ref{path: path, to: bucketType, by: "bucket", absent: "NoSuchBucket: The specified bucket does not exist: %s"}
}

// ofBucket is the reference of an object or a setting to its bucket. AWS deletes the object or setting with the bucket.
var ofBucket = toBucket("bucket").asPart()

var s3Kinds = []kind{
	{
		new: s3.NewBucketV2, global: true,
		name: &naming{property: "bucket", max: 63, lower: true}, fixed: "bucket",
		unique:  &unique{"bucket", "BucketAlreadyOwnedByYou"},
		release: releaseBucket, id: "{bucket}",
		out: outputs{"arn": "arn:{partition}:s3:::{bucket}", "region": "{region}", "bucketDomainName": "{bucket}.s3.amazonaws.com",
			"bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com"},
	},
	{
		new: s3.NewBucketVersioningV2, fixed: "bucket", refs: []ref{ofBucket}, id: "{bucket}",
	},
	{
		new: s3.NewBucketPublicAccessBlock, fixed: "bucket", refs: []ref{ofBucket}, id: "{bucket}",
	},
	{
		new:   s3.NewBucketPolicy,
		fixed: "bucket", refs: []ref{ofBucket}, rules: []rule{policy("policy")}, id: "{bucket}",
	},
	{
		new: s3.NewBucketServerSideEncryptionConfigurationV2, fixed: "bucket", id: "{bucket}",
		refs: []ref{ofBucket, withKey("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")},
	},
	{
		new: s3.NewBucketLifecycleConfigurationV2, fixed: "bucket", refs: []ref{ofBucket}, id: "{bucket}",
	},
	{
		new: s3.NewBucketOwnershipControls, fixed: "bucket", refs: []ref{ofBucket}, id: "{bucket}",
	},
	{
		new: s3.NewBucketNotification, fixed: "bucket", refs: []ref{ofBucket}, id: "{bucket}",
	},
	{
		new: s3.NewBucketObjectv2, fixed: "bucket key", refs: []ref{ofBucket},
		id: "{key}", key: "arn", out: outputs{"arn": "arn:{partition}:s3:::{bucket}/{key}"},
	},
}

// releaseBucket refuses to delete a bucket with objects, unless forceDestroy is set.
func releaseBucket(a *account, it item) error {
	object, found, err := a.find(objectType, "bucket", it.ID)
	if err != nil || !found || flag(it.Props, "forceDestroy") {
		return err
	}
	return fmt.Errorf("BucketNotEmpty: The bucket you tried to delete is not empty (%s has %s); "+
		"set forceDestroy to true and run up first", it.ID, object.ID)
}
