package environment

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Account holds the AWS account and region of the stack, as the parts of an ARN.
type Account struct {
	// ID is the account id of 12 digits. Region is the code of the region, such as eu-central-1. Partition is aws, except
	// in the regions of China and GovCloud.
	ID, Region, Partition pulumi.StringOutput
}

// Arn returns the ARN of a resource in this account and region.
func (a Account) Arn(service string, format string, args ...any) pulumi.StringOutput {
	resource := pulumi.Sprintf(format, args...)
	return pulumi.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource)
}

// LookupAccount reads the account and region of the AWS provider. It is for components that need no Environment, such as
// a Connection. An Environment has its own Account.
func LookupAccount(ctx *pulumi.Context, opts ...pulumi.InvokeOption) Account {
	return Account{
		ID:        aws.GetCallerIdentityOutput(ctx, aws.GetCallerIdentityOutputArgs{}, opts...).AccountId(),
		Region:    aws.GetRegionOutput(ctx, aws.GetRegionOutputArgs{}, opts...).Name(),
		Partition: aws.GetPartitionOutput(ctx, aws.GetPartitionOutputArgs{}, opts...).Partition(),
	}
}
