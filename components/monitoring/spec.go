package monitoring

import "fargate-cd/internal/problems"

// AlarmsSpec holds the thresholds of a service's alarms that a stack file can set. The threshold of the alarm on 5xx
// responses is deployment.max5xxPerMinute.
type AlarmsSpec struct {
	// MaxLatencyMilliseconds is the time within which 95 % of the responses of the tasks must begin, in milliseconds.
	// The alarm fires when the time is exceeded in three of five minutes.
	MaxLatencyMilliseconds int `json:"maxLatencyMilliseconds" default:"2000"`
	// MaxCpuPercent is the average CPU utilization of the tasks, in percent, above which the alarm fires after five
	// minutes.
	MaxCpuPercent int `json:"maxCpuPercent" default:"90"`
	// MaxMemoryPercent is the average memory utilization of the tasks, in percent, above which the alarm fires after five
	// minutes.
	MaxMemoryPercent int `json:"maxMemoryPercent" default:"90"`
}

// maxUtilization is the highest limit in percent that the utilization can exceed: tasks cannot use more than 100 %.
const maxUtilization = 99

// Validate reports invalid values, under keys that begin with the prefix.
func (a *AlarmsSpec) Validate(prefix string, found *problems.List) {
	found.Between(prefix+"maxLatencyMilliseconds", a.MaxLatencyMilliseconds, 1, 3_600_000)
	found.Between(prefix+"maxCpuPercent", a.MaxCpuPercent, 1, maxUtilization)
	found.Between(prefix+"maxMemoryPercent", a.MaxMemoryPercent, 1, maxUtilization)
}
