package fargateservice

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// Properties of every task.
const (
	networkMode     = "awsvpc"
	launchType      = "FARGATE"
	operatingSystem = "LINUX"
)

// newTaskDefinition registers the first revision, with the bootstrap image. On a
// rolling service it registers a revision with the running image whenever the shape
// changes. It never deregisters a revision: a service or a rollback may still need it,
// and ECS does not deploy inactive revisions (DeregisterTaskDefinition, Amazon ECS API
// Reference).
func (s *FargateService) newTaskDefinition(ctx *pulumi.Context, dependencies []pulumi.Resource) (*ecs.TaskDefinition, error) {
	var ignored []string
	if s.keepsRevision() {
		ignored = []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn", "volumes", "ephemeralStorage"}
	}
	values := []any{s.LogGroupName, s.environment.Account.Region}
	if !ctx.DryRun() {
		// These values delay the function below until all dependencies exist: it must read the running image immediately
		// before the service is updated.
		for _, dependency := range dependencies {
			values = append(values, dependency.URN())
			if custom, ok := dependency.(pulumi.CustomResource); ok {
				values = append(values, custom.ID())
			}
		}
	}
	args := &ecs.TaskDefinitionArgs{
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
			return deterministic.JSON(s.containers(container, known[0].(string), known[1].(string)))
		}).(pulumi.StringOutput),
	}
	s.spec.addTaskOptions(args)
	revision, err := ecs.NewTaskDefinition(ctx, s.name, args, pulumi.Parent(s), pulumi.DependsOn(dependencies), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("registering task definition: %w", err)
	}
	return revision, nil
}

// nextContainer returns the container of the revision to register. It has the
// configured image until the first deployment, and the running image from then on.
func (s *FargateService) nextContainer(ctx *pulumi.Context) (containerDefinition, error) {
	now := s.running
	if !s.keepsRevision() && !ctx.DryRun() {
		// A deployment may have ended since the program began. The revision must keep its image.
		var err error
		if now, err = s.readRunning(ctx.Context()); err != nil {
			return containerDefinition{}, err
		}
		s.baseline = now
		if s.replacesService() && (!now.bootstrap() || len(now.others) > 0) {
			return containerDefinition{}, s.firstDeploymentError()
		}
	}
	if now != nil && !now.bootstrap() {
		return s.addRetryLabel(ctx, now, s.container(&s.spec, now.image))
	}
	spec := s.spec.withBootstrap()
	container := s.container(&spec, spec.Image)
	container.DockerLabels[BootstrapLabel] = spec.Image
	return s.addRetryLabel(ctx, now, container)
}

// firstDeploymentError returns the error for an update that would replace a blue/green
// service during its first deployment.
func (s *FargateService) firstDeploymentError() error {
	return fmt.Errorf("service %s has its first deployment in progress, and a change of its configuration would interrupt it. "+
		"Run up again when the deployment is over", s.name)
}

// addRetryLabel adds the retry label when the newest revision of the family does not
// run or its rollout failed. An earlier update may have registered the same revision,
// which ECS rolled back. Only a different revision makes the update try again.
func (s *FargateService) addRetryLabel(ctx *pulumi.Context, now *running, container containerDefinition) (containerDefinition, error) {
	if s.keepsRevision() || now == nil {
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

// retryDeployment sets retryRevision after a failed blue/green deployment: when the
// newest revision has the configured shape but does not run. The retry label changes
// taskdef.json, so that its upload starts the pipeline again. While a revision with the
// label runs, taskdef.json keeps the label, so that the next update changes nothing.
func (s *FargateService) retryDeployment(ctx *pulumi.Context) error {
	if !s.blueGreen || s.running == nil || s.running.bootstrap() || s.changesController() {
		return nil
	}
	s.retryRevision = s.running.labels[retryLabel]
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
	s.retryRevision = strconv.Itoa(newest.number)
	return ctx.Log.Info(fmt.Sprintf("Revision %s has the configuration of %s but does not run: its deployment has failed or is about "+
		"to begin. The pipeline deploys the configuration again.", s.Family()+":"+s.retryRevision, s.name), &pulumi.LogArgs{Resource: s})
}

// ImagePlaceholder is the placeholder for the image in taskdef.json, where it stands in
// angle brackets. CodePipeline's CodeDeployToECS action replaces it with the image to
// deploy.
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
	Volumes                 []volume              `json:"volumes,omitempty"`
	EphemeralStorage        *ephemeralStorage     `json:"ephemeralStorage,omitempty"`
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
		if s.retryRevision != "" {
			container.DockerLabels[retryLabel] = s.retryRevision
		}
		return deterministic.IndentedJSON(taskDefinitionJSON{
			Family:                  s.Family(),
			Cpu:                     strconv.Itoa(s.spec.Cpu),
			Memory:                  strconv.Itoa(s.spec.Memory),
			NetworkMode:             networkMode,
			RequiresCompatibilities: []string{launchType},
			RuntimePlatform:         runtimePlatformJSON{s.spec.Architecture, operatingSystem},
			ExecutionRoleArn:        known[2].(string),
			TaskRoleArn:             known[3].(string),
			ContainerDefinitions:    s.containers(container, known[0].(string), known[1].(string)),
			Volumes:                 s.spec.volumes(),
			EphemeralStorage:        s.spec.ephemeralStorage(),
		})
	}).(pulumi.StringOutput)
}
