package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"

const scheduleType = "aws:scheduler/schedule:Schedule"

var schedulerKinds = []kind{
	{
		new:  scheduler.NewSchedule,
		name: named(64), fixed: "groupName name namePrefix", unique: &unique{"groupName name", "ConflictException"},
		rules: []rule{matches("name", `[\w.-]{1,64}`, "at most 64 letters, digits, . _ and -"),
			matches("scheduleExpression", `(at|rate|cron)\(.+\)`, "at(…), rate(…) or cron(…)"),
			oneOf("flexibleTimeWindow.mode", "OFF", "FLEXIBLE"), oneOf("state", "ENABLED", "DISABLED"),
			oneOf("target.ecsParameters.launchType", "EC2", "FARGATE", "EXTERNAL"), oneOf("target.ecsParameters.propagateTags", "TASK_DEFINITION"),
			between("target.ecsParameters.taskCount", 1, 10),
			exclusive("target.ecsParameters.launchType", "target.ecsParameters.capacityProviderStrategies")},
		refs: []ref{ofRole("target.roleArn")},
		id:   "{groupName}/{name}",
		out: outputs{"groupName": "default", "scheduleExpressionTimezone": "UTC", "state": "ENABLED",
			"arn": "arn:{partition}:scheduler:{region}:{account}:schedule/{groupName}/{name}"},
	},
}
