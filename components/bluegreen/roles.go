package bluegreen

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// newRole creates the role with which CodeDeploy changes the tasks and the traffic of
// this service. AWS's managed policy would allow it to change every service.
func (b *BlueGreen) newRole(
	ctx *pulumi.Context, name string, args *Args, application pulumi.StringOutput,
) (*policy.Role, error) {
	service, account := args.Service, args.Service.Environment().Account
	traffic := pulumi.StringArray{}
	listeners := []pulumi.StringOutput{args.Service.LoadBalancer().ListenerArn}
	if args.Service.LoadBalancer().HasTestListener() {
		listeners = append(listeners, args.Service.LoadBalancer().TestListenerArn)
	}
	for _, listener := range listeners {
		traffic = append(traffic, listener, rulesOf(listener))
	}
	assume := policy.Trust("codedeploy.amazonaws.com",
		policy.SourceAccount(account.ID),
		policy.If("ArnLike", "aws:SourceArn", account.Arn("codedeploy", "deploymentgroup:%s/*", application)),
	)
	statements := []policy.Statement{
		{Sid: "Tasks",
			Actions: []string{"ecs:DescribeServices", "ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet", "ecs:DeleteTaskSet"},
			Resources: pulumi.StringArray{
				service.Arn(),
				account.Arn("ecs", "task-set/%s/%s/*", service.Environment().Cluster(), service.Name()),
			}},
		// These actions support no resource types ("Actions, resources, and condition keys for AWS Elastic Load Balancing V2").
		{Sid: "Look", Resources: pulumi.StringArray{pulumi.String("*")}, Actions: []string{
			"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeRules",
		}},
		{Sid: "Traffic", Resources: traffic,
			Actions: []string{"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"}},
		args.Service.PassRoles(),
	}
	if args.Rollback.HasAlarms() {
		// The resource is all alarms of the account and region. A narrower resource excludes composite alarms ("Amazon
		// CloudWatch permissions reference", Amazon CloudWatch User Guide).
		statements = append(statements, policy.Statement{Sid: "Alarms", Actions: []string{"cloudwatch:DescribeAlarms"},
			Resources: pulumi.StringArray{account.Arn("cloudwatch", "alarm:*")}})
	}
	return policy.NewRole(ctx, name+"-codedeploy", "Deploys "+name, assume, b, statements...)
}

// rulesOf returns an ARN pattern that matches all rules of a listener.
func rulesOf(listener pulumi.StringOutput) pulumi.StringOutput {
	return listener.ApplyT(func(arn string) string {
		return strings.Replace(arn, ":listener/", ":listener-rule/", 1) + "/*"
	}).(pulumi.StringOutput)
}
