package fargateservice

import (
	"regexp"
	"slices"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// TaskScheduleSpec starts a task at certain times, instead of a service that always runs. If a task cannot start,
// EventBridge Scheduler retries for an hour.
type TaskScheduleSpec struct {
	// Expression is the schedule expression: a rate such as rate(6 hours), or an AWS cron expression with six fields
	// (minutes, hours, day of the month, month, day of the week, year) such as cron(0 3 * * ? *). Required.
	Expression string `json:"expression"`
	// Timezone is the time zone of a cron expression, such as Europe/Berlin.
	Timezone string `json:"timezone" default:"UTC"`
	// Enabled turns the schedule on; false pauses it.
	Enabled *bool `json:"enabled" default:"true"`
}

// Expressions of EventBridge Scheduler ("Schedule types in EventBridge Scheduler", its User Guide).
var (
	ratePattern     = regexp.MustCompile(`^rate\([1-9][0-9]* (minutes?|hours?|days?)\)$`)
	cronCallPattern = regexp.MustCompile(`^cron\((.*)\)$`)
)

// Scheduled reports whether only a schedule starts tasks.
func (s *Spec) Scheduled() bool { return s.Schedule != nil }

// validateSchedule reports invalid values of the schedule, and settings that do not apply to scheduled tasks.
func (s *Spec) validateSchedule(prefix string, found *problems.List) {
	if !s.Scheduled() {
		return
	}
	schedule := s.Schedule
	cron := cronCallPattern.FindStringSubmatch(schedule.Expression)
	switch {
	case ratePattern.MatchString(schedule.Expression):
	case cron != nil && cronPattern.MatchString(cron[1]):
		validateDays(prefix+"schedule.expression", schedule.Expression, cron[1], found)
	default:
		found.Add(prefix+"schedule.expression", schedule.Expression, "a rate such as rate(6 hours), or a cron expression with six fields "+
			"(minutes, hours, day of the month, month, day of the week, year) such as cron(0 3 * * ? *)")
	}
	validateTimezone(prefix+"schedule.timezone", schedule.Timezone, found)
	const allowed = "it cannot be combined with schedule, because only the schedule starts tasks"
	var standard Spec
	defaults.Set(&standard)
	if len(s.PathPatterns) > 0 && !slices.Equal(s.PathPatterns, standard.PathPatterns) {
		found.Add(prefix+"pathPatterns", s.PathPatterns, allowed)
	}
	if s.DesiredCount != nil && *s.DesiredCount != 0 {
		found.Add(prefix+"desiredCount", *s.DesiredCount, allowed)
	}
	if s.Scaling != nil {
		found.Add(prefix+"scaling", "{…}", allowed)
	}
}
