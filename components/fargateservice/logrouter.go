package fargateservice

import (
	"maps"
	"regexp"
	"slices"

	"fargate-cd/internal/problems"
)

// LoggingSpec holds the setting for the log of the container.
type LoggingSpec struct {
	// LogRouter sends the log of the container to a destination other than CloudWatch Logs. It uses FireLens: a
	// container with Fluent Bit in each task. The logs of sidecars and of Fluent Bit itself stay in CloudWatch Logs. By
	// default there is no router.
	LogRouter *LogRouterSpec `json:"logRouter"`
}

// LogRouterSpec is a container with Fluent Bit, which sends the log of the service's container to a destination. AWS
// ended the support for the 2.x images in June 2026 (README of aws/aws-for-fluent-bit).
type LogRouterSpec struct {
	// Image is an image with Fluent Bit, for the architecture of the tasks. A private image must be in Amazon ECR.
	Image string `json:"image" default:"public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"`
	// Options are the options of a Fluent Bit output, such as {Name: kinesis_firehose, region: eu-central-1,
	// delivery_stream: logs}. Name is the name of the output. An output that calls AWS uses the task role, and
	// taskRoleStatements must allow the calls. Required.
	Options map[string]string `json:"options"`
	// SecretOptions are options whose values ECS reads when a task starts, such as an API key. They have the format of
	// the service's secrets.
	SecretOptions map[string]string `json:"secretOptions"`
	// User is the number of the user that runs Fluent Bit, optionally followed by a colon and the number of a group. 0
	// is root.
	User string `json:"user" default:"0"`
	// ReadonlyRootFilesystem prevents the container from writing to its root file system. The output s3 needs false, because
	// it buffers in files.
	ReadonlyRootFilesystem *bool `json:"readonlyRootFilesystem" default:"true"`
}

// logRouterName is the name of the container with Fluent Bit.
const logRouterName = "log_router"

// logRouterUserPattern matches the number of a user, optionally with a group. ECS gives the log directories to a user
// by number.
var logRouterUserPattern = regexp.MustCompile(`^\d{1,5}(:\d{1,5})?$`)

// firelensConfiguration makes a container the log router of its task.
type firelensConfiguration struct {
	Type    string            `json:"type"`
	Options map[string]string `json:"options"`
}

// logRouterPort is the port of the log router, which no load balancer may reach ("Example Amazon ECS task definition: Route
// logs to FireLens", Amazon ECS Developer Guide).
const logRouterPort = 24224

func (s *Spec) validateLogRouter(prefix string, found *problems.List) {
	router := s.LogRouter
	if router == nil {
		return
	}
	prefix += "logRouter."
	found.Image(prefix+"image", router.Image, "the name of an image with Fluent Bit")
	// The ECS agent writes the options to an OUTPUT section of Fluent Bit's configuration, where Name selects the
	// output ("Example Amazon ECS task definition: Route logs to FireLens", Amazon ECS Developer Guide).
	if router.Options["Name"] == "" {
		found.Missing(prefix+"options.Name", "the output of Fluent Bit, such as kinesis_firehose")
	}
	for _, name := range slices.Sorted(maps.Keys(router.SecretOptions)) {
		if _, taken := router.Options[name]; taken {
			found.Add(prefix+"secretOptions", name, "options already has this name")
		}
		validateReference(prefix+"secretOptions."+name, router.SecretOptions[name], found)
	}
	if slices.Contains(s.ports(), logRouterPort) {
		found.Add(prefix+"options", router.Options["Name"], "a service with a log router cannot use the port %d, on which the log router listens", logRouterPort)
	}
	found.Matches(prefix+"user", router.User, logRouterUserPattern, "the number of a user, and after a colon of a group, such as 0 or 65532:65532")
}

// logRouters returns the container with Fluent Bit, without the log configuration. It returns no container if no log
// router is configured. ECS starts the container before the containers whose log it routes, and stops it after them
// ("Send Amazon ECS logs to an AWS service or AWS Partner", Amazon ECS Developer Guide).
func (s *Spec) logRouters() []containerDefinition {
	router := s.LogRouter
	if router == nil {
		return nil
	}
	return []containerDefinition{{
		Name:                   logRouterName,
		Image:                  router.Image,
		Essential:              true,
		User:                   router.User,
		ReadonlyRootFilesystem: *router.ReadonlyRootFilesystem,
		StopTimeout:            s.StopTimeoutSeconds,
		PortMappings:           []portMapping{}, // never nil, like the environment and the labels
		DockerLabels:           map[string]string{},
		Environment:            []keyValue{},
		FirelensConfiguration:  &firelensConfiguration{"fluentbit", map[string]string{"enable-ecs-log-metadata": "true"}},
	}}
}

// logConfiguration returns the log configuration of a container that logs through the router.
func (r *LogRouterSpec) logConfiguration() *logSettings {
	return &logSettings{LogDriver: "awsfirelens", Options: r.Options, SecretOptions: secretList(r.SecretOptions)}
}
