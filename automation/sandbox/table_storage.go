package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	repositoryType = "aws:ecr/repository:Repository"
	bucketType     = "aws:s3/bucketV2:BucketV2"
	objectType     = "aws:s3/bucketObjectv2:BucketObjectv2"
)

var ofRepository = ref{path: "repository", to: repositoryType, by: "name",
	absent: "RepositoryNotFoundException: The repository with name '%s' does not exist"}

var ofBucket = toBucket("bucket")

func toBucket(path string) ref {
	return ref{path: path, to: bucketType, by: "bucket arn",
		absent: "NoSuchBucket: The specified bucket does not exist: %s"}
}

// mintOfBucket gives a bucket's sub-resource the bucket's name as its id, as the provider does.
func mintOfBucket(_ *account, p resource.PropertyMap) (string, outputs) {
	return text(p, "bucket"), nil
}

func mintOfRepository(_ *account, p resource.PropertyMap) (string, outputs) {
	return text(p, "repository"), outputs{"registryId": AccountID}
}

var storageKinds = []kind{
	{
		token: repositoryType, args: ecr.RepositoryArgs{}, state: ecr.RepositoryState{},
		name: &naming{property: "name", max: 256, lower: true}, fixed: "encryptionConfigurations name",
		unique: &unique{"name", "RepositoryAlreadyExistsException"},
		rules: []rule{
			matches("name", `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`,
				"lower-case letters and digits, separated by single . _ - or /"),
			matches("name", `.{2,256}`, "2 to 256 characters"),
			oneOf("imageTagMutability", "MUTABLE", "IMMUTABLE"),
			oneOf("encryptionConfigurations[].encryptionType", "AES256", "KMS"),
		},
		refs: []ref{withKey("encryptionConfigurations[].kmsKey")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			name := text(p, "name")
			return name, outputs{"arn": a.arn("ecr", "repository/"+name), "registryId": AccountID,
				"repositoryUrl": fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com/%s", AccountID, a.region, name)}
		},
	},
	{
		token: "aws:ecr/lifecyclePolicy:LifecyclePolicy", args: ecr.LifecyclePolicyArgs{}, state: ecr.LifecyclePolicyState{},
		fixed: "policy repository", need: "policy", rules: []rule{document("policy")}, refs: []ref{ofRepository}, mint: mintOfRepository,
	},
	{
		token: "aws:ecr/repositoryPolicy:RepositoryPolicy", args: ecr.RepositoryPolicyArgs{}, state: ecr.RepositoryPolicyState{},
		fixed: "repository", need: "policy", rules: []rule{policy("policy")}, refs: []ref{ofRepository}, mint: mintOfRepository,
	},
	{
		token: bucketType, args: s3.BucketV2Args{}, state: s3.BucketV2State{}, global: true,
		name: &naming{property: "bucket", max: 63, lower: true}, fixed: "bucket bucketPrefix objectLockEnabled",
		later: "accelerationStatus acl bucketPrefix corsRules grants lifecycleRules loggings objectLockConfiguration " +
			"objectLockEnabled policy replicationConfigurations requestPayer serverSideEncryptionConfigurations versionings websites",
		unique: &unique{"bucket", "BucketAlreadyOwnedByYou"},
		rules: []rule{
			matches("bucket", `[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]`, "3 to 63 lower-case letters, digits, . and -, "+
				"with a letter or digit at both ends"),
			lacks("bucket", `\.\.|^xn--|^sthree-|-s3alias$|--ol-s3$|^\d+\.\d+\.\d+\.\d+$`,
				"a name that is no IP address and has no .., xn--, sthree-, -s3alias or --ol-s3"),
		},
		release: func(a *account, it item) error {
			if flag(it.Props, "forceDestroy") {
				return nil
			}
			objects, err := a.all(objectType)
			if err != nil {
				return err
			}
			for _, object := range objects {
				if text(object.Props, "bucket") == it.ID {
					return fmt.Errorf("BucketNotEmpty: The bucket you tried to delete is not empty (%s); "+
						"set forceDestroy to true and run up first", it.ID)
				}
			}
			return nil
		},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			name := text(p, "bucket")
			return name, outputs{"arn": fmt.Sprintf("arn:%s:s3:::%s", partition(a.region), name), "region": a.region,
				"bucketDomainName":         name + ".s3.amazonaws.com",
				"bucketRegionalDomainName": fmt.Sprintf("%s.s3.%s.amazonaws.com", name, a.region),
				"hostedZoneId":             "Z21DNDUVLTQW6Q", "requestPayer": "BucketOwner"}
		},
	},
	{
		token: "aws:s3/bucketVersioningV2:BucketVersioningV2",
		args:  s3.BucketVersioningV2Args{}, state: s3.BucketVersioningV2State{},
		fixed: "bucket expectedBucketOwner", refs: []ref{ofBucket}, mint: mintOfBucket,
		rules: []rule{oneOf("versioningConfiguration.status", "Enabled", "Suspended", "Disabled")},
	},
	{
		token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		args:  s3.BucketPublicAccessBlockArgs{}, state: s3.BucketPublicAccessBlockState{},
		fixed: "bucket", refs: []ref{ofBucket}, mint: mintOfBucket,
	},
	{
		token: "aws:s3/bucketPolicy:BucketPolicy", args: s3.BucketPolicyArgs{}, state: s3.BucketPolicyState{},
		fixed: "bucket", need: "policy", refs: []ref{ofBucket}, rules: []rule{policy("policy")}, mint: mintOfBucket,
	},
	{
		token: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
		args:  s3.BucketServerSideEncryptionConfigurationV2Args{}, state: s3.BucketServerSideEncryptionConfigurationV2State{},
		fixed: "bucket expectedBucketOwner", need: "rules", mint: mintOfBucket,
		refs:  []ref{ofBucket, withKey("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")},
		rules: []rule{oneOf("rules[].applyServerSideEncryptionByDefault.sseAlgorithm", "AES256", "aws:kms", "aws:kms:dsse")},
	},
	{
		token: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
		args:  s3.BucketLifecycleConfigurationV2Args{}, state: s3.BucketLifecycleConfigurationV2State{},
		fixed: "bucket expectedBucketOwner", need: "rules", refs: []ref{ofBucket}, mint: mintOfBucket,
		rules: []rule{oneOf("rules[].status", "Enabled", "Disabled"), between("rules[].expiration.days", 1, 2147483647),
			longest("rules[].id", 255)},
	},
	{
		token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
		args:  s3.BucketOwnershipControlsArgs{}, state: s3.BucketOwnershipControlsState{},
		fixed: "bucket", refs: []ref{ofBucket}, mint: mintOfBucket,
		rules: []rule{oneOf("rule.objectOwnership", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")},
	},
	{
		token: "aws:s3/bucketNotification:BucketNotification",
		args:  s3.BucketNotificationArgs{}, state: s3.BucketNotificationState{},
		fixed: "bucket", need: "lambdaFunctions[].events queues[].events topics[].events",
		refs: []ref{ofBucket}, mint: mintOfBucket,
	},
	{
		token: objectType, args: s3.BucketObjectv2Args{}, state: s3.BucketObjectv2State{}, key: "arn",
		fixed: "bucket key", need: "bucket key", moving: "etag versionId",
		later: "acl bucketKeyEnabled contentType etag kmsKeyId serverSideEncryption storageClass",
		refs:  []ref{ofBucket}, rules: []rule{exclusive("source", "content", "contentBase64")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			bucket, key := text(p, "bucket"), text(p, "key")
			out := objectOutputs()
			out["arn"] = fmt.Sprintf("arn:%s:s3:::%s/%s", partition(a.region), bucket, key)
			out["contentType"], out["storageClass"], out["serverSideEncryption"] = "binary/octet-stream", "STANDARD", "AES256"
			return key, out
		},
		alter: func(_ *account, _, _ resource.PropertyMap) (outputs, error) { return objectOutputs(), nil },
	},
}

// objectOutputs are what changes each time an object is written.
func objectOutputs() outputs { return outputs{"etag": randomHex(32), "versionId": randomHex(32)} }
