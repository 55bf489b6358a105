package fargateservice

import "time"

// Assumptions and AWS limits that determine the duration of a rolling deployment.
const (
	// taskStart is the assumed time in which a task gets its network interface, pulls its image and starts. It is
	// generous for images of up to about 2 GB.
	taskStart = 2 * time.Minute
	// tasksPerMinute is the number of tasks of a service that ECS launches on Fargate in a minute ("Amazon ECS service
	// quotas").
	tasksPerMinute = 500
	// minBreakerThreshold and maxBreakerThreshold limit the failure threshold of the circuit breaker, which is half the number of tasks
	// (ServiceDeploymentCircuitBreaker, Amazon ECS API Reference).
	minBreakerThreshold, maxBreakerThreshold = 3, 200
	// timeoutStep is the step to which the timeout is rounded up. With it, most changes of a service leave the pipeline
	// unchanged: an execution that is in progress while its pipeline is updated fails ("Edit a pipeline in CodePipeline",
	// CodePipeline User Guide).
	timeoutStep = 20 * time.Minute
	// maxDeploymentTimeout is CodePipeline's default and maximum timeout for the ECS action ("Quotas in AWS CodePipeline").
	maxDeploymentTimeout = time.Hour
)

// deploymentTimeoutMinutes returns the DeploymentTimeout of the ECS action, in minutes.
// In this time the circuit breaker stops a failing deployment and ECS returns to the
// old revision. A successful deployment takes less.
//
// With a minimum of 100 percent and a maximum of 200 percent, ECS starts all new tasks
// at once and stops the old tasks when the new tasks are healthy. With other limits it
// does so in batches. A failing task runs until the grace period is over and its health
// checks have failed. Then ECS stops it and starts another. So tasks fail in rounds,
// until the number of failures reaches the threshold of the circuit breaker.
//
// With alarms the deployment also takes the bake time, which ECS computes from the
// alarms ("How CloudWatch alarms detect Amazon ECS deployment failures", Amazon ECS
// Developer Guide). The program does not know the bake time, so it returns the maximum.
func (s *Spec) deploymentTimeoutMinutes(rolling *RollingSpec, alarms bool) int {
	if alarms {
		return int(maxDeploymentTimeout / time.Minute)
	}
	seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }
	check, tasks := s.HealthCheck, max(s.MaxTasks(), 1)
	start := taskStart + time.Duration(tasks)*time.Minute/tasksPerMinute + seconds(*check.GracePeriodSeconds)
	leave := seconds(*s.DeregistrationDelaySeconds) + seconds(s.StopTimeoutSeconds)
	good := start + seconds(check.HealthyThreshold*check.IntervalSeconds) + leave
	bad := start + seconds(check.UnhealthyThreshold*check.IntervalSeconds) + leave

	failures := min(max((tasks+1)/2, minBreakerThreshold), maxBreakerThreshold)
	batch := max(rolling.batch(tasks), 1)
	rounds, batches := (failures+batch-1)/batch, (tasks+batch-1)/batch
	whole := min(time.Duration(rounds)*bad+time.Duration(batches)*good, maxDeploymentTimeout)
	return int((whole+timeoutStep-1)/timeoutStep) * int(timeoutStep/time.Minute)
}
