package fargateservice

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// RollbackSpec holds the alarms that roll a deployment back, by ECS or by CodeDeploy.
type RollbackSpec struct {
	// AlarmNames are the names of existing CloudWatch alarms, at most ten, that roll a deployment back when they fire
	// during it. With the strategy Rolling, the alarms add a bake time to the deployment, in which ECS watches them. If
	// an alarm already fires when the deployment begins, ECS ignores all alarms, and CodeDeploy refuses the deployment.
	AlarmNames pulumi.StringArrayInput `json:"alarmNames"`
	// Max5xxPerMinute creates an alarm that rolls a deployment back when the tasks return more 5xx responses than this
	// in a minute. 0 creates no alarm, except with alarms: true, which creates an alarm that allows 10. Together with
	// alarmNames there are at most ten alarms.
	Max5xxPerMinute int `json:"max5xxPerMinute"`
}

// HasAlarms reports whether alarms roll a deployment back.
func (r *RollbackSpec) HasAlarms() bool {
	return problems.GivenList(r.AlarmNames) || r.Max5xxPerMinute > 0
}

// RollbackPrefix is the prefix of the keys in the arguments of a FargateService and of a BlueGreen.
const RollbackPrefix = "rollback."

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (r *RollbackSpec) Validate(prefix string, found *problems.List) {
	found.Between(prefix+"max5xxPerMinute", r.Max5xxPerMinute, 0, 1_000_000)
	r.names(prefix, found)
}

// ValidateReached reports an alarm on the responses of a service that gets no requests. The keys of the service begin
// with the prefix, and those of the alarms also with the section, such as "deployment.".
func (r *RollbackSpec) ValidateReached(prefix, section string, service *Spec, found *problems.List) {
	if r.Max5xxPerMinute != 0 {
		service.ValidateReached(prefix, "with "+section+"max5xxPerMinute, which counts responses", found)
	}
}

// names checks the names of the existing alarms and returns them. CodeDeploy accepts at most ten alarms
// ("AlarmConfiguration", AWS CodeDeploy API Reference).
func (r *RollbackSpec) names(prefix string, found *problems.List) pulumi.StringArrayInput {
	const maxAlarms = 10
	return found.Inputs(r.AlarmNames, func(names []string, found *problems.List) {
		switch n := len(names); {
		case r.Max5xxPerMinute != 0 && n > maxAlarms-1:
			found.Add(prefix+"alarmNames", n, "%d alarms or fewer with max5xxPerMinute, which creates another", maxAlarms-1)
		case n > maxAlarms:
			found.Add(prefix+"alarmNames", n, "%d alarms or fewer", maxAlarms)
		}
		for i, alarm := range names {
			if alarm == "" || slices.Contains(names[:i], alarm) {
				found.Add(prefix+problems.Indexed("alarmNames", i), alarm, "the name of an alarm, each only once")
			}
		}
	})
}

// NewRollbackAlarms returns the names of the alarms that roll the deployments of the service back: the existing alarms,
// and the alarm on 5xx responses, which it creates. The parent is the component whose deployments these are. It must
// have validated the settings.
func (s *FargateService) NewRollbackAlarms(
	ctx *pulumi.Context, settings *RollbackSpec, parent pulumi.Resource,
) (pulumi.StringArrayInput, error) {
	names := settings.names(RollbackPrefix, new(problems.List)) // Validate has reported the problems of known names
	if settings.Max5xxPerMinute == 0 {
		return names, nil
	}
	var err error
	if s.errorAlarm, err = s.newErrorAlarm(ctx, settings.Max5xxPerMinute, parent); err != nil {
		return nil, err
	}
	return withAlarm(names, s.errorAlarm), nil
}

// withAlarm returns the names of alarms, and after them the name of another one.
func withAlarm(names pulumi.StringArrayInput, alarm *cloudwatch.MetricAlarm) pulumi.StringArrayInput {
	if list, known := names.(pulumi.StringArray); known {
		return append(slices.Clone(list), alarm.Name) // in a preview, only the new name is unknown
	}
	return pulumi.All(names, alarm.Name).ApplyT(func(all []any) []string {
		return append(slices.Clone(all[0].([]string)), all[1].(string))
	}).(pulumi.StringArrayOutput)
}

// validateRollback checks the alarms of a service that ECS deploys. A service that CodeDeploy deploys has none: its
// BlueGreen watches the alarms, and would create the alarm on 5xx responses again.
func (a *Args) validateRollback(found *problems.List) {
	if !a.BlueGreen {
		a.Rollback.Validate(RollbackPrefix, found)
		a.Rollback.ValidateReached("", RollbackPrefix, &a.Spec, found)
		return
	}
	const allowed = "with BlueGreen: true, set it in the BlueGreen, whose deployments the alarms roll back"
	if problems.GivenList(a.Rollback.AlarmNames) {
		found.Conflict(RollbackPrefix+"alarmNames", allowed)
	}
	if a.Rollback.Max5xxPerMinute != 0 {
		found.Add(RollbackPrefix+"max5xxPerMinute", a.Rollback.Max5xxPerMinute, "0; "+allowed)
	}
}
