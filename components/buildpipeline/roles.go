package buildpipeline

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// statements returns the permissions of the pipeline's role: exactly those that its
// actions need ("How AWS CodePipeline works with IAM" and the action structure
// reference, AWS CodePipeline User Guide).
//
// Three ECS actions have the resource "*". ecs:ListTasks supports only container instances, which Fargate does not
// have, so a condition limits it to the cluster. ecs:DescribeTaskDefinition supports no resource types ("Actions,
// resources, and condition keys for Amazon Elastic Container Service", Service Authorization Reference). For
// ecs:RegisterTaskDefinition that page names the type task-definition, but the references of both deploy actions say
// "*". Only "*" satisfies all of them. The permission to pass roles limits the roles that a registered revision can
// have.
func (p *BuildPipeline) statements(projects projects) []policy.Statement {
	all := pulumi.StringArray{pulumi.String("*")}
	out := p.store.pipelineAccess(p.store.objects(), p.args.BlueGreen != nil || p.uploads != nil)
	if builds := projects.arns(); len(builds) > 0 {
		out = append(out, policy.Statement{Sid: "Build", Resources: builds, Actions: []string{"codebuild:BatchGetBuilds", "codebuild:StartBuild"}})
	}
	out = append(out, p.args.Service.PassRoles())
	switch {
	case p.receivesReleases():
		out = append(out, p.releases.access("Release")...)
	case p.uploads != nil:
		out = append(out, p.uploads.access("Source")...)
	case p.codeCommit != nil:
		out = append(out, policy.Statement{Sid: "Source", Resources: pulumi.StringArray{p.codeCommit.arn}, Actions: []string{
			"codecommit:CancelUploadArchive", "codecommit:GetBranch", "codecommit:GetCommit", "codecommit:GetRepository",
			"codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive",
		}})
	default:
		out = append(out, p.useConnection())
	}
	if p.args.BlueGreen == nil {
		service := p.args.Service
		inCluster := []policy.Condition{policy.If("ArnEquals", "ecs:cluster", service.Environment().ClusterArn)}
		return append(out,
			policy.Statement{Sid: "Register", Resources: all, Actions: []string{"ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"}},
			policy.Statement{Sid: "Tasks", Resources: pulumi.StringArray{p.account.Arn("ecs", "task/%s/*", service.Environment().Cluster())},
				Actions: []string{"ecs:DescribeTasks"}, Conditions: inCluster},
			policy.Statement{Sid: "ListTasks", Resources: all, Actions: []string{"ecs:ListTasks"}, Conditions: inCluster},
			policy.Statement{Sid: "Tag", Resources: pulumi.StringArray{p.account.Arn("ecs", "task-definition/%s:*", service.Family())},
				Actions:    []string{"ecs:TagResource"},
				Conditions: []policy.Condition{policy.If("StringEquals", "ecs:CreateAction", pulumi.String("RegisterTaskDefinition"))}},
			policy.Statement{Sid: "Deploy", Resources: pulumi.StringArray{service.Arn()},
				Actions: []string{"ecs:DescribeServices", "ecs:UpdateService"}},
		)
	}
	return append(out,
		policy.Statement{Sid: "Register", Resources: all, Actions: []string{"ecs:RegisterTaskDefinition"}},
		policy.Statement{Sid: "Deploy", Resources: pulumi.StringArray{p.args.BlueGreen.DeploymentGroupArn},
			Actions: []string{"codedeploy:CreateDeployment", "codedeploy:GetDeployment"}},
		policy.Statement{Sid: "Application", Resources: pulumi.StringArray{p.args.BlueGreen.ApplicationArn}, Actions: []string{
			"codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision",
		}},
		policy.Statement{Sid: "Strategy", Resources: pulumi.StringArray{p.account.Arn("codedeploy", "deploymentconfig:*")},
			Actions: []string{"codedeploy:GetDeploymentConfig"}},
	)
}
