package program

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// limitRoles gives every role of the stack the permissions boundary, if there is
// one. It does so in one place, for the roles of all components, as an account
// that requires a boundary refuses a single role without it.
func limitRoles(ctx *pulumi.Context, boundaryArn string) error {
	if boundaryArn == "" {
		return nil
	}
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		role, ok := args.Props.(*iam.RoleArgs)
		if !ok {
			return nil
		}
		role.PermissionsBoundary = pulumi.String(boundaryArn)
		return &pulumi.ResourceTransformationResult{Props: role, Opts: args.Opts}
	})
}
