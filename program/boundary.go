package program

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// limitRoles sets the permissions boundary on every role of the stack, if there is one. A stack transformation covers
// the roles of all components, because an account that requires a boundary refuses any role without it.
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
