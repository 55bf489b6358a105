package summary

import "strings"

// A service of scheduled tasks has an ECS service without tasks. Its schedule starts a task of the newest revision, so
// a new revision needs no deployment, and nothing rolls it back.

// scheduled reports whether only a schedule starts the tasks of the service.
func (s *service) scheduled(side map[string]values) bool { return s.at(side, scheduleKind, "") != nil }

// times describes when the schedule starts the tasks.
func (s *service) times() string {
	schedule := s.at(s.after, scheduleKind, "")
	text := "by the schedule " + code(schedule["scheduleExpression"])
	if zone := schedule["scheduleExpressionTimezone"]; zone != "" && strings.HasPrefix(schedule["scheduleExpression"], "cron") {
		text += " in the time zone " + code(zone)
	}
	if s.paused() {
		text += ", which is paused"
	}
	return text
}

// paused reports whether the schedule starts no tasks after the change.
func (s *service) paused() bool { return s.at(s.after, scheduleKind, "")["state"] == "DISABLED" }

// nextTask describes how a change reaches the scheduled tasks.
func (s *service) nextTask() string {
	var text string
	if resized := s.resized(); resized != "" { // a service that always ran gets a schedule
		text = resized + "; "
	}
	switch {
	case s.paused():
		return text + "the schedule is paused and starts no task"
	case !s.scheduled(s.before):
		return text + "from now on only the schedule starts tasks, with " + s.image()
	case s.deploys():
		return text + "the next scheduled task uses it, with " + s.image() + " and without a rollback"
	case s.op(scheduleKind, "") != opSame:
		return text + "it applies to the next scheduled task"
	default:
		return text + "no deployment: only the schedule starts tasks"
	}
}
