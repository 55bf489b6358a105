package summary

import (
	"fmt"
	"strconv"
)

// desiredCount is the property of an ECS service with the number of its tasks.
const desiredCount = "desiredCount"

// resize returns the number of tasks before and after the change of the ECS service. Both are empty if it stays.
func (s *service) resize() (before, after string) {
	if c := s.find(serviceKind, ""); c != nil {
		for _, d := range c.differences {
			if d.Path == desiredCount {
				return d.Old, d.New
			}
		}
	}
	return "", ""
}

// scaled reports whether Application Auto Scaling changes the number of tasks. The stack does not record the numbers
// that it sets.
func (s *service) scaled(side map[string]values) bool { return s.at(side, scalingKind, "") != nil }

// resized describes how an update of the ECS service changes the number of tasks; "" if it does not.
func (s *service) resized() string {
	before, after := s.resize()
	was, is := amount(before), amount(after)
	switch {
	case s.op(serviceKind, "") != opUpdate || before == after || before == unknown || after == unknown:
		return ""
	case s.scaled(s.before):
		return "ECS changes the number of tasks to " + after
	case is == 0:
		return fmt.Sprintf("ECS stops %s, and none is left", tasks(was))
	case is < was:
		return "ECS stops " + tasks(was-is)
	case was == 0:
		return "ECS starts " + tasks(is)
	case is-was == 1:
		return "ECS starts 1 more task"
	default:
		return fmt.Sprintf("ECS starts %.0f more tasks", is-was)
	}
}

func tasks(number float64) string { return count(strconv.FormatFloat(number, 'f', -1, 64), "task") }
