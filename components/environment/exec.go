package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// Exec holds what the sessions of ECS Exec use: a key that encrypts them, and their log.
type Exec struct {
	// KeyArn is the ARN of the KMS key, with which ECS encrypts the sessions and CloudWatch Logs the log.
	KeyArn pulumi.StringOutput
	// LogGroupArn is the ARN of the log group.
	LogGroupArn pulumi.StringOutput

	logGroupName pulumi.StringOutput
}

// newExec creates the key and the log group of the sessions, which the control ECS.12 asks for, if a service has exec.
//
// CloudWatch Logs may use the key only for log groups with the name of this one ("Encrypt log data in CloudWatch Logs using
// AWS Key Management Service", Amazon CloudWatch Logs User Guide). The pattern has no suffix, which is not known before the
// key exists.
func (e *Environment) newExec(ctx *pulumi.Context, name string) error {
	name += "-exec"
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Sessions of ECS Exec in " + e.name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30), // the maximum: the log of the sessions says who did what
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
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the key of ECS Exec: %w", err)
	}
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(e.logRetentionDays), KmsKeyId: key.Arn,
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the log group of ECS Exec: %w", err)
	}
	e.exec = &Exec{KeyArn: key.Arn, LogGroupArn: logs.Arn, logGroupName: logs.Name}
	return nil
}

// configuration returns the configuration of a cluster whose sessions are encrypted and logged; nil without exec.
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
