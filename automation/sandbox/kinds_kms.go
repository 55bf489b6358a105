package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"

const keyType = "aws:kms/key:Key"

// withKey returns a reference to a KMS key by ARN or id.
func withKey(path string) ref {
	return ref{path: path, to: keyType, by: "arn id", absent: "KMS.NotFoundException: Key '%s' does not exist"}
}

var kmsKinds = []kind{
	{
		new: kms.NewKey, rules: []rule{policy("policy")},
		id: "{uuid}", out: outputs{"arn": "arn:{partition}:kms:{region}:{account}:key/{id}", "keyId": "{id}"},
	},
}
