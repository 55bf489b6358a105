// Command existing-environment is a Pulumi program that creates a service with its pipeline in the cluster of another
// stack and behind its load balancer. The key platform names the other stack, and ../README.md lists what it must
// export. clusterName is no output, because the program asks ECS for the service before it registers anything.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
)

func main() { pulumi.Run(run) }

func run(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	platform, err := pulumi.NewStackReference(ctx, settings.Require("platform"), nil)
	if err != nil {
		return err
	}
	env, err := environment.Existing(ctx, &environment.ExistingArgs{
		ClusterName:   settings.Require("clusterName"),
		VpcID:         platform.GetStringOutput(pulumi.String("vpcId")),
		TaskSubnetIDs: platform.GetOutput(pulumi.String("taskSubnetIds")).AsStringArrayOutput(),
		Public: &environment.ExistingLoadBalancer{
			ListenerArn:     platform.GetStringOutput(pulumi.String("listenerArn")),
			SecurityGroupID: platform.GetStringOutput(pulumi.String("loadBalancerSecurityGroupId")),
		},
	})
	if err != nil {
		return err
	}
	service, err := fargateservice.New(ctx, "hello", &fargateservice.Args{
		Environment: env,
		Spec:        fargateservice.Spec{PathPatterns: []string{"/hello", "/hello/*"}, Priority: pulumi.IntRef(200)},
	})
	if err != nil {
		return err
	}
	pipeline, err := buildpipeline.New(ctx, "hello", &buildpipeline.Args{
		Service: service,
		Source: buildpipeline.SourceSpec{
			Repository: settings.Require("repository"), ConnectionArn: platform.GetStringOutput(pulumi.String("connectionArn")),
		},
	})
	if err != nil {
		return err
	}
	ctx.Export("pipelineName", pipeline.PipelineName)
	ctx.Export("taskRoleName", service.TaskRoleName)
	return nil
}
