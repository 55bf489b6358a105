//go:build acceptance

package readback

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// dashboards returns the dashboard, which shows the alarms, the API and each service.
func (s System) dashboards() []string {
	if !s.Alarms {
		return nil
	}
	alarms := 0
	titles := []string{"alarm Alarms of STACK"}
	if len(s.Routes) > 0 {
		alarms += 2
		titles = append(titles, "metric API: requests in a minute", "metric API: errors in a minute", "metric API: latency in ms")
	}
	for _, each := range s.Services {
		alarms += 6
		for _, title := range []string{"requests and 5xx in a minute", "latency in s", "CPU and memory in %", "tasks"} {
			titles = append(titles, "metric "+each.Name+": "+title)
		}
	}
	return []string{fmt.Sprintf("fargate-cd-STACK with %d alarms: %s", alarms, strings.Join(titles, ", "))}
}

func seenDashboards(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, each := range lab.Ask(t, d.CloudWatch.ListDashboards, &cloudwatch.ListDashboardsInput{}).DashboardEntries {
		if aws.ToString(each.DashboardName) != aws.ToString(d.Cluster()) { // CloudWatch lists the dashboards of all regions
			continue
		}
		text := lab.Ask(t, d.CloudWatch.GetDashboard, &cloudwatch.GetDashboardInput{DashboardName: each.DashboardName}).DashboardBody
		var body struct {
			Widgets []struct {
				Type       string
				Properties struct {
					Title  string
					Alarms []string
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(aws.ToString(text)), &body))
		alarms, titles := 0, []string{}
		for _, widget := range body.Widgets {
			alarms += len(widget.Properties.Alarms)
			titles = append(titles, widget.Type+" "+widget.Properties.Title)
		}
		lines = append(lines, fmt.Sprintf("%s with %d alarms: %s", aws.ToString(each.DashboardName), alarms, strings.Join(titles, ", ")))
	}
	return lines
}
