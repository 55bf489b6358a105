package fargateservice

import "fargate-cd/internal/problems"

// maxTasks is the maximum number of tasks of a service ("Amazon ECS service quotas").
const maxTasks = 5000

// validateDesiredCount checks the desired number of tasks against the limits of ECS and of scaling.
func (s *Spec) validateDesiredCount(prefix string, found *problems.List) {
	if s.DesiredCount == nil {
		return
	}
	found.Between(prefix+"desiredCount", *s.DesiredCount, 0, maxTasks)
	if s.Scaling == nil || !s.Scaling.complete() {
		return
	}
	if low, high := s.Scaling.Limits(); *s.DesiredCount < low || *s.DesiredCount > high {
		found.Add(prefix+"desiredCount", *s.DesiredCount, "%d to %d, the limits of scaling", low, high)
	}
}

// firstCount returns the number of tasks with which a new service starts.
func (s *Spec) firstCount() int {
	switch {
	case s.Scheduled():
		return 0
	case s.DesiredCount != nil:
		return *s.DesiredCount
	case s.Scaling != nil:
		return *s.Scaling.MinCapacity
	default:
		return 1
	}
}

// taskLimits returns the smallest and the largest number of tasks that the
// configuration allows. It does not count the additional tasks of a deployment.
func (s *Spec) taskLimits() (low, high int) {
	if s.Scaling == nil || !s.Scaling.complete() {
		return s.firstCount(), s.firstCount()
	}
	return s.Scaling.Limits()
}

// MaxTasks returns the largest number of tasks that the configuration allows. It does
// not count the additional tasks of a deployment.
func (s *Spec) MaxTasks() int {
	_, high := s.taskLimits()
	return high
}

// taskCount returns the desired number of tasks, and whether the update keeps the
// current number. Application Auto Scaling controls the number of a scaled service. A
// service that replaces another one starts with the number of the old one.
//
// The program corrects only a number outside the limits. Application Auto Scaling does
// not correct a number below the minimum until an alarm adds tasks ("Automatically
// scale your Amazon ECS service", Amazon ECS Developer Guide).
func (s *FargateService) taskCount() (count int, kept bool) {
	if s.spec.Scaling == nil || s.running == nil {
		return s.spec.firstCount(), false
	}
	low, high := s.spec.Scaling.Limits()
	count = min(max(s.running.wanted, low), high)
	return count, count == s.running.wanted && !s.changesController() && !s.replacesService()
}
