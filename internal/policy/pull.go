package policy

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// PullActions are the IAM actions to pull images from a repository ("Repository policy
// examples", Amazon ECR User Guide).
var PullActions = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

// Pull returns the statements that allow a role to pull images from the Amazon ECR
// repositories with the given ARNs.
func Pull(repositories ...pulumi.StringInput) []Statement {
	return []Statement{
		{Sid: "Login", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		{Sid: "Pull", Actions: PullActions, Resources: pulumi.StringArray(repositories)},
	}
}
