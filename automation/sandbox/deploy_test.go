package sandbox

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// invoke calls a function that must succeed.
func (d *desk) invoke(token string, args props) resource.PropertyMap {
	d.t.Helper()
	answer, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: token, Args: d.wire(args)})
	require.NoError(d.t, err)
	require.Empty(d.t, answer.GetFailures())
	return d.plain(answer.GetReturn())
}

// ecs returns the ECS API of the desk's account.
func (d *desk) ecs() *ECS { return (&Sandbox{store: d.server.store}).ECS("eu-central-1") }

// service returns ECS's description of the service web in the cluster main.
func (d *desk) service() types.Service {
	d.t.Helper()
	found, err := d.ecs().DescribeServices(d.ctx, &ecs.DescribeServicesInput{Cluster: aws.String("main"), Services: []string{"web"}})
	require.NoError(d.t, err)
	require.Len(d.t, found.Services, 1)
	return found.Services[0]
}

// revision returns ECS's description of a task definition.
func (d *desk) revision(name string) *types.TaskDefinition {
	d.t.Helper()
	found, err := d.ecs().DescribeTaskDefinition(d.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &name})
	require.NoError(d.t, err)
	return found.TaskDefinition
}

func TestDeployRegistersARevision(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	inputs := d.serviceInputs(s)
	id, state := d.create(serviceType, "web", inputs)
	require.NoError(t, (&Sandbox{store: d.server.store}).Deploy(s.cluster, "web", "image:2"))

	running := d.service()
	require.Equal(t, "ACTIVE", *running.Status)
	require.Len(t, running.Deployments, 1)
	require.Equal(t, types.DeploymentRolloutStateCompleted, running.Deployments[0].RolloutState)
	require.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:2", *running.TaskDefinition)
	was, is := d.revision(s.task).ContainerDefinitions[0], d.revision(*running.TaskDefinition).ContainerDefinitions[0]
	require.Equal(t, "image:1", *was.Image)
	require.Equal(t, "image:2", *is.Image)
	was.Image = is.Image
	require.Equal(t, was, is, "only the image changes")

	now := d.read(serviceType, "web", id, state, inputs)
	require.Equal(t, *running.TaskDefinition, text(d.plain(now.GetInputs()), "taskDefinition"), "a refresh sees it")
}

func TestDeployByCodeDeployExchangesTargetGroups(t *testing.T) {
	d := newDesk(t)
	s := d.site("CODE_DEPLOY")
	d.create(serviceType, "web", d.serviceInputs(s))
	box := &Sandbox{store: d.server.store}
	require.ErrorContains(t, box.Deploy("main", "web", "image:2"), "no deployment group deploys the service web")

	role, roleState := d.create(roleType, "deploy", props{"assumeRolePolicy": trust})
	require.NotEmpty(t, role)
	d.create(applicationType, "web", props{"name": "web", "computePlatform": "ECS"})
	d.create(groupType, "web", props{"appName": "web", "deploymentGroupName": "web", "serviceRoleArn": text(roleState, "arn"),
		"deploymentStyle": props{"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
		"ecsService":      props{"clusterName": "main", "serviceName": "web"},
		"loadBalancerInfo": props{"targetGroupPairInfo": props{
			"prodTrafficRoute": props{"listenerArns": []any{s.listener}},
			"targetGroups":     []any{props{"name": "blue"}, props{"name": "green"}}}}})
	require.NoError(t, box.Deploy("main", "web", "image:2"))

	listener, _, err := d.server.store.get(listenerType, s.listener)
	require.NoError(t, err)
	require.Equal(t, []string{s.green, s.blue}, texts(listener.Props, "defaultActions[].forward.targetGroups[].arn"))
	services, err := d.server.store.all(serviceType)
	require.NoError(t, err)
	require.Equal(t, s.green, text(services[0].Props, "loadBalancers[].targetGroupArn"))
}

func TestDeployToNothing(t *testing.T) {
	require.ErrorContains(t, (&Sandbox{store: newDesk(t).server.store}).Deploy("main", "web", "image:1"), "ServiceNotFoundException")
	require.ErrorContains(t, (&Sandbox{}).Deploy("main", "web", "image:1"), "serves only awsx")
}

func TestRevisionsCountUp(t *testing.T) {
	d := newDesk(t)
	require.Contains(t, d.register("web", "a"), "/web:1")
	require.Contains(t, d.register("web", "b"), "/web:2")
	require.Contains(t, d.register("api", "a"), "/api:1")
	require.EqualValues(t, 2, d.revision("web").Revision, "the newest")
}

func TestFunctions(t *testing.T) {
	d := newDesk(t)
	require.Equal(t, accountID, text(d.invoke("aws:index/getCallerIdentity:getCallerIdentity", nil), "accountId"))
	require.Equal(t, "eu-central-1", text(d.invoke("aws:index/getRegion:getRegion", nil), "name"))
	require.Equal(t, "aws", text(d.invoke("aws:index/getPartition:getPartition", nil), "partition"))
	const getZones = "aws:index/getAvailabilityZones:getAvailabilityZones"
	found := d.invoke(getZones, nil)
	require.Equal(t, []string{"eu-central-1-loc-1a", "eu-central-1a", "eu-central-1b", "eu-central-1c"}, texts(found, "names[]"))
	found = d.invoke(getZones, props{"state": "available", "excludeZoneIds": []any{"euc1-az2"}, "excludeNames": []any{"eu-central-1c"},
		"filters": []any{props{"name": "zone-type", "values": []any{"wavelength-zone", "availability-zone"}}}})
	require.Equal(t, []string{"eu-central-1a"}, texts(found, "names[]"))
	require.Equal(t, []string{"euc1-az1"}, texts(found, "zoneIds[]"))
	_, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: getZones,
		Args: d.wire(props{"filters": []any{props{"name": "type", "values": []any{"availability-zone"}}}})})
	require.ErrorContains(t, err, "the sandbox filters zones by zone-type only, not by type")

	answer, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: getZones, Args: d.wire(props{"zone": "main"})})
	require.NoError(t, err)
	require.Len(t, answer.GetFailures(), 1, "an unknown argument")
}

func TestECSKnowsNothing(t *testing.T) {
	d := newDesk(t)
	ask := func(cluster string) (*ecs.DescribeServicesOutput, error) {
		return d.ecs().DescribeServices(d.ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{"web"}})
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

	_, err = d.ecs().DescribeTaskDefinition(d.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("other")})
	require.ErrorContains(t, err, "Unable to describe task definition: other")
}
