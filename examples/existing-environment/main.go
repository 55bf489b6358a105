// Command existing-environment is a Pulumi program that creates a service with its
// pipeline in the cluster of another stack and behind its load balancer.
//
// The other stack, which the key platform names, must export these outputs. main_test.go
// has a program that does:
//
//	vpcId                        the id of the VPC
//	taskSubnetIds                the ids of the subnets in which tasks run
//	listenerArn                  the ARN of the production listener
//	loadBalancerSecurityGroupId  the id of the load balancer's security group, without inline rules
//	connectionArn                the ARN of a connection of AWS CodeConnections to the Git provider
//
// clusterName is not an output, because the program asks ECS for the service before it
// registers anything. A stack of the program fargate-cd does not export these outputs.
// Its environment is for guests: stacks with the key environment.stack, which need no
// program of their own (docs/decisions/shared-environment.md).
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
