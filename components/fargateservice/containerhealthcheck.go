package fargateservice

import (
	"fargate-cd/internal/problems"
)

// ContainerHealthCheckSpec is a command in the container that checks whether the container is healthy.
type ContainerHealthCheckSpec struct {
	// Command is CMD and a command with its arguments, or CMD-SHELL and one line for the container's shell. The check
	// succeeds with the exit code 0. Required.
	Command []string `json:"command"`
	// IntervalSeconds is the time between two checks, in seconds.
	IntervalSeconds int `json:"intervalSeconds" default:"30"`
	// TimeoutSeconds is the maximum run time of the command, in seconds.
	TimeoutSeconds int `json:"timeoutSeconds" default:"5"`
	// Retries is the number of consecutive failed checks after which ECS replaces the task.
	Retries int `json:"retries" default:"3"`
	// StartPeriodSeconds is the time during which failed checks of a new container do not count, in seconds.
	StartPeriodSeconds int `json:"startPeriodSeconds"`
}

// validate checks the limits of HealthCheck in the Amazon ECS API Reference.
func (h *ContainerHealthCheckSpec) validate(prefix string, found *problems.List) {
	if len(h.Command) < 2 || h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL" {
		found.Add(prefix+"command", h.Command, "CMD and a command with its arguments, or CMD-SHELL and a line for the shell")
	}
	found.Between(prefix+"intervalSeconds", h.IntervalSeconds, 5, 300)
	found.Between(prefix+"timeoutSeconds", h.TimeoutSeconds, 2, 60)
	found.Between(prefix+"retries", h.Retries, 1, 10)
	found.Between(prefix+"startPeriodSeconds", h.StartPeriodSeconds, 0, 300)
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod,omitempty"`
}

// definition returns the check in the format of ECS; nil for none.
func (h *ContainerHealthCheckSpec) definition() *healthCheck {
	if h == nil {
		return nil
	}
	return &healthCheck{h.Command, h.IntervalSeconds, h.TimeoutSeconds, h.Retries, h.StartPeriodSeconds}
}
