package program

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
)

// outputs collects the outputs of a stack: single values, and maps by the name of the
// service. Outputs that do not apply are absent.
type outputs struct {
	config      *Config
	environment *environment.Environment
	api         *apigateway.ApiGateway // nil if no service is behind the API
	connections connections
	deliveries  []environment.Delivery
	single      pulumi.Map
	byService   map[string]pulumi.Map
}

func newOutputs(env *environment.Environment, config *Config) *outputs {
	o := &outputs{
		config:      config,
		environment: env,
		single:      pulumi.Map{"clusterName": env.ClusterName},
		byService:   map[string]pulumi.Map{},
	}
	if topic, exists := env.TopicArn(); exists {
		o.single["notificationsTopicArn"] = topic
	}
	if config.Environment.Host() {
		o.single[environment.OutputName] = env.Shared()
	}
	if config.HTTPS() && config.HostedZoneID == "" && !config.Environment.Guest() || config.pointsHosts() {
		o.single["loadBalancerDnsNames"] = dnsNames(env) // the targets of DNS records for the domain name and the host names
	}
	return o
}

// addConnections stores the connections of the stack. If there are any, it adds the output pendingConnections.
func (o *outputs) addConnections(created connections) {
	o.connections = created
	if len(created) > 0 {
		o.single["pendingConnections"] = created.pending()
	}
}

// dnsNames returns the DNS names of the load balancers, public and internal.
func dnsNames(env *environment.Environment) pulumi.Map {
	names := pulumi.Map{}
	if env.Public != nil {
		names[environment.LoadBalancerPublic] = env.Public.DNSName
	}
	if env.Internal != nil {
		names[environment.LoadBalancerInternal] = env.Internal.DNSName
	}
	return names
}

func (o *outputs) add(output, service string, value pulumi.Input) {
	if o.byService[output] == nil {
		o.byService[output] = pulumi.Map{}
	}
	o.byService[output][service] = value
}

func (o *outputs) addService(service *Service, tasks *fargateservice.FargateService, pipeline *buildpipeline.BuildPipeline) {
	balancer, _ := service.balancer(o.environment)
	if address := o.serviceURL(service); address != nil {
		o.add("serviceUrls", service.Name, address)
	}
	if service.Deployment.BlueGreen() && balancer.HasTestListener() {
		o.add("testUrls", service.Name, url(service, balancer, o.config.TestListenerPort))
	}
	if service.Source.Provider == buildpipeline.SourceRelease {
		o.add("releaseLocations", service.Name, pipeline.ReleaseLocation)
	} else {
		o.add("repositoryUrls", service.Name, pipeline.RepositoryURL)
	}
	if service.Source.Provider == buildpipeline.SourceS3 {
		o.add("sourceLocations", service.Name, pipeline.SourceLocation)
	}
	if service.Source.PullRequests != nil {
		o.add("pullRequestPipelineNames", service.Name, pipeline.PullRequestPipelineName)
	}
	o.add("pipelineNames", service.Name, pipeline.PipelineName)
	delivery := environment.Delivery{Pipeline: pipeline.PipelineName, Service: o.environment.ServiceArn(service.Name)}
	if tasks.Scheduled() {
		delivery.TaskGroup, delivery.TaskContainer = tasks.Family(), tasks.Name()
	}
	o.deliveries = append(o.deliveries, delivery)
	if service.Source.Provider == buildpipeline.SourceCodeCommit && !service.Source.ExistingRepository {
		o.add("cloneUrls", service.Name, pulumi.Map{"https": pipeline.CloneURLHTTPS, "ssh": pipeline.CloneURLSSH})
	}
}

func (o *outputs) addAPI(api *apigateway.ApiGateway) {
	o.single["apiUrl"] = api.URL
	o.single["userPoolId"] = api.UserPoolID
	o.single["userPoolClientId"] = api.UserPoolClientID
	o.single["signInUrl"] = api.SignInURL
	o.single["callbackUrls"] = pulumi.ToStringArray(o.config.CallbackURLs)
	o.single["scopes"] = pulumi.ToStringArray(api.Scopes())
	if api.HasMachineClient() {
		o.single["machineClientId"], o.single["machineClientSecret"] = api.MachineClientID, api.MachineClientSecret
	}
	o.api = api
}

// serviceURL returns the URL of a service. It is a URL of the API if the service is behind the API and on the internal
// load balancer, and otherwise a URL of the production listener. It is nil for a worker. addAPI must have been called
// before.
func (o *outputs) serviceURL(service *Service) pulumi.StringInput {
	switch {
	case service.Worker():
		return nil
	case service.Internal() && service.API != nil:
		return apiURL(service, o.api)
	}
	balancer, _ := service.balancer(o.environment)
	return url(service, balancer, balancer.ListenerPort)
}

// apiURL returns the URL of a service on the API: the beginning of its first route.
func apiURL(service *Service, api *apigateway.ApiGateway) pulumi.StringOutput {
	routes, _ := service.API.Routes(service.PathPatterns) // validated before
	_, path, _ := strings.Cut(routes[0], " ")
	path, _, _ = strings.Cut(path, "{")
	return api.URL.ApplyT(func(base string) string { return strings.TrimSuffix(base, "/") + path }).(pulumi.StringOutput)
}

// url returns the URL of a service on a listener: its first host name without wildcards, if it has host names, and the
// beginning of its first path pattern.
func url(service *Service, balancer *environment.LoadBalancer, port int) pulumi.StringOutput {
	path, _, _ := strings.Cut(service.PathPatterns[0], "*")
	address := balancer.URL(port)
	if host := service.Host(); host != "" {
		address = balancer.URLOf(pulumi.String(host).ToStringOutput(), port)
	}
	return pulumi.Sprintf("%s%s", address, path)
}

func (o *outputs) all() pulumi.Map {
	all := pulumi.Map{}
	for name, value := range o.single {
		all[name] = value
	}
	for name, values := range o.byService {
		all[name] = values
	}
	return all
}
