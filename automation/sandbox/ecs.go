package sandbox

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// API implements the APIs of Amazon ECS and Elastic Load Balancing in one region, as far as a program calls them
// directly and not through its providers.
type API struct {
	account *account
	latency *latency
}

// API returns the APIs of the account in a region.
func (s *Sandbox) API(region string) *API {
	return &API{&account{store: s.store, region: region}, s.latency}
}

// DescribeServices waits until the tasks of the services run, and returns the services that exist, without a deployment
// in progress. For a cluster that does not exist, it returns a ClusterNotFoundException.
func (api *API) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options),
) (*ecs.DescribeServicesOutput, error) {
	out := &ecs.DescribeServicesOutput{}
	if err := api.account.store.view(func() error { return api.describeServices(in, out) }); err != nil {
		return nil, err
	}
	for _, service := range out.Services {
		if err := api.latency.awaitTasks(ctx, aws.ToString(service.ServiceArn)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (api *API) describeServices(in *ecs.DescribeServicesInput, out *ecs.DescribeServicesOutput) error {
	cluster := aws.ToString(in.Cluster)
	if _, found, err := api.account.find(clusterType, "arn name", cluster); err != nil || !found {
		if err == nil {
			err = &types.ClusterNotFoundException{Message: aws.String("Cluster not found.")}
		}
		return err
	}
	for _, name := range in.Services {
		it, found, err := api.account.service(cluster, name)
		if err != nil {
			return err
		}
		if found {
			out.Services = append(out.Services, describeService(it))
		} else {
			out.Failures = append(out.Failures, types.Failure{Arn: aws.String(name), Reason: aws.String("MISSING")})
		}
	}
	return nil
}

// service returns the service with a name or ARN in a cluster, and reports whether it exists.
func (a *account) service(cluster, name string) (item, bool, error) {
	services, err := a.mentioning(serviceType, name)
	if err != nil {
		return item{}, false, err
	}
	for _, it := range services {
		if it.isService(cluster, name) {
			return it, true, nil
		}
	}
	return item{}, false, nil
}

// isService reports whether it is the service with a name or ARN in a cluster, which has a name or ARN too.
func (it item) isService(cluster, name string) bool {
	return it.called("id name", name) && lastPart(text(it.Props, "cluster")) == lastPart(cluster)
}

func describeService(it item) types.Service {
	count, _ := number(it.Props, "desiredCount")
	primary, revision, n := aws.String("PRIMARY"), aws.String(text(it.Props, "taskDefinition")), int32(count)
	service := types.Service{
		ServiceArn: aws.String(it.ID), ServiceName: aws.String(text(it.Props, "name")), Status: aws.String("ACTIVE"),
		TaskDefinition: revision, DesiredCount: n, RunningCount: n,
	}
	if it.Props.HasValue("alarms") {
		service.DeploymentConfiguration = &types.DeploymentConfiguration{
			Alarms: &types.DeploymentAlarms{AlarmNames: texts(it.Props, "alarms.alarmNames[]"), Enable: flag(it.Props, "alarms.enable")},
		}
	}
	each(it.Props, "loadBalancers[]", func(_ string, v resource.PropertyValue) {
		service.LoadBalancers = append(service.LoadBalancers, types.LoadBalancer{TargetGroupArn: aws.String(text(v.ObjectValue(), "targetGroupArn"))})
	})
	each(it.Props, "capacityProviderStrategies[]", func(_ string, v resource.PropertyValue) {
		base, _ := number(v.ObjectValue(), "base")
		weight, _ := number(v.ObjectValue(), "weight")
		service.CapacityProviderStrategy = append(service.CapacityProviderStrategy, types.CapacityProviderStrategyItem{
			CapacityProvider: aws.String(text(v.ObjectValue(), "capacityProvider")), Base: int32(base), Weight: int32(weight),
		})
	})
	if text(it.Props, "deploymentController.type") == "CODE_DEPLOY" {
		service.TaskSets = []types.TaskSet{{Status: primary, TaskDefinition: revision, ComputedDesiredCount: n, RunningCount: n,
			StabilityStatus: types.StabilityStatusSteadyState, CapacityProviderStrategy: service.CapacityProviderStrategy}}
		return service
	}
	service.Deployments = []types.Deployment{{Status: primary, TaskDefinition: revision, DesiredCount: n, RunningCount: n,
		RolloutState: types.DeploymentRolloutStateCompleted, ServiceConnectConfiguration: describeConnect(it.Props)}}
	return service
}

// describeConnect returns the Service Connect configuration of a service; nil for none.
func describeConnect(service resource.PropertyMap) *types.ServiceConnectConfiguration {
	if !service.HasValue("serviceConnectConfiguration") {
		return nil
	}
	out := &types.ServiceConnectConfiguration{
		Enabled: flag(service, "serviceConnectConfiguration.enabled"), Namespace: aws.String(text(service, "serviceConnectConfiguration.namespace")),
	}
	each(service, "serviceConnectConfiguration.services[]", func(_ string, v resource.PropertyValue) {
		endpoint := types.ServiceConnectService{PortName: aws.String(text(v.ObjectValue(), "portName"))}
		each(v.ObjectValue(), "clientAlias[]", func(_ string, v resource.PropertyValue) {
			port, _ := number(v.ObjectValue(), "port")
			endpoint.ClientAliases = append(endpoint.ClientAliases, types.ServiceConnectClientAlias{
				DnsName: aws.String(text(v.ObjectValue(), "dnsName")), Port: aws.Int32(int32(port)),
			})
		})
		if seconds, given := number(v.ObjectValue(), "timeout.perRequestTimeoutSeconds"); given {
			endpoint.Timeout = &types.TimeoutConfiguration{PerRequestTimeoutSeconds: aws.Int32(int32(seconds))}
		}
		out.Services = append(out.Services, endpoint)
	})
	return out
}

// UpdateService changes the task definition, the load balancers and the capacity providers of a service, as far as they
// are given. It changes nothing else. The new tasks run at once.
func (api *API) UpdateService(_ context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	out := &ecs.UpdateServiceOutput{}
	err := api.account.store.exclusive(func() error {
		it, found, err := api.account.service(aws.ToString(in.Cluster), aws.ToString(in.Service))
		if err != nil {
			return err
		}
		if !found {
			return &types.ServiceNotFoundException{Message: aws.String("Service not found.")}
		}
		old := it.Props
		it.Props = maps.Clone(old)
		if in.TaskDefinition != nil {
			it.Props["taskDefinition"] = resource.NewProperty(*in.TaskDefinition)
		}
		if in.LoadBalancers != nil {
			it.Props["loadBalancers"] = objects(in.LoadBalancers, func(each types.LoadBalancer) map[string]any {
				return map[string]any{"targetGroupArn": aws.ToString(each.TargetGroupArn),
					"containerName": aws.ToString(each.ContainerName), "containerPort": int(aws.ToInt32(each.ContainerPort))}
			})
		}
		if in.CapacityProviderStrategy != nil {
			it.Props["capacityProviderStrategies"] = objects(in.CapacityProviderStrategy, func(each types.CapacityProviderStrategyItem) map[string]any {
				return map[string]any{"capacityProvider": aws.ToString(each.CapacityProvider), "base": int(each.Base), "weight": int(each.Weight)}
			})
			delete(it.Props, "launchType")
		}
		if err := alterService(old, it.Props); err != nil {
			return err
		}
		if err := admitService(api.account, it.Props); err != nil {
			return err
		}
		described := describeService(it)
		out.Service = &described
		return api.account.store.put(it)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// objects converts a list of the API to a list of properties.
func objects[T any](list []T, convert func(T) map[string]any) resource.PropertyValue {
	all := make([]any, len(list))
	for i, each := range list {
		all[i] = convert(each)
	}
	return resource.NewPropertyValue(all)
}

// DescribeTaskDefinition returns a revision by its ARN, or the newest revision of a family.
func (api *API) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	var it item
	err := api.account.store.view(func() (err error) {
		it, err = api.account.revision(aws.ToString(in.TaskDefinition))
		return err
	})
	if err != nil {
		return nil, err
	}
	containers, err := parseContainers(text(it.Props, "containerDefinitions"))
	if err != nil {
		return nil, err
	}
	n, _ := number(it.Props, "revision")
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{
		TaskDefinitionArn: aws.String(text(it.Props, "arn")), Family: aws.String(text(it.Props, "family")), Revision: int32(n),
		ContainerDefinitions: containers,
	}}, nil
}

// revision returns a registered task definition by ARN or family:revision. A family, or an ARN without a revision,
// means the newest one.
func (a *account) revision(given string) (item, error) {
	all, err := a.all(taskDefinitionType)
	if err != nil {
		return item{}, err
	}
	var found *item
	newest := 0
	for _, it := range all {
		n, _ := number(it.Props, "revision")
		family := text(it.Props, "family")
		if given == text(it.Props, "arn") || given == family+":"+strconv.Itoa(int(n)) {
			return it, nil
		}
		if (given == family || given == text(it.Props, "arnWithoutRevision")) && int(n) > newest {
			found, newest = &it, int(n)
		}
	}
	if found == nil {
		return item{}, fmt.Errorf("ClientException: Unable to describe task definition: %s", given)
	}
	return *found, nil
}
