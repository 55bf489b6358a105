package fargateservice

import (
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones of schedules, for machines without a time zone database

	"fargate-cd/internal/problems"
)

// mostTasks is the largest number of tasks of a service ("Amazon ECS service quotas").
const mostTasks = 5000

// ScalingSpec holds the settings with which Application Auto Scaling changes the number of tasks.
type ScalingSpec struct {
	// MinCapacity is the smallest number of tasks.
	MinCapacity *int `json:"minCapacity" default:"1"`
	// MaxCapacity is the largest number of tasks. Required.
	MaxCapacity *int `json:"maxCapacity"`
	// TargetCpuPercent is the target for the average CPU utilization of the tasks, in percent. 0 means no scaling on CPU.
	TargetCpuPercent int `json:"targetCpuPercent"`
	// TargetMemoryPercent is the target for the average memory utilization of the tasks, in percent. 0 means no scaling
	// on memory.
	TargetMemoryPercent int `json:"targetMemoryPercent"`
	// TargetRequestsPerTarget is the target for the number of requests per minute and task. It requires the strategy
	// Rolling. 0 means no scaling on requests.
	TargetRequestsPerTarget int `json:"targetRequestsPerTarget"`
	// ScaleOutCooldownSeconds is the time that scaling waits for new tasks to take effect before it adds more, in seconds.
	ScaleOutCooldownSeconds *int `json:"scaleOutCooldownSeconds" default:"300"`
	// ScaleInCooldownSeconds is the time that scaling waits after it has removed tasks before it removes more, in seconds.
	ScaleInCooldownSeconds *int `json:"scaleInCooldownSeconds" default:"300"`
	// Schedules change minCapacity and maxCapacity at certain times. With schedules, minCapacity and maxCapacity of
	// scaling apply only until the first of these times. A changed schedule takes effect at its next time.
	Schedules []ScheduleSpec `json:"schedules"`
}

// ScheduleSpec sets the limits of scaling at certain times.
type ScheduleSpec struct {
	// Name is the name of the schedule, unique in the service. Required.
	Name string `json:"name"`
	// Cron is the AWS cron expression of the times, such as 0 8 ? * MON-FRI *. Its six fields are minutes, hours, day
	// of the month, month, day of the week, and year. Required.
	Cron string `json:"cron"`
	// Timezone is the time zone of the cron expression, such as Europe/Berlin.
	Timezone string `json:"timezone" default:"UTC"`
	// MinCapacity is the smallest number of tasks from that time on. Required.
	MinCapacity *int `json:"minCapacity"`
	// MaxCapacity is the largest number of tasks from that time on. Required.
	MaxCapacity *int `json:"maxCapacity"`
}

// cronPattern matches the six fields of a cron expression ("Schedule recurring scaling actions using cron expressions",
// Application Auto Scaling User Guide; "Schedule types in EventBridge Scheduler", its User Guide).
var cronPattern = regexp.MustCompile(`^[0-9*,/-]+ [0-9*,/-]+ [0-9*,/?LW-]+ [0-9A-Za-z*,/-]+ [0-9A-Za-z*,/?L#-]+ [0-9*,/-]+$`)

// scheduleNameLength is the maximum length of a schedule's name.
const scheduleNameLength = 32

func (s *ScalingSpec) validate(prefix string, found *problems.List) {
	validateCapacity(prefix, s.MinCapacity, s.MaxCapacity, found)
	if *s.MinCapacity == 0 && len(s.Schedules) == 0 {
		found.Add(prefix+"minCapacity", 0, "1 or more without schedules: a service without tasks has no utilization, so no target starts one")
	}
	if s.TargetCpuPercent != 0 {
		found.Between(prefix+"targetCpuPercent", s.TargetCpuPercent, 1, 100)
	}
	if s.TargetMemoryPercent != 0 {
		found.Between(prefix+"targetMemoryPercent", s.TargetMemoryPercent, 1, 100)
	}
	if s.TargetRequestsPerTarget != 0 {
		found.Between(prefix+"targetRequestsPerTarget", s.TargetRequestsPerTarget, 1, 2147483647)
	}
	if s.TargetCpuPercent == 0 && s.TargetMemoryPercent == 0 && s.TargetRequestsPerTarget == 0 && len(s.Schedules) == 0 {
		found.Missing(prefix+"targetCpuPercent", "a target (targetCpuPercent, targetMemoryPercent or targetRequestsPerTarget) or schedules, "+
			"without which nothing changes the number of tasks")
	}
	found.Between(prefix+"scaleOutCooldownSeconds", *s.ScaleOutCooldownSeconds, 0, 2147483647)
	found.Between(prefix+"scaleInCooldownSeconds", *s.ScaleInCooldownSeconds, 0, 2147483647)
	var names []string
	for i := range s.Schedules {
		schedule := &s.Schedules[i]
		key := prefix + problems.Indexed("schedules", i) + "."
		schedule.validate(key, found)
		if slices.Contains(names, schedule.Name) {
			found.Add(key+"name", schedule.Name, "unique in the service")
		}
		names = append(names, schedule.Name)
	}
}

func (s *ScheduleSpec) validate(prefix string, found *problems.List) {
	validateHyphenated(prefix+"name", s.Name, scheduleNameLength, found)
	if cronPattern.MatchString(s.Cron) {
		validateDays(prefix+"cron", s.Cron, s.Cron, found)
	} else {
		found.Add(prefix+"cron", s.Cron, "six fields (minutes, hours, day of the month, month, day of the week, year), such as 0 8 ? * MON-FRI *")
	}
	validateTimezone(prefix+"timezone", s.Timezone, found)
	validateCapacity(prefix, s.MinCapacity, s.MaxCapacity, found)
}

// validateDays checks the two day fields of a cron expression: exactly one of them must be a question mark ("Cron
// expressions reference", EventBridge User Guide, which also applies to Application Auto Scaling and EventBridge
// Scheduler). The value of the key is the cron expression or contains it.
func validateDays(key, value, cron string, found *problems.List) {
	fields := strings.Fields(cron)
	if month, week := fields[2] == "?", fields[4] == "?"; month == week || strings.Count(cron, "?") > 1 {
		found.Add(key, value, "a ? as the day of the month or as the day of the week, and a value or * as the other one")
	}
}

func validateTimezone(key, name string, found *problems.List) {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		found.Add(key, name, "the IANA name of a time zone, such as Europe/Berlin")
	}
}

func validateCapacity(prefix string, least, most *int, found *problems.List) {
	for _, limit := range []struct {
		key, want string
		value     *int
	}{{"minCapacity", "the smallest number of tasks", least}, {"maxCapacity", "the largest number of tasks", most}} {
		if limit.value == nil {
			found.Missing(prefix+limit.key, limit.want)
			continue
		}
		found.Between(prefix+limit.key, *limit.value, 0, mostTasks)
	}
	if least != nil && most != nil && *most < *least {
		found.Add(prefix+"maxCapacity", *most, "at least minCapacity, which is %d", *least)
	}
}

// complete reports whether all limits without a default are given.
func (s *ScalingSpec) complete() bool {
	return s.MaxCapacity != nil && !slices.ContainsFunc(s.Schedules, func(each ScheduleSpec) bool {
		return each.MinCapacity == nil || each.MaxCapacity == nil
	})
}

// Limits returns the smallest and the largest number of tasks that the service can have at any time. All limits must be
// given.
func (s *ScalingSpec) Limits() (low, high int) {
	low, high = *s.MinCapacity, *s.MaxCapacity
	for _, schedule := range s.Schedules {
		low, high = min(low, *schedule.MinCapacity), max(high, *schedule.MaxCapacity)
	}
	return low, high
}
