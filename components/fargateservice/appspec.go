package fargateservice

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// taskDefinitionPlaceholder is the placeholder for the task definition. CodePipeline's
// CodeDeployToECS action replaces it with the ARN of the revision that it registers.
const taskDefinitionPlaceholder = "<TASK_DEFINITION>"

// appSpecJSON is a CodeDeploy AppSpec for Amazon ECS. AWS parses it as YAML, which
// includes JSON. See "AppSpec 'resources' section" in the CodeDeploy User Guide.
type appSpecJSON struct {
	Version   string            `json:"version"`
	Resources []appSpecResource `json:"Resources"`
}

type appSpecResource struct {
	TargetService targetService `json:"TargetService"`
}

type targetService struct {
	Type       string
	Properties targetServiceProperties
}

type targetServiceProperties struct {
	TaskDefinition       string
	LoadBalancerInfo     loadBalancerInfo
	PlatformVersion      string
	NetworkConfiguration networkConfiguration

	CapacityProviderStrategy []appSpecCapacity `json:",omitempty"`
}

type loadBalancerInfo struct {
	ContainerName string
	ContainerPort int
}

type networkConfiguration struct {
	AwsvpcConfiguration awsvpcConfiguration
}

type awsvpcConfiguration struct {
	Subnets        []string
	SecurityGroups []string
	AssignPublicIp string
}

// appSpec returns the appspec.yaml of the service. It includes the network
// configuration, which only a deployment can change on a CodeDeploy service.
func (s *FargateService) appSpec() pulumi.StringOutput {
	assignPublicIP := "DISABLED"
	if s.environment.AssignPublicIP() {
		assignPublicIP = "ENABLED"
	}
	return pulumi.All(s.environment.TaskSubnetIDs, s.SecurityGroupID).ApplyT(func(known []any) (string, error) {
		return deterministic.IndentedJSON(appSpecJSON{
			Version: "0.0",
			Resources: []appSpecResource{{TargetService: targetService{
				Type: "AWS::ECS::Service",
				Properties: targetServiceProperties{
					TaskDefinition:   taskDefinitionPlaceholder,
					LoadBalancerInfo: loadBalancerInfo{ContainerName: s.name, ContainerPort: s.spec.ContainerPort},
					PlatformVersion:  "LATEST",
					NetworkConfiguration: networkConfiguration{awsvpcConfiguration{
						Subnets:        known[0].([]string),
						SecurityGroups: []string{known[1].(string)},
						AssignPublicIp: assignPublicIP,
					}},
					CapacityProviderStrategy: s.appSpecCapacities(),
				},
			}}},
		})
	}).(pulumi.StringOutput)
}
