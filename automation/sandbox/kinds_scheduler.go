package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"

var schedulerKinds = []kind{
	{
		new:  scheduler.NewSchedule,
		name: named(64), fixed: "groupName name", unique: &unique{"groupName name", "ConflictException"},
		rules: []rule{known("target.ecsParameters.launchType", "FARGATE"),
			exclusive("target.ecsParameters.launchType", "target.ecsParameters.capacityProviderStrategies")},
		refs: []ref{ofRole("target.roleArn")},
		id:   "{groupName}/{name}",
		out: outputs{"groupName": "default", "scheduleExpressionTimezone": "UTC", "state": "ENABLED",
			"arn": "arn:{partition}:scheduler:{region}:{account}:schedule/{groupName}/{name}"},
	},
}
