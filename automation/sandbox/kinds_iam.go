package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"

const roleType = "aws:iam/role:Role"

// ofRole returns a reference to a role by ARN, which is the form that services require.
func ofRole(path string) ref {
	return ref{path: path, to: roleType, by: "arn",
		absent: "InvalidParameterException: The role %s is invalid or cannot be assumed: it does not exist"}
}

var iamKinds = []kind{
	{
		new: iam.NewRole, global: true,
		name: named(64), fixed: "name path", unique: &unique{"name", "EntityAlreadyExists"},
		rules: []rule{policy("assumeRolePolicy"), matches("description", `[\t\n\r -~¡-ÿ]*`, "characters of Latin-1")},
		id:    "{name}", out: outputs{"arn": "arn:{partition}:iam::{account}:role{path}{name}", "path": "/"},
	},
	{
		new: iam.NewRolePolicy, global: true,
		name: named(128), fixed: "name role", rules: []rule{policy("policy")},
		refs: []ref{{path: "role", to: roleType, by: "name",
			absent: "NoSuchEntity: The role with name %s cannot be found.",
			holds:  "DeleteConflict: Cannot delete entity, must remove policies from the role first."}},
		id: "{role}:{name}",
	},
	{
		new: iam.NewRolePolicyAttachment, global: true,
		fixed: "policyArn role",
		refs: []ref{{path: "role", to: roleType, by: "name",
			absent: "NoSuchEntity: The role with name %s cannot be found.",
			holds:  "DeleteConflict: Cannot delete entity, must detach all policies first."}},
		id: "{role}-{hex26}",
	},
}
