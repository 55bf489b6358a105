package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func (e *Environment) newCluster(ctx *pulumi.Context, name, clusterName string) error {
	cluster, err := ecs.NewCluster(ctx, name+"-cluster", &ecs.ClusterArgs{
		Name: pulumi.String(clusterName),
		Settings: ecs.ClusterSettingArray{ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String("enabled"),
		}},
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating cluster: %w", err)
	}
	e.ClusterArn, e.ClusterName = cluster.Arn, cluster.Name
	return nil
}
