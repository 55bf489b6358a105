//go:build acceptance

// Package readback compares a stack in AWS's API with the description of its system. Each
// file does that for one AWS concern: a method of [System] returns the expected lines, and
// a function whose name begins with seen returns the lines from AWS's API. The systems are
// in systems.go.
package readback

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// concern is one AWS concern of a stack, in lines of plain words. Names replace the
// ids that AWS assigns (see lab.Book), so the lines are the same in every region.
type concern struct {
	name string
	want func(System) []string
	seen func(*testing.T, *lab.Stack, *lab.Book) []string
}

// concerns lists the concerns that Compare compares.
var concerns = []concern{
	{"network", System.network, seenNetwork},
	{"security groups", System.securityGroups, seenSecurityGroups},
	{"balancer", System.balancer, seenBalancer},
	{"web ACLs", System.webACLs, seenWebACLs},
	{"records", System.records, seenRecords},
	{"target groups", System.targetGroups, seenTargetGroups},
	{"task definitions", System.taskDefinitions, seenTaskDefinitions},
	{"services", System.ecsServices, seenServices},
	{"scaling", System.scaling, seenScaling},
	{"pipelines", System.Pipelines, seenPipelines},
	{"builds", System.projects, seenProjects},
	{"deployment groups", System.deploymentGroups, seenDeploymentGroups},
	{"alarms", System.alarms, seenAlarms},
	{"dashboards", System.dashboards, seenDashboards},
	{"notifications", System.notifications, seenNotifications},
	{"triggers", System.triggers, seenTriggers},
	{"stores", System.stores, seenStores},
	{"bucket policies", System.bucketPolicies, seenBucketPolicies},
	{"roles", System.roles, seenRoles},
	{"API", System.api, seenAPI},
}

// Compare reads a stack through AWS's API and compares it with what a system needs.
func Compare(t *testing.T, d *lab.Stack, s System) {
	names := lab.NewBook(t, d)
	s.nameReleases(t, d, names)
	for _, c := range concerns {
		t.Run(c.name, func(t *testing.T) {
			want, seen := names.Text(c.want(s)), names.Text(c.seen(t, d, names))
			require.Equal(t, want, seen, "expected is what the system needs, actual is what AWS's API shows")
		})
	}
}
