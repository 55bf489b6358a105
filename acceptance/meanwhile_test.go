//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/stretchr/testify/require"
)

// TestDeploymentDuringUp has deployments begin while up runs. The first comes
// after up has read what runs and before it updates the service: its image stays.
// The second comes while up waits for its own deployment: that is no rollback.
func TestDeploymentDuringUp(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.test.yaml", nil)
	before := inventory(t, d)
	d.up()
	w := follow(d, "welcomer", "welcomer")
	w.arrives()

	const early, late = "public.ecr.aws/docker/library/httpd:early", "public.ecr.aws/docker/library/httpd:late"
	// A new rule of the firewall comes before the new revision, and takes its time. The target group changes at once.
	w.resize("512", "1024")
	configured := d.services()[0].(map[string]any)
	configured["egressPorts"], configured["healthCheck"] = []any{443, 5432}, map[string]any{"path": "/welcomer/hello", "intervalSeconds": 20}
	emulator.delay(t, "ec2:AuthorizeSecurityGroupEgress", 6)
	done := make(chan struct{})
	go func() { defer close(done); d.up() }()
	eventually(t, func() string {
		groups := ask(t, d.elb.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups
		if *groups[0].HealthCheckIntervalSeconds == 20 {
			return ""
		}
		return "up does not change the target group"
	})
	w.deploy(early)
	<-done
	emulator.delay(t, "ec2:AuthorizeSecurityGroupEgress", 0)
	w.runs(early)
	require.Equal(t, "512", *w.revision().Cpu, "CPU after the update")
	requireUnchanged(t, d)

	// The revision of this update does not get healthy by itself.
	w.resize("512", "2048")
	mine := w.nextRevision()
	emulator.unhealthy(t, mine)
	done = make(chan struct{})
	go func() { defer close(done); d.up() }()
	eventually(t, func() string {
		if begun := *w.now().TaskDefinition; begun[len(begun)-len(mine):] != mine {
			return "up does not update the service to " + mine
		}
		return ""
	})
	w.deploy(late)
	<-done
	w.runs(late)
	require.Equal(t, "2048", *w.revision().Memory, "memory after the update")
	requireUnchanged(t, d)
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}

// deploy does what CodePipeline's ECS action does: it registers a copy of the
// service's revision with another image, and updates the service.
func (d *delivery) deploy(image string) {
	d.t.Helper()
	from := taskDefinition(d.t, d.deployed, d.now())
	from.ContainerDefinitions[0].Image = &image
	made := ask(d.t, d.ecs.RegisterTaskDefinition, &ecs.RegisterTaskDefinitionInput{
		Family: from.Family, ContainerDefinitions: from.ContainerDefinitions, Cpu: from.Cpu, Memory: from.Memory,
		ExecutionRoleArn: from.ExecutionRoleArn, TaskRoleArn: from.TaskRoleArn, NetworkMode: from.NetworkMode,
		RequiresCompatibilities: from.RequiresCompatibilities, RuntimePlatform: from.RuntimePlatform,
	})
	ask(d.t, d.ecs.UpdateService, &ecs.UpdateServiceInput{
		Cluster: d.cluster(), Service: aws.String(d.service), TaskDefinition: made.TaskDefinition.TaskDefinitionArn,
	})
}
