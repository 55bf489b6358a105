package sandbox

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// api returns the APIs of the desk's account.
func (d *desk) api() *API { return (&Sandbox{store: d.server.store}).API("eu-central-1") }

// service returns ECS's description of the service web in the cluster main.
func (d *desk) service() types.Service {
	d.t.Helper()
	found, err := d.api().DescribeServices(d.ctx, &ecs.DescribeServicesInput{Cluster: aws.String("main"), Services: []string{"web"}})
	require.NoError(d.t, err)
	require.Len(d.t, found.Services, 1)
	return found.Services[0]
}

// run makes the service web run a revision, as a pipeline does.
func (d *desk) run(revision string) {
	d.t.Helper()
	_, err := d.api().UpdateService(d.ctx, &ecs.UpdateServiceInput{Cluster: aws.String("main"), Service: aws.String("web"), TaskDefinition: &revision})
	require.NoError(d.t, err)
}

// revision returns ECS's description of a task definition.
func (d *desk) revision(name string) *types.TaskDefinition {
	d.t.Helper()
	found, err := d.api().DescribeTaskDefinition(d.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &name})
	require.NoError(d.t, err)
	return found.TaskDefinition
}

func TestRevisionsCountUp(t *testing.T) {
	d := newDesk(t)
	require.Contains(t, d.register("web", "a"), "/web:1")
	require.Contains(t, d.register("web", "b"), "/web:2")
	require.Contains(t, d.register("api", "a"), "/api:1")
	require.EqualValues(t, 2, d.revision("web").Revision, "the newest")
}

func TestECSKnowsNothing(t *testing.T) {
	d := newDesk(t)
	ask := func(cluster string) (*ecs.DescribeServicesOutput, error) {
		return d.api().DescribeServices(d.ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{"web"}})
	}
	_, err := ask("main")
	var noCluster *types.ClusterNotFoundException
	require.ErrorAs(t, err, &noCluster)

	s := d.site("CODE_DEPLOY")
	found, err := ask("main")
	require.NoError(t, err)
	require.Equal(t, "MISSING", *found.Failures[0].Reason)
	d.create(serviceType, "web", d.serviceInputs(s))
	require.Equal(t, s.task, *d.service().TaskSets[0].TaskDefinition, "CodeDeploy's services have task sets")

	_, err = d.api().DescribeTaskDefinition(d.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("other")})
	require.ErrorContains(t, err, "Unable to describe task definition: other")
}

// UpdateService changes only what it is given, and returns the service.
func TestUpdateService(t *testing.T) {
	spot := []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 1}}
	d := newDesk(t)
	s := d.site("ECS")
	update := func(in ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
		in.Cluster, in.Service = &s.cluster, aws.String("web")
		return d.api().UpdateService(d.ctx, &in)
	}
	_, err := update(ecs.UpdateServiceInput{})
	require.ErrorContains(t, err, "Service not found")
	d.create(serviceType, "web", merged(d.serviceInputs(s), props{"launchType": "FARGATE"}))
	_, err = update(ecs.UpdateServiceInput{CapacityProviderStrategy: spot})
	require.ErrorContains(t, err, "The specified capacity provider FARGATE_SPOT was not found in cluster main")
	d.create(capacityType, "capacity", props{"clusterName": "main", "capacityProviders": []any{"FARGATE", "FARGATE_SPOT"}})

	revision := d.register("web", "image:2")
	green := []types.LoadBalancer{{TargetGroupArn: &s.green, ContainerName: aws.String("web"), ContainerPort: aws.Int32(8080)}}
	got, err := update(ecs.UpdateServiceInput{TaskDefinition: &revision, LoadBalancers: green})
	require.NoError(t, err)
	require.Equal(t, s.green, *got.Service.LoadBalancers[0].TargetGroupArn)
	require.Equal(t, revision, *got.Service.TaskDefinition)
	require.Equal(t, "FARGATE", text(d.only(serviceType).Props, "launchType"), "the capacity stays")

	got, err = update(ecs.UpdateServiceInput{CapacityProviderStrategy: spot})
	require.NoError(t, err)
	require.Equal(t, spot, got.Service.CapacityProviderStrategy)
	require.Equal(t, *got.Service, d.service())
	require.Empty(t, text(d.only(serviceType).Props, "launchType"))

	green[0].TargetGroupArn = &s.blue
	got, err = update(ecs.UpdateServiceInput{LoadBalancers: green, CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE"), Weight: 1}}})
	require.NoError(t, err)
	require.Equal(t, s.blue, *got.Service.LoadBalancers[0].TargetGroupArn)
	require.Equal(t, "FARGATE", *got.Service.CapacityProviderStrategy[0].CapacityProvider)

	got, err = update(ecs.UpdateServiceInput{ForceNewDeployment: true})
	require.NoError(t, err)
	require.Equal(t, "FARGATE", *got.Service.CapacityProviderStrategy[0].CapacityProvider, "a strategy that is not given stays")
}

// Only CodeDeploy changes a service with the deployment controller CODE_DEPLOY. The error names what the caller changed.
func TestUpdateServiceOfCodeDeploy(t *testing.T) {
	d := newDesk(t)
	s := d.site("CODE_DEPLOY")
	d.create(serviceType, "web", d.serviceInputs(s))
	d.create(capacityType, "capacity", props{"clusterName": "main", "capacityProviders": []any{"FARGATE_SPOT"}})
	revision := d.register("web", "image:2")
	for want, in := range map[string]ecs.UpdateServiceInput{
		"capacity provider strategy": {CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 1}}},
		"load balancers":             {LoadBalancers: []types.LoadBalancer{{TargetGroupArn: &s.green, ContainerName: aws.String("web"), ContainerPort: aws.Int32(8080)}}},
		"task definition":            {TaskDefinition: &revision},
	} {
		in.Cluster, in.Service = &s.cluster, aws.String("web")
		_, err := d.api().UpdateService(d.ctx, &in)
		require.ErrorContains(t, err, "Unable to update "+want+" on services with a CODE_DEPLOY")
	}
}

// The program compares the timeout of Service Connect with the configured one.
func TestDescribeServiceConnectTimeout(t *testing.T) {
	out := describeConnect(resource.NewPropertyMapFromMap(props{"serviceConnectConfiguration": props{"enabled": true, "services": []any{
		props{"portName": "web", "timeout": props{"perRequestTimeoutSeconds": 5}}, props{"portName": "api"}}}}))
	require.EqualValues(t, 5, *out.Services[0].Timeout.PerRequestTimeoutSeconds)
	require.Nil(t, out.Services[1].Timeout)
}
