package fargateservice

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// What all tasks have in common.
const (
	networkMode     = "awsvpc"
	launchType      = "FARGATE"
	operatingSystem = "LINUX"
)

// newTaskDefinition registers the first revision, with the bootstrap image, and
// for a rolling service one with the running image whenever the shape changes.
// A revision is never deregistered: a service or a rollback may still need it,
// and ECS deploys no inactive one (DeregisterTaskDefinition, Amazon ECS API Reference).
func (s *FargateService) newTaskDefinition(ctx *pulumi.Context, needed []pulumi.Resource) (*ecs.TaskDefinition, error) {
	var ignored []string
	if s.owned() {
		ignored = []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn"}
	}
	values := []any{s.LogGroupName, s.environment.Account.Region}
	if !ctx.DryRun() {
		// The image is read last of all, immediately before the service is updated.
		for _, each := range needed {
			values = append(values, each.URN())
			if custom, ok := each.(pulumi.CustomResource); ok {
				values = append(values, custom.ID())
			}
		}
	}
	revision, err := ecs.NewTaskDefinition(ctx, s.name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(s.Family()),
		Cpu:                     pulumi.String(strconv.Itoa(s.spec.Cpu)),
		Memory:                  pulumi.String(strconv.Itoa(s.spec.Memory)),
		NetworkMode:             pulumi.String(networkMode),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String(launchType)},
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(s.spec.Architecture), OperatingSystemFamily: pulumi.String(operatingSystem),
		},
		ExecutionRoleArn: s.ExecutionRoleArn,
		TaskRoleArn:      s.TaskRoleArn,
		SkipDestroy:      pulumi.Bool(true),
		ContainerDefinitions: pulumi.All(values...).ApplyT(func(known []any) (string, error) {
			container, err := s.nextContainer(ctx)
			if err != nil {
				return "", err
			}
			container.LogConfiguration = s.logConfiguration(known[0].(string), known[1].(string))
			return deterministic.JSON([]containerDefinition{container})
		}).(pulumi.StringOutput),
	}, pulumi.Parent(s), pulumi.DependsOn(needed), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("registering task definition: %w", err)
	}
	return revision, nil
}

// nextContainer returns the container of the revision to register. It has the
// configured image as long as no deployment has replaced that one, and the
// running image from then on.
func (s *FargateService) nextContainer(ctx *pulumi.Context) (containerDefinition, error) {
	now := s.running
	if !s.owned() && !ctx.DryRun() {
		// A deployment may have ended since the program began: its image must stay.
		var err error
		if now, err = s.look(ctx.Context()); err != nil {
			return containerDefinition{}, err
		}
		s.base = now
		if s.replaced() && (!now.bootstrap() || len(now.others) > 0) {
			return containerDefinition{}, s.firstDeployment()
		}
	}
	if now != nil && !now.bootstrap() {
		return s.distinct(ctx, now, s.container(&s.spec, now.image))
	}
	spec := s.spec.withBootstrap()
	container := s.container(&spec, spec.Image)
	container.DockerLabels[BootstrapLabel] = spec.Image
	return s.distinct(ctx, now, container)
}

// firstDeployment is the error for an update that would replace a blue/green
// service while the pipeline deploys to it for the first time.
func (s *FargateService) firstDeployment() error {
	return fmt.Errorf("service %s has its first deployment in progress, which a change of its configuration would end. "+
		"Run up again when the deployment is over", s.name)
}

// distinct labels a container when the newest revision of the family does not
// run, or ECS gave up with it: an earlier update may have registered the same
// revision, which ECS rolled back. Only another revision makes an update try again.
func (s *FargateService) distinct(ctx *pulumi.Context, now *running, container containerDefinition) (containerDefinition, error) {
	if s.owned() || now == nil {
		return container, nil
	}
	newest, err := s.describeRevision(ctx.Context(), s.Family())
	if err != nil {
		return container, err
	}
	if newest.number != revisionNumber(now.revision) || now.rollout == types.DeploymentRolloutStateFailed {
		container.DockerLabels[retryLabel] = strconv.Itoa(newest.number)
	}
	return container, nil
}

// retryDeployment makes the files of a blue/green deployment differ from those
// of one that failed, so that their upload starts the pipeline again: the newest
// revision has the configured shape, and does not run. The label stays with the
// revision that runs, so that its success is no change.
func (s *FargateService) retryDeployment(ctx *pulumi.Context) error {
	if !s.blueGreen || s.running == nil || s.running.bootstrap() || s.changesController() {
		return nil
	}
	s.retry = s.running.labels[retryLabel]
	if s.running.shape() == s.shape() || len(s.running.others) > 0 {
		return nil
	}
	newest, err := s.describeRevision(ctx.Context(), s.Family())
	if err != nil {
		return err
	}
	if newest.number == revisionNumber(s.running.revision) || newest.labels[shapeLabel] != s.shape() {
		return nil
	}
	s.retry = strconv.Itoa(newest.number)
	return ctx.Log.Info(fmt.Sprintf("A deployment of the configuration of %s has failed, or is about to begin: %s has it and does "+
		"not run. The pipeline deploys it again.", s.name, s.Family()+":"+s.retry), nil)
}

// ImagePlaceholder names the image in a taskdef.json: CodePipeline's
// CodeDeployToECS action replaces it, in angle brackets, by the image of the build.
const ImagePlaceholder = "IMAGE1_NAME"

// taskDefinitionJSON is the input of ecs:RegisterTaskDefinition.
type taskDefinitionJSON struct {
	Family                  string                `json:"family"`
	Cpu                     string                `json:"cpu"`
	Memory                  string                `json:"memory"`
	NetworkMode             string                `json:"networkMode"`
	RequiresCompatibilities []string              `json:"requiresCompatibilities"`
	RuntimePlatform         runtimePlatformJSON   `json:"runtimePlatform"`
	ExecutionRoleArn        string                `json:"executionRoleArn"`
	TaskRoleArn             string                `json:"taskRoleArn"`
	ContainerDefinitions    []containerDefinition `json:"containerDefinitions"`
}

type runtimePlatformJSON struct {
	CPUArchitecture       string `json:"cpuArchitecture"`
	OperatingSystemFamily string `json:"operatingSystemFamily"`
}

// taskDefinitionTemplate returns the taskdef.json of the CodeDeployToECS action,
// with a placeholder for the image.
func (s *FargateService) taskDefinitionTemplate() pulumi.StringOutput {
	return pulumi.All(
		s.LogGroupName, s.environment.Account.Region, s.ExecutionRoleArn, s.TaskRoleArn,
	).ApplyT(func(known []any) (string, error) {
		container := s.container(&s.spec, "<"+ImagePlaceholder+">")
		if s.retry != "" {
			container.DockerLabels[retryLabel] = s.retry
		}
		container.LogConfiguration = s.logConfiguration(known[0].(string), known[1].(string))
		return deterministic.IndentedJSON(taskDefinitionJSON{
			Family:                  s.Family(),
			Cpu:                     strconv.Itoa(s.spec.Cpu),
			Memory:                  strconv.Itoa(s.spec.Memory),
			NetworkMode:             networkMode,
			RequiresCompatibilities: []string{launchType},
			RuntimePlatform:         runtimePlatformJSON{s.spec.Architecture, operatingSystem},
			ExecutionRoleArn:        known[2].(string),
			TaskRoleArn:             known[3].(string),
			ContainerDefinitions:    []containerDefinition{container},
		})
	}).(pulumi.StringOutput)
}
