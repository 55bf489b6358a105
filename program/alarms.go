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
	// Alarms creates alarms for each service and for the API, a dashboard, and a topic that gets a message when an
	// alarm fires and when it is over. It is the topic of notifications, whose subscribers get the messages; without
	// notifications it exists for your own subscriptions. A service has alarms on 5xx responses, unhealthy tasks,
	// latency, CPU, memory and missing tasks. The API has alarms on 5xx and 4xx responses. A service's alarm on 5xx
	// responses rolls back a deployment. AWS charges for each metric of an alarm and for the dashboard.
	Alarms bool `json:"alarms"`
}

// default5xxPerMinute is the default of max5xxPerMinute in a stack with alarms.
const default5xxPerMinute = 10

// setErrorAlarms sets the default of max5xxPerMinute for each service that receives requests, if the stack has alarms.
func (c *Config) setErrorAlarms() {
	if !c.Alarms {
		return
	}
	for i := range c.Services {
		service := &c.Services[i]
		if service.Deployment.Max5xxPerMinute == 0 && !service.Worker() {
			service.Deployment.Max5xxPerMinute = default5xxPerMinute
		}
	}
}

// validateAlarms checks the thresholds of a service's alarms.
func (c *Config) validateAlarms(prefix string, service *Service, found *problems.List) {
	if service.Alarms == nil {
		return
	}
	// Monitoring requires an environment with alarms too, but a stack without alarms has no Monitoring.
	if !c.Alarms {
		found.Missing(prefix+"alarms", "it requires alarms: true of the stack, which creates the alarms")
	}
	service.Alarms.Validate(prefix+"alarms.", found)
}

// monitor creates the alarms and the dashboard, if the stack has them.
func monitor(
	ctx *pulumi.Context, config *Config, env *environment.Environment, services []*fargateservice.FargateService, api *apigateway.ApiGateway,
	out *outputs,
) error {
	if !config.Alarms || len(services) == 0 { // a stack that shares its environment may have no services
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
