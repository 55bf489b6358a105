package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// newFlowLogs creates the flow logs of the created network if flowLogs is set. The role can write only to their log
// group, and only flow logs of this account and region can assume it ("IAM role for publishing flow logs to CloudWatch
// Logs", Amazon VPC User Guide).
func (e *Environment) newFlowLogs(ctx *pulumi.Context, name string) error {
	if !e.spec.FlowLogs {
		return nil
	}
	name += "-flow-logs"
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{RetentionInDays: pulumi.Int(e.logRetentionDays)}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the log group of the flow logs: %w", err)
	}
	trust := policy.Trust("vpc-flow-logs.amazonaws.com", policy.SourceAccount(e.Account.ID),
		policy.If("ArnLike", "aws:SourceArn", e.Account.Arn("ec2", "vpc-flow-log/*")))
	role, err := policy.NewRole(ctx, name, "Writes the flow logs of the network", trust, e, policy.Statement{
		Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
		Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", logs.Arn)},
	})
	if err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(ctx, name, &ec2.FlowLogArgs{
		VpcId:                  e.VpcID,
		TrafficType:            pulumi.String("ALL"),
		LogDestination:         logs.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(600), // in seconds; the maximum, which creates the fewest records
	}, pulumi.Parent(e), pulumi.DependsOn(role.Ready()))
	if err != nil {
		return fmt.Errorf("creating flow logs: %w", err)
	}
	return nil
}
