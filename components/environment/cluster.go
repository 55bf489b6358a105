package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func (e *Environment) newCluster(ctx *pulumi.Context, name, clusterName string) error {
	options := []pulumi.ResourceOption{pulumi.Parent(e)}
	if e.exec == nil {
		// A cluster keeps its ECS Exec configuration when an update omits it (UpdateCluster, Amazon ECS API Reference).
		// Nothing uses the configuration if no service has exec.
		options = append(options, pulumi.IgnoreChanges([]string{"configuration"}))
	}
	cluster, err := ecs.NewCluster(ctx, name+"-cluster", &ecs.ClusterArgs{
		Name:          pulumi.String(clusterName),
		Configuration: e.exec.configuration(),
		Settings: ecs.ClusterSettingArray{ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String("enabled"),
		}},
	}, options...)
	if err != nil {
		return fmt.Errorf("creating cluster: %w", err)
	}
	e.ClusterArn, e.ClusterName = cluster.Arn, cluster.Name
	return nil
}

// newCapacity adds the Fargate capacity providers to the cluster. The cluster keeps them until it is deleted: they cost
// nothing, and ECS refuses to remove a capacity provider that a service uses (PutClusterCapacityProviders, Amazon ECS
// API Reference).
func (e *Environment) newCapacity(ctx *pulumi.Context, name string) error {
	providers, err := ecs.NewClusterCapacityProviders(ctx, name+"-capacity", &ecs.ClusterCapacityProvidersArgs{
		ClusterName: e.ClusterName, CapacityProviders: pulumi.ToStringArray([]string{"FARGATE", "FARGATE_SPOT"}),
	}, pulumi.Parent(e), pulumi.RetainOnDelete(true))
	if err != nil {
		return fmt.Errorf("adding capacity providers to the cluster: %w", err)
	}
	e.capacity = []pulumi.Resource{providers}
	return nil
}

// ServiceArn returns the ARN of a service in the cluster of the environment.
func (e *Environment) ServiceArn(service string) pulumi.StringOutput {
	return e.Account.Arn("ecs", "service/%s/%s", e.clusterName, service)
}
