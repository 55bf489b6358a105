package summary

import (
	"fmt"
	"strings"

	"fargate-cd/internal/trafficshift"
)

// The paths of the wait times of a CodeDeploy deployment group.
const (
	readyWaitPath       = "blueGreenDeploymentConfig.deploymentReadyOption.waitTimeInMinutes"
	terminationWaitPath = "blueGreenDeploymentConfig.terminateBlueInstancesOnDeploymentSuccess.terminationWaitTimeInMinutes"
)

// blueGreen reports whether CodeDeploy deploys the service.
func (s *service) blueGreen(side map[string]values) bool {
	return s.at(side, deploymentGroupKind, "") != nil
}

// strategy returns the name of the strategy as in a stack file; "" for a service that does not exist.
func (s *service) strategy(side map[string]values) string {
	group := s.at(side, deploymentGroupKind, "")
	switch {
	case group != nil:
		return strings.TrimPrefix(group["deploymentConfigName"], "CodeDeployDefault.")
	case s.at(side, serviceKind, "") != nil:
		return "Rolling"
	default:
		return ""
	}
}

// shift describes how CodeDeploy shifts the traffic.
func (s *service) shift() string {
	switch shift := trafficshift.Of(s.strategy(s.after)); {
	case shift.Kind == trafficshift.Canary:
		return fmt.Sprintf("canary deployment: %s %% of the traffic for %s minutes", shift.Percent, shift.Minutes)
	case shift.Kind == trafficshift.Linear && shift.Minutes == "1":
		return fmt.Sprintf("linear deployment: %s %% more traffic every minute", shift.Percent)
	case shift.Kind == trafficshift.Linear:
		return fmt.Sprintf("linear deployment: %s %% more traffic every %s minutes", shift.Percent, shift.Minutes)
	default:
		return "blue/green deployment: all traffic at once"
	}
}

// wait describes the wait times of a deployment before and after it shifts the traffic.
func (s *service) wait() string {
	group := s.at(s.after, deploymentGroupKind, "")
	var text string
	if minutes := group[readyWaitPath]; minutes != "" {
		text = "; it waits up to " + count(minutes, "minute") + " for a manual reroute of the traffic, then stops"
	}
	if minutes := group[terminationWaitPath]; minutes != "" && minutes != "0" {
		text += "; the old tasks are kept for " + count(minutes, "minute")
	}
	return text
}

// rollback describes when CodeDeploy rolls a deployment back.
func (s *service) rollback() string {
	group := s.at(s.after, deploymentGroupKind, "")
	if group["autoRollbackConfiguration.enabled"] != "true" {
		return ""
	}
	text := "; rolls back automatically on failure"
	if alarms := s.alarms(group.list("alarmConfiguration.alarms")); len(alarms) > 0 {
		text += " or on alarm " + listed(alarms, 10)
	}
	return text
}

// alarms replaces the physical name of the service's own alarm, which has a random end, by its logical name.
func (s *service) alarms(names []string) []string {
	own := s.find(alarmKind, "-5xx")
	for i, name := range names {
		if own != nil && (name == unknown || own.old != nil && own.old.Outputs["name"] == name) {
			names[i] = own.name()
		}
	}
	return names
}
