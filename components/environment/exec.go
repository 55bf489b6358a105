package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// Exec holds the KMS key and the log group of ECS Exec sessions.
type Exec struct {
	// KeyArn is the ARN of the KMS key. ECS encrypts the sessions with it, and CloudWatch Logs encrypts the log with
	// it.
	KeyArn pulumi.StringOutput
	// LogGroupArn is the ARN of the log group.
	LogGroupArn pulumi.StringOutput

	logGroupName pulumi.StringOutput
}

// newExec creates the KMS key and the log group of ECS Exec sessions.
//
// The key policy lets CloudWatch Logs use the key only for log groups with the name of this one ("Encrypt log data in
// CloudWatch Logs using AWS Key Management Service", Amazon CloudWatch Logs User Guide). The pattern has a wildcard for
// the suffix of the name, which is not known before the key exists.
//
// Without forceDestroy, the log and the key stay in AWS when no service has exec any more: the log records who did what.
func (e *Environment) newExec(ctx *pulumi.Context, name string, forceDestroy bool) error {
	name += "-exec"
	keep := pulumi.RetainOnDelete(!forceDestroy)
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Sessions of ECS Exec in " + e.name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30), // the maximum, because it decrypts the log
		Policy: policy.Document(
			policy.AccountDecides(e.Account.Partition, e.Account.ID),
			policy.Statement{
				Sid: "Logs", Principals: policy.Principals{"Service": pulumi.Sprintf("logs.%s.amazonaws.com", e.Account.Region)},
				Actions:   []string{"kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
				Resources: pulumi.StringArray{pulumi.String("*")},
				Conditions: []policy.Condition{policy.If("ArnLike", "kms:EncryptionContext:aws:logs:arn",
					e.Account.Arn("logs", "log-group:%s-*", name))},
			},
		),
	}, pulumi.Parent(e), keep)
	if err != nil {
		return fmt.Errorf("creating the key of ECS Exec: %w", err)
	}
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(e.logRetentionDays), KmsKeyId: key.Arn,
	}, pulumi.Parent(e), keep)
	if err != nil {
		return fmt.Errorf("creating the log group of ECS Exec: %w", err)
	}
	e.exec = &Exec{KeyArn: key.Arn, LogGroupArn: logs.Arn, logGroupName: logs.Name}
	return nil
}

// configuration returns the ECS Exec configuration of the cluster, which encrypts and logs the sessions; nil without
// exec.
func (x *Exec) configuration() ecs.ClusterConfigurationPtrInput {
	if x == nil {
		return nil
	}
	return ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
		KmsKeyId: x.KeyArn, Logging: pulumi.String("OVERRIDE"),
		LogConfiguration: ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
			CloudWatchLogGroupName: x.logGroupName, CloudWatchEncryptionEnabled: pulumi.Bool(true),
		},
	}}
}
