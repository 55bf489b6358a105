package bluegreen

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/problems"
)

// StrategyRolling is the rolling update of ECS. Every other strategy is a predefined deployment configuration of
// CodeDeploy.
const StrategyRolling = "Rolling"

// strategies are CodeDeploy's predefined deployment configurations for
// Amazon ECS, without their common prefix ("Working with deployment
// configurations", CodeDeploy User Guide).
var strategies = []string{
	"ECSAllAtOnce",
	"ECSCanary10Percent5Minutes",
	"ECSCanary10Percent15Minutes",
	"ECSLinear10PercentEvery1Minutes",
	"ECSLinear10PercentEvery3Minutes",
}

// Spec holds the settings of a deployment that a stack file can set.
type Spec struct {
	// Strategy is the deployment strategy: Rolling, with which ECS replaces the tasks step by step, or the traffic
	// shift of a blue/green deployment by CodeDeploy.
	Strategy string `json:"strategy" default:"Rolling"`
	fargateservice.RollingSpec
	// ReadyWaitMinutes is the time for which a blue/green deployment waits for a person to reroute the traffic, in
	// minutes. After this time the deployment stops. During the wait, the new version is on the test listener. 0
	// reroutes the traffic without waiting.
	ReadyWaitMinutes int `json:"readyWaitMinutes"`
	// TerminationWaitMinutes is the time for which a blue/green deployment keeps the old tasks for an instant rollback,
	// in minutes.
	TerminationWaitMinutes *int `json:"terminationWaitMinutes" default:"5"`
	// AlarmNames are the names of existing CloudWatch alarms, at most ten, that roll a deployment back when they fire
	// during it. With the strategy Rolling, the alarms add a bake time to the deployment, in which ECS watches them. If
	// an alarm already fires when the deployment begins, ECS ignores all alarms.
	AlarmNames pulumi.StringArrayInput `json:"alarmNames"`
	// Max5xxPerMinute creates an alarm that rolls a deployment back when the tasks return more 5xx responses than this
	// in a minute. 0 creates no alarm, except with alarms: true, which creates an alarm that allows 10. Together with
	// alarmNames there are at most ten alarms.
	Max5xxPerMinute int `json:"max5xxPerMinute"`
}

// BlueGreen reports whether CodeDeploy deploys the service.
func (d *Spec) BlueGreen() bool { return d.Strategy != StrategyRolling }

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (d *Spec) Validate(prefix string, found *problems.List) {
	found.OneOf(prefix+"strategy", d.Strategy, append([]string{StrategyRolling}, strategies...)...)
	found.Between(prefix+"readyWaitMinutes", d.ReadyWaitMinutes, 0, 2880)
	found.Between(prefix+"terminationWaitMinutes", *d.TerminationWaitMinutes, 0, 2880)
	found.Between(prefix+"max5xxPerMinute", d.Max5xxPerMinute, 0, 1_000_000)
	d.alarms(prefix, found)
	if d.Strategy == StrategyRolling && d.ReadyWaitMinutes != 0 {
		found.Add(prefix+"readyWaitMinutes", d.ReadyWaitMinutes, "0 with the strategy Rolling, which has no traffic to reroute")
	}
}

// alarms checks the alarms and returns them. CodeDeploy accepts at most ten
// ("AlarmConfiguration", AWS CodeDeploy API Reference).
func (d *Spec) alarms(prefix string, found *problems.List) pulumi.StringArrayInput {
	const maxAlarms = 10
	return found.Inputs(d.AlarmNames, func(names []string, found *problems.List) {
		switch n := len(names); {
		case d.Max5xxPerMinute != 0 && n > maxAlarms-1:
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
