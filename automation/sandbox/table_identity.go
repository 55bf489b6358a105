package sandbox

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	roleType   = "aws:iam/role:Role"
	policyType = "aws:iam/policy:Policy"
	keyType    = "aws:kms/key:Key"
)

// ofRole is a reference to a role by ARN, as services take it.
func ofRole(path string) ref {
	return ref{path: path, to: roleType, by: "arn",
		absent: "InvalidParameterException: The role %s is invalid or cannot be assumed: it does not exist"}
}

// partOfRole is a reference by name, which keeps the role from deletion.
var partOfRole = ref{path: "role", to: roleType, by: "name",
	absent: "NoSuchEntity: The role with name %s cannot be found.",
	holds:  "DeleteConflict: Cannot delete entity, must remove policies from the role first."}

// withKey is a reference to a KMS key by ARN or id.
func withKey(path string) ref {
	return ref{path: path, to: keyType, by: "arn id", except: "alias/",
		absent: "KMS.NotFoundException: Key '%s' does not exist"}
}

var entityName = matches("name", `[\w+=,.@-]+`, "letters, digits and _+=,.@-")

var identityKinds = []kind{
	{
		token: roleType, args: iam.RoleArgs{}, state: iam.RoleState{}, global: true, foreign: true,
		name: named(64), fixed: "name namePrefix path", need: "assumeRolePolicy",
		later:  "inlinePolicies managedPolicyArns namePrefix",
		unique: &unique{"name", "EntityAlreadyExists"},
		rules: []rule{entityName, longest("name", 64), policy("assumeRolePolicy"),
			between("maxSessionDuration", 3600, 43200), matches("path", `/|/[\x21-\x7e]+/`, "a path such as /service/"),
			longest("description", 1000), lacks("description", `[^\t\n\r -~¡-ÿ]`, "characters of Latin-1")},
		refs: []ref{{path: "managedPolicyArns[]", to: policyType, by: "arn",
			absent: "NoSuchEntity: Policy %s does not exist or is not attachable.", holds: attachedPolicy}},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			path := text(p, "path")
			if path == "" {
				path = "/"
			}
			return text(p, "name"), outputs{"arn": a.globalArn("iam", "role"+path+text(p, "name")),
				"createDate": now(), "uniqueId": "AROA" + upper(17)}
		},
	},
	{
		token: "aws:iam/rolePolicy:RolePolicy", args: iam.RolePolicyArgs{}, state: iam.RolePolicyState{}, global: true,
		name: named(128), fixed: "name namePrefix role", need: "policy role", later: "namePrefix",
		rules: []rule{entityName, policy("policy")}, refs: []ref{partOfRole},
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "role") + ":" + text(p, "name"), nil
		},
	},
	{
		token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		args:  iam.RolePolicyAttachmentArgs{}, state: iam.RolePolicyAttachmentState{}, global: true,
		fixed: "policyArn role", need: "role",
		rules: []rule{matches("policyArn", `arn:[\w-]+:iam::(\d{12}|aws):policy/.+`, "the ARN of a policy")},
		refs: []ref{partOfRole, {path: "policyArn", to: policyType, by: "arn",
			absent: "NoSuchEntity: Policy %s does not exist or is not attachable.", holds: attachedPolicy}},
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "role") + "-" + randomHex(26), nil
		},
	},
	{
		token: policyType, args: iam.PolicyArgs{}, state: iam.PolicyState{}, global: true, foreign: true,
		name: named(128), fixed: "description name namePrefix path", need: "policy", later: "namePrefix",
		unique: &unique{"name path", "EntityAlreadyExists"},
		rules:  []rule{entityName, policy("policy")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			path := text(p, "path")
			if path == "" {
				path = "/"
			}
			arn := a.globalArn("iam", "policy"+path+text(p, "name"))
			return arn, outputs{"arn": arn, "policyId": "ANPA" + upper(17)}
		},
	},
	{
		token: keyType, args: kms.KeyArgs{}, state: kms.KeyState{}, foreign: true,
		fixed: "customKeyStoreId customerMasterKeySpec keyUsage multiRegion xksKeyId",
		later: "description multiRegion policy rotationPeriodInDays",
		rules: []rule{policy("policy"), between("deletionWindowInDays", 7, 30), between("rotationPeriodInDays", 90, 2560),
			oneOf("keyUsage", "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			id := uuid()
			return id, outputs{"arn": a.arn("kms", "key/"+id), "keyId": id}
		},
	},
	{
		token: "aws:kms/alias:Alias", args: kms.AliasArgs{}, state: kms.AliasState{},
		name:  &naming{property: "name", max: 256, start: "alias/"},
		fixed: "name namePrefix", later: "namePrefix", unique: &unique{"name", "AlreadyExistsException"},
		rules: []rule{matches("name", `alias/[a-zA-Z0-9/_-]{1,250}`, "alias/ and letters, digits and /_-"),
			lacks("name", `^alias/aws/`, "a name that does not begin with alias/aws/")},
		refs: []ref{{path: "targetKeyId", to: keyType, by: "id arn",
			absent: "NotFoundException: Key '%s' does not exist"}},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			out := outputs{"arn": a.arn("kms", text(p, "name")), "targetKeyArn": text(p, "targetKeyId")}
			if key, ok, err := a.find(keyType, "id arn", text(p, "targetKeyId")); ok && err == nil {
				out["targetKeyArn"] = text(key.Props, "arn")
			}
			return text(p, "name"), out
		},
	},
}

const attachedPolicy = "DeleteConflict: Cannot delete a policy attached to entities."

// now is the time as AWS writes it.
func now() string { return time.Now().UTC().Format(time.RFC3339) }
