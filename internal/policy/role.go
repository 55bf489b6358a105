package policy

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Role is an IAM role with its inline policy, which is nil for a role that may do nothing.
type Role struct {
	*iam.Role
	policy *iam.RolePolicy
}

// NewRole creates a role and, when there are statements, its one inline policy,
// both as children of the parent. What needs the role depends on Ready.
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

// Ready returns the resources to depend on so that the role can do its work: a
// service that starts before its role's policy fails with AccessDenied, and
// one that outlives it hangs when it is deleted.
func (r *Role) Ready() []pulumi.Resource {
	if r.policy == nil {
		return []pulumi.Resource{r.Role}
	}
	return []pulumi.Resource{r.Role, r.policy}
}
