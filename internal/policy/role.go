package policy

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Role is an IAM role with its inline policy. The policy is nil if the role has no permissions.
type Role struct {
	*iam.Role
	policy *iam.RolePolicy
}

// NewRole creates a role and, if there are statements, its inline policy, both as
// children of the parent. Resources that use the role must depend on Ready.
func NewRole(
	ctx *pulumi.Context, name, description string, assume pulumi.StringInput, parent pulumi.Resource, statements ...Statement,
) (*Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: assume,
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating role %s: %w", name, err)
	}
	if len(statements) == 0 {
		return &Role{Role: role}, nil
	}
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: Document(statements...),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating policy of role %s: %w", name, err)
	}
	return &Role{Role: role, policy: policy}, nil
}

// Ready returns the role and its policy. Resources that use the role must depend on both. A
// service that starts before its role's policy exists fails with AccessDenied. The
// deletion of a service hangs if the policy is deleted first.
func (r *Role) Ready() []pulumi.Resource {
	if r.policy == nil {
		return []pulumi.Resource{r.Role}
	}
	return []pulumi.Resource{r.Role, r.policy}
}
