package program

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/components/monitoring"
	"fargate-cd/internal/problems"
)

// MonitoringSpec is the configuration of the stack's alarms.
type MonitoringSpec struct {
	// Alarms creates alarms for each service and for the API, a dashboard, and a topic that gets a message when an alarm
	// fires and when it is over. The topic is that of notifications, whose subscribers get the messages; without them it
	// exists for your own subscriptions. The alarms are on 5xx responses, unhealthy tasks, latency, CPU, memory and missing
	// tasks, and for the API on 5xx and 4xx responses. The one on 5xx responses rolls a deployment back. AWS charges for
	// each metric of an alarm and for the dashboard.
	Alarms bool `json:"alarms"`
}

// usual5xxPerMinute is the value of max5xxPerMinute with alarms.
const usual5xxPerMinute = 10

// setErrorAlarms gives each service that requests reach an alarm on 5xx responses, if the stack has alarms.
func (c *Config) setErrorAlarms() {
	if !c.Alarms {
		return
	}
	for i := range c.Services {
		service := &c.Services[i]
		if service.Deployment.Max5xxPerMinute == 0 && !service.Worker() {
			service.Deployment.Max5xxPerMinute = usual5xxPerMinute
		}
	}
}

// validateAlarms checks the thresholds of a service's alarms.
func (c *Config) validateAlarms(prefix string, service *Service, found *problems.List) {
	if service.Deployment.Max5xxPerMinute != 0 {
		service.ValidateReached(prefix, "with deployment.max5xxPerMinute, which counts responses", found)
	}
	if service.Alarms == nil {
		return
	}
	if !c.Alarms {
		found.Missing(prefix+"alarms", "it requires alarms: true of the stack, which creates the alarms")
	}
	service.Alarms.Validate(prefix+"alarms.", found)
}

// rolling5xx returns the threshold of the alarm that rolls a deployment by ECS back; 0 for none.
func (s *Service) rolling5xx() int {
	if s.Deployment.BlueGreen() {
		return 0
	}
	return s.Deployment.Max5xxPerMinute
}

// monitor creates the alarms and the dashboard, if the stack has them.
func monitor(
	ctx *pulumi.Context, config *Config, env *environment.Environment, services []*fargateservice.FargateService, api *apigateway.ApiGateway,
	out *outputs,
) error {
	if !config.Alarms || len(services) == 0 { // the environment of other stacks may have no services of its own
		return nil
	}
	args := &monitoring.Args{API: api}
	for i, service := range services {
		watched := monitoring.Service{Service: service}
		if limits := config.Services[i].Alarms; limits != nil {
			watched.Alarms = *limits
		}
		args.Services = append(args.Services, watched)
	}
	m, err := monitoring.New(ctx, ctx.Stack(), args)
	if err != nil {
		return err
	}
	out.single["dashboardUrl"] = m.DashboardURL
	return nil
}
