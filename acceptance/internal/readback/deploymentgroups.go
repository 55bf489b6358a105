//go:build acceptance

package readback

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"fargate-cd/acceptance/internal/lab"
)

// deploymentGroups returns the deployment groups of the services that CodeDeploy deploys.
// They move the traffic of a service between its two target groups, and roll back after
// every kind of failure.
func (s System) deploymentGroups() []string {
	var lines []string
	for _, each := range s.Services {
		if each.BlueGreen == nil {
			continue
		}
		ready := "CONTINUE_DEPLOYMENT after 0 minutes"
		if each.BlueGreen.ReadyMinutes > 0 {
			ready = fmt.Sprintf("STOP_DEPLOYMENT after %d minutes", each.BlueGreen.ReadyMinutes)
		}
		test := "[]"
		if s.TestPort != 0 {
			test = fmt.Sprintf("[%s listener %d]", each.balancer(), s.TestPort)
		}
		begin := each.Name + "/" + each.Name + ": "
		lines = append(lines,
			fmt.Sprintf("%sBLUE_GREEN WITH_TRAFFIC_CONTROL of fargate-cd-STACK/%s by %s as arn:aws:iam::ACCOUNT:role/%s-codedeploy",
				begin, each.Name, each.BlueGreen.Configuration, each.Name),
			fmt.Sprintf("%sready: %s; old tasks: TERMINATE after %d minutes", begin, ready, each.BlueGreen.TerminationMinutes),
			fmt.Sprintf("%s[%s-blue %s-green] behind [%s listener %d], first seen at %s", begin, each.Name, each.Name, each.balancer(), s.port(), test),
			begin+"goes back on [DEPLOYMENT_FAILURE DEPLOYMENT_STOP_ON_ALARM DEPLOYMENT_STOP_ON_REQUEST], alarms "+fmt.Sprint(each.BlueGreen.Alarms),
		)
	}
	return lines
}

func seenDeploymentGroups(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, application := range lab.Ask(t, d.CodeDeploy.ListApplications, &codedeploy.ListApplicationsInput{}).Applications {
		groups := lab.Ask(t, d.CodeDeploy.ListDeploymentGroups, &codedeploy.ListDeploymentGroupsInput{ApplicationName: &application})
		for _, name := range groups.DeploymentGroups {
			group := lab.Ask(t, d.CodeDeploy.GetDeploymentGroup, &codedeploy.GetDeploymentGroupInput{
				ApplicationName: &application, DeploymentGroupName: &name,
			}).DeploymentGroupInfo
			lines = append(lines, seenDeploymentGroup(application+"/"+name+": ", group)...)
		}
	}
	return lines
}

func seenDeploymentGroup(begin string, group *types.DeploymentGroupInfo) []string {
	var services, alarms, events []string
	for _, each := range group.EcsServices {
		services = append(services, aws.ToString(each.ClusterName)+"/"+aws.ToString(each.ServiceName))
	}
	if config := group.AlarmConfiguration; config != nil && config.Enabled {
		for _, alarm := range config.Alarms {
			alarms = append(alarms, aws.ToString(alarm.Name))
		}
	}
	if config := group.AutoRollbackConfiguration; config != nil && config.Enabled {
		for _, event := range config.Events {
			events = append(events, string(event))
		}
		slices.Sort(events)
	}
	lines := []string{
		fmt.Sprintf("%s%s %s of %s by %s as %s", begin, group.DeploymentStyle.DeploymentType, group.DeploymentStyle.DeploymentOption,
			strings.Join(services, " "), aws.ToString(group.DeploymentConfigName), aws.ToString(group.ServiceRoleArn)),
		fmt.Sprintf("%sgoes back on %v, alarms %v", begin, events, alarms),
	}
	if config := group.BlueGreenDeploymentConfiguration; config != nil {
		ready, old := config.DeploymentReadyOption, config.TerminateBlueInstancesOnDeploymentSuccess
		lines = append(lines, fmt.Sprintf("%sready: %s after %d minutes; old tasks: %s after %d minutes",
			begin, ready.ActionOnTimeout, ready.WaitTimeInMinutes, old.Action, old.TerminationWaitTimeInMinutes))
	}
	for _, pair := range group.LoadBalancerInfo.TargetGroupPairInfoList {
		var names []string
		for _, target := range pair.TargetGroups {
			names = append(names, aws.ToString(target.Name))
		}
		lines = append(lines, fmt.Sprintf("%s%v behind %v, first seen at %v", begin, names, listeners(pair.ProdTrafficRoute), listeners(pair.TestTrafficRoute)))
	}
	return lines
}

func listeners(route *types.TrafficRoute) []string {
	if route == nil {
		return nil
	}
	return route.ListenerArns
}
