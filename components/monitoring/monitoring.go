// Package monitoring creates the alarms and the dashboard of a stack.
package monitoring

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:Monitoring"

// Args are the inputs of a Monitoring.
type Args struct {
	// Services are the services to watch. At least one is required. All are in one environment, which was created with
	// Alarms: true, so that the alarms have a topic.
	Services []Service
	// API is the API in front of the services. By default there is none.
	API *apigateway.ApiGateway
}

// Service is a service to watch.
type Service struct {
	// Service is the service. Required.
	Service *fargateservice.FargateService
	// Alarms holds the thresholds of the service's alarms.
	Alarms AlarmsSpec
}

// Monitoring has alarms on the health, the latency and the load of each service and of the
// API, and a dashboard of the stack. The alarm on the 5xx responses of a service belongs to
// the component whose deployments it rolls back.
type Monitoring struct {
	pulumi.ResourceState

	// DashboardURL is the URL of the dashboard in the AWS console.
	DashboardURL pulumi.StringOutput `pulumi:"dashboardUrl"`
	// AlarmArns are the ARNs of the alarms on the dashboard, which include those on 5xx responses. The rule of a composite
	// alarm can name them.
	AlarmArns pulumi.StringArrayOutput `pulumi:"alarmArns"`

	name        string
	args        *Args
	environment *environment.Environment
	alarms      pulumi.StringArray // ARNs
}

// New registers a Monitoring. It fails before registering anything when the arguments are
// not valid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	if args == nil {
		return nil, errors.New("the services of Monitoring " + name + " are missing")
	}
	given := *args
	given.Services = nil
	var found problems.List
	if len(args.Services) == 0 {
		found.Missing("services", "at least one service to watch")
	}
	m := &Monitoring{name: name, args: &given}
	for i, service := range args.Services {
		prefix := problems.Indexed("services", i) + "."
		if service.Service == nil {
			found.Missing(prefix+"service", "the service to watch")
		} else {
			m.watchIn(service.Service.Environment(), prefix+"service", &found)
		}
		defaults.Set(&service.Alarms)
		service.Alarms.Validate(prefix+"alarms.", &found)
		given.Services = append(given.Services, service)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	if err := ctx.RegisterComponentResource(typeToken, name, m, opts...); err != nil {
		return nil, fmt.Errorf("registering monitoring %s: %w", name, err)
	}
	if err := m.register(ctx); err != nil {
		return nil, fmt.Errorf("monitoring %s: %w", name, err)
	}
	return m, ctx.RegisterResourceOutputs(m, m.outputs())
}

// outputs returns the outputs of the component.
func (m *Monitoring) outputs() pulumi.Map {
	return pulumi.Map{"dashboardUrl": m.DashboardURL, "alarmArns": m.AlarmArns}
}

// watchIn sets the environment of the services, which must be the same for all of them.
func (m *Monitoring) watchIn(env *environment.Environment, key string, found *problems.List) {
	switch {
	case m.environment == nil && env.AlarmActions() == nil:
		found.Missing(key, "a service in an environment with Alarms: true, whose topic the alarms send messages to")
	case m.environment != nil && m.environment != env:
		found.Add(key, env.FixedName(), "a service in the environment of the first one")
	}
	m.environment = env
}

// register creates the alarms, and the dashboard that shows their state.
func (m *Monitoring) register(ctx *pulumi.Context) error {
	var watched []watch
	for _, service := range m.args.Services {
		if arn, exists := service.Service.ErrorAlarmArn(); exists {
			m.alarms = append(m.alarms, arn)
		}
		watched = append(watched, watchesOfService(service)...)
	}
	if m.args.API != nil {
		watched = append(watched, watchesOfAPI(m.args.API)...)
	}
	for _, each := range watched {
		if err := m.newAlarm(ctx, each); err != nil {
			return err
		}
	}
	m.AlarmArns = m.alarms.ToStringArrayOutput()
	return m.newDashboard(ctx)
}

// newAlarm creates an alarm that sends a message when it fires and when it returns to OK.
func (m *Monitoring) newAlarm(ctx *pulumi.Context, w watch) error {
	name := m.name + "-" + w.name
	actions := m.environment.AlarmActions()
	alarm, err := cloudwatch.NewMetricAlarm(ctx, name, &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(w.description),
		MetricQueries:      w.queries,
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(w.threshold),
		EvaluationPeriods:  pulumi.Int(w.minutes),
		DatapointsToAlarm:  pulumi.Int(w.firing),
		TreatMissingData:   pulumi.String("notBreaching"), // without requests and without tasks there is nothing to measure
		AlarmActions:       actions,
		OkActions:          actions,
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("creating alarm %s: %w", name, err)
	}
	m.alarms = append(m.alarms, alarm.Arn)
	return nil
}
