package environment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

func TestFlowLogs(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: environment.Spec{FlowLogs: true}, LogRetentionDays: 365}))
	require.Equal(t, object{"retentionInDays": 365.0}, r.One(t, "cloudwatch.LogGroup", "test-flow-logs").Inputs)
	require.Equal(t, []string{"Allow logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents on " +
		"arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/test-flow-logs:*"}, r.One(t, "iam.RolePolicy", "test-flow-logs").Policy(t, "policy"))
	require.Equal(t, []string{"Allow map[Service:vpc-flow-logs.amazonaws.com] sts:AssumeRole if ArnLike aws:SourceArn " +
		"arn:aws:ec2:eu-central-1:111122223333:vpc-flow-log/* if StringEquals aws:SourceAccount 111122223333"},
		r.One(t, "iam.Role", "test-flow-logs").Policy(t, "assumeRolePolicy"))
	flow := r.One(t, "ec2.FlowLog", "test-flow-logs")
	require.Equal(t, object{
		"vpcId": "test-vpc-id", "trafficType": "ALL", "maxAggregationInterval": 600.0,
		"logDestination": "arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/test-flow-logs",
		"iamRoleArn":     "arn:aws:iam:eu-central-1:111122223333:role/test-flow-logs",
	}, flow.Inputs)
	require.True(t, flow.Needs(r.One(t, "iam.RolePolicy", "test-flow-logs")))
}
