package fargateservice

import "time"

// What a rolling deployment takes beside the service's own settings.
const (
	// taskStart is how long a task takes to get its network interface, pull its image and start: an assumption,
	// generous for images of up to about 2 GB.
	taskStart = 2 * time.Minute
	// tasksPerMinute is how many tasks of a service ECS launches on Fargate ("Amazon ECS service quotas").
	tasksPerMinute = 500
	// The circuit breaker counts as many failures as half the tasks, within these bounds
	// (ServiceDeploymentCircuitBreaker, Amazon ECS API Reference).
	breakerLeast, breakerMost = 3, 200
	// timeoutStep keeps the timeout, and so the pipeline, unchanged by most changes of the service: an execution that is
	// in progress while its pipeline is updated fails ("Edit a pipeline in CodePipeline", CodePipeline User Guide).
	timeoutStep = 20 * time.Minute
	// longestDeployment is CodePipeline's default and maximum for the ECS action ("Quotas in AWS CodePipeline").
	longestDeployment = time.Hour
)

// deploymentTimeoutMinutes returns the DeploymentTimeout of the ECS action: the time
// in which the circuit breaker gives a bad deployment up and ECS is back at the
// old revision. A good deployment takes less.
//
// At 100 percent minimum and 200 percent maximum ECS starts all new tasks at
// once, and old ones leave when the new ones are healthy. A bad task runs until
// the grace period is over and its checks have failed; then it leaves, and ECS
// starts another. So bad tasks come in rounds, and the breaker acts when there
// were enough of them.
func (s *Spec) deploymentTimeoutMinutes() int {
	seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }
	check, tasks := s.HealthCheck, max(*s.DesiredCount, 1)
	start := taskStart + time.Duration(tasks)*time.Minute/tasksPerMinute + seconds(*check.GracePeriodSeconds)
	leave := seconds(*s.DeregistrationDelaySeconds) + seconds(s.StopTimeoutSeconds)
	good := start + seconds(check.HealthyThreshold*check.IntervalSeconds) + leave
	bad := start + seconds(check.UnhealthyThreshold*check.IntervalSeconds) + leave

	failures := min(max((tasks+1)/2, breakerLeast), breakerMost)
	rounds := (failures + tasks - 1) / tasks
	whole := min(time.Duration(rounds)*bad+good, longestDeployment)
	return int((whole+timeoutStep-1)/timeoutStep) * int(timeoutStep/time.Minute)
}
