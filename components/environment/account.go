package environment

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Account is where the stack lives, as the parts of an ARN.
type Account struct {
	// ID is the account's number of 12 digits, and Partition aws outside of China and GovCloud.
	ID, Region, Partition pulumi.StringOutput
}

// Arn returns the ARN of something in this account and region.
func (a Account) Arn(service string, format string, args ...any) pulumi.StringOutput {
	rest := pulumi.Sprintf(format, args...)
	return pulumi.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, rest)
}

// lookupAccount asks the AWS provider where it works.
func lookupAccount(ctx *pulumi.Context, opts ...pulumi.InvokeOption) Account {
	return Account{
		ID:        aws.GetCallerIdentityOutput(ctx, aws.GetCallerIdentityOutputArgs{}, opts...).AccountId(),
		Region:    aws.GetRegionOutput(ctx, aws.GetRegionOutputArgs{}, opts...).Name(),
		Partition: aws.GetPartitionOutput(ctx, aws.GetPartitionOutputArgs{}, opts...).Partition(),
	}
}
