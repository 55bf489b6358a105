//go:build acceptance

package readback

import (
	"slices"

	"fargate-cd/acceptance/internal/lab"
)

// System describes the resources that a stack file must create, in AWS's terms and units.
// It is written by hand from the description of the system. No value comes from the
// program, so that the program's defaults are tested too.
type System struct {
	NATGateways  int      // the number of NAT gateways in the created network
	OwnNetwork   bool     // the stack file uses an existing network
	Domain       string   // the domain name of the load balancer and its certificate; "" for HTTP
	Zone         bool     // the stack creates the DNS records of the domain name
	TestPort     int      // the port of the test listener; 0 for none
	TestFrom     []string // the networks that reach the test listener
	InternalFrom []string // the networks that reach the production listener of the internal load balancer
	PublicTasks  bool     // tasks run in the public subnets, with public addresses
	FlowLogs     bool     // the created network has flow logs
	Desync       string   // the desync mitigation mode of the load balancers; "" for defensive
	WAF          bool     // a web ACL protects each load balancer
	Alarms       bool     // each service and the API have alarms; the stack has a dashboard
	Subscribers  []string // the e-mail addresses that get notifications
	MFA          string   // the MFA setting of the API's user pool; "" for OPTIONAL
	Protected    bool     // AWS refuses to delete the load balancers
	LogDays      int32
	Retained     bool // the image repositories outlive the stack
	Services     []Service
	Routes       []Route  // the routes of the API; without routes there is no API
	Origins      []string // the origins of the web pages that may call the API
}

// Service is a service of a system, with its pipeline.
type Service struct {
	Name        string
	Source      Source
	Image       string // the image before the first deployment
	CPU, Memory string
	Port        int32
	Environment map[string]string
	User        string
	Writable    bool // the container may write to its root file system
	Tasks       int32
	Scaling     *Scaling // nil for a fixed number of tasks
	// DeployMinutes is the time that CodePipeline waits for a deployment by ECS. In this time, three tasks can fail and
	// ECS can roll back. ECS starts as many tasks at the same time as the service has. Each task takes 2 minutes to
	// start, a grace period of 1 minute, the time of its health checks, and its deregistration delay.
	DeployMinutes int
	Internal      bool     // the service is on the internal load balancer
	Paths         []string // the values of all conditions of its rule, sorted
	Priority      string   // a fixed value, because a computed priority must never change
	Check         Check
	LeaveAfter    string // the deregistration delay in seconds
	Algorithm     string
	Sticky        int // the duration of sticky sessions in seconds; 0 for none
	SlowStart     int // in seconds
	Build         Build
	Approval      bool       // a person approves each deployment
	Alarms        []string   // the alarms that roll a deployment by ECS back
	BlueGreen     *BlueGreen // nil if ECS replaces the tasks
	Release       string     // the stack to which the pipeline releases the images; "" for none
}

// Source is the source of a service's images: the pipeline builds them from source code in
// CodeCommit or GitHub, or another stack releases them.
type Source struct {
	Stack      string   // the stack that releases the images
	CodeCommit string   // the name of the repository
	GitHub     string   // owner/name
	Connection string   // the ARN of the connection to GitHub
	FilePaths  []string // for GitHub: only a push that changes a file with such a path starts the pipeline
}

// Check is the health check of a target group. Times are in seconds.
type Check struct {
	Path                                  string
	Interval, Timeout, Healthy, Unhealthy int32
	Codes                                 string
}

// Build describes the build of a service's image.
type Build struct {
	Minutes   int32
	Directory string // the directory of the Dockerfile; "" for the repository's root
	DockerHub string // the ARN of the secret for Docker Hub
	BaseImage string // the build argument BASE_IMAGE; "" for none
	Layers    bool   // a repository keeps the layers of the image
	Packages  bool   // a first build packages the application
	Cache     string // the path pattern of the files that the first build caches
	Tests     []Test // the builds that run beside the first build
}

// Test is a build that tests a commit.
type Test struct {
	Name, Image string
	Calls       [][]string // the tool calls in its commands
}

// BlueGreen describes the deployment of a service by CodeDeploy.
type BlueGreen struct {
	Configuration      string
	ReadyMinutes       int32 // the time in which a person must reroute the traffic; 0 for an automatic reroute
	TerminationMinutes int32
	Alarms             []string
	Most5xx            int // the threshold of the alarm, in 5xx answers a minute; 0 for no alarm
}

// Route is a route of the API.
type Route struct {
	Key    string
	Scopes []string
	Public bool   // the API reaches the service on the public load balancer
	Host   string // the host that the API sets in the request; "" for none
}

// port returns the port of the production listeners.
func (s System) port() int {
	if s.Domain != "" {
		return 443
	}
	return 80
}

// balancer returns the name of the service's load balancer.
func (s Service) balancer() string {
	if s.Internal {
		return lab.Internal
	}
	return lab.Public
}

// Balancers returns the names of the system's load balancers.
func (s System) Balancers() []string {
	var names []string
	for _, each := range s.Services {
		if !slices.Contains(names, each.balancer()) {
			names = append(names, each.balancer())
		}
	}
	return names
}

// taskSubnets returns the subnets of the tasks, of the internal load balancer and of the API's link.
func (s System) taskSubnets() string {
	if s.PublicTasks {
		return "public-1 public-2"
	}
	return "private-1 private-2"
}

// Bootstrap is the image of a service before its first deployment. It answers 200 on
// every path, on the port that bootstrapVariable holds.
const Bootstrap = "docker.io/traefik/whoami:v1.11.0"

const bootstrapVariable = "WHOAMI_PORT_NUMBER"

// Connection is the ARN of the examples' connection to GitHub.
const Connection = "arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"

// dockerHubSecret is the ARN of the examples' secret for Docker Hub.
const dockerHubSecret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:docker-hub-AbCdEf"

// nodeImage is the base image of example S3, from Docker Hub.
const nodeImage = "docker.io/library/node:22-alpine"

// usual returns a service with the program's defaults, to which it applies change.
func usual(name string, change func(*Service)) Service {
	s := Service{
		Name: name, Image: Bootstrap, CPU: "256", Memory: "512", Port: 8080,
		Environment: map[string]string{bootstrapVariable: "8080"}, User: "65532:65532", Tasks: 1, DeployMinutes: 20,
		Paths:      []string{"/*"},
		Check:      Check{Path: "/", Interval: 10, Timeout: 5, Healthy: 2, Unhealthy: 3, Codes: "200-299"},
		LeaveAfter: "30", Algorithm: "round_robin", Build: Build{Minutes: 30},
	}
	change(&s)
	return s
}

// Welcomer returns the service of example S1, to which it applies change.
func Welcomer(change func(*Service)) Service {
	return usual("welcomer", func(s *Service) {
		s.Port = 5000
		s.Environment = map[string]string{"BASE_PATH": "/welcomer", "PORT": "5000", bootstrapVariable: "5000"}
		s.Paths, s.Priority = []string{"/welcomer/*"}, "45975"
		s.Check.Path = "/welcomer/hello"
		change(s)
	})
}

// Systems holds the system of each stack file, by the path of the file relative to the
// project's directory.
var Systems = map[string]System{
	"Pulumi.test.yaml": {
		PublicTasks: true, LogDays: 7,
		Services: []Service{Welcomer(func(s *Service) { s.Source.CodeCommit, s.Release = "welcomer", "prod" })},
	},
	"Pulumi.prod.yaml": {
		NATGateways: 2, LogDays: 365, TestPort: 8080, TestFrom: []string{"10.0.0.0/16"}, Domain: "web.example.com",
		FlowLogs: true, WAF: true, Alarms: true, Subscribers: []string{"oncall@example.com"}, Desync: "strictest", MFA: "ON",
		Services: []Service{
			usual("web", func(s *Service) {
				s.Source.CodeCommit, s.Internal, s.Priority = "web", true, "48425"
				s.BlueGreen = &BlueGreen{Configuration: "CodeDeployDefault.ECSAllAtOnce", ReadyMinutes: 60, TerminationMinutes: 5,
					Alarms: []string{"web-5xx"}}
			}),
			Welcomer(func(s *Service) {
				s.Source.Stack, s.Internal = "test", true
				s.Alarms, s.DeployMinutes = []string{"welcomer-5xx"}, 60 // includes the time in which ECS watches the alarm
			}),
		},
		Routes: []Route{{Key: "ANY /"}, {Key: "ANY /{proxy+}"}, {Key: "ANY /welcomer/{proxy+}"}},
	},
	"examples/s0-authenticated-api/Pulumi.s0.yaml": {
		NATGateways: 1, LogDays: 30,
		Services: []Service{
			usual("web", func(s *Service) {
				s.Source = Source{GitHub: "acme/web", Connection: Connection}
				s.Tasks, s.Internal, s.Priority = 2, true, "48425"
				s.Scaling = &Scaling{Least: 2, Most: 8, CPU: 60, Requests: 2000}
			}),
			usual("hello", func(s *Service) {
				s.Source = Source{GitHub: "acme/hello", Connection: Connection}
				s.Internal = true
				s.Environment["BASE_PATH"] = "/greetings"
				s.Priority, s.Paths, s.Check.Path = "45523", []string{"/greetings/*"}, "/greetings/hello"
			}),
		},
		Routes: []Route{
			{Key: "ANY /"}, {Key: "ANY /{proxy+}"},
			{Key: "ANY /greetings/{proxy+}", Scopes: []string{"hello/read"}},
		},
	},
	"examples/s1-test-then-production/Pulumi.s1.yaml": {
		OwnNetwork: true, PublicTasks: true, LogDays: 7, Retained: true,
		Services: []Service{Welcomer(func(s *Service) {
			s.Source.CodeCommit, s.Priority, s.Release = "welcomer-service", "10", "s1-production"
		})},
	},
	"examples/s1-test-then-production/Pulumi.s1-production.yaml": {
		OwnNetwork: true, PublicTasks: true, LogDays: 7,
		Services: []Service{Welcomer(func(s *Service) { s.Source.Stack, s.Priority = "s1", "10" })},
	},
	"examples/s2-maven/Pulumi.s2.yaml": {
		NATGateways: 1, LogDays: 30,
		Services: []Service{usual("server", func(s *Service) {
			s.Source = Source{GitHub: "acme/server", Connection: Connection}
			s.CPU, s.Memory, s.Priority = "512", "1024", "48442"
			s.Build.Packages, s.Build.Cache = true, "/root/.m2/**/*"
		})},
	},
	"examples/s3-node/Pulumi.s3.yaml": {
		NATGateways: 1, LogDays: 30,
		Services: []Service{
			usual("rolling", func(s *Service) {
				s.Source = Source{GitHub: "acme/node-app", Connection: Connection}
				s.Build.DockerHub, s.Build.BaseImage = dockerHubSecret, nodeImage
				s.Environment["ALLOW_HEALTH_CHANGE"] = "true"
				s.Tasks, s.Algorithm, s.LeaveAfter, s.Priority = 2, "least_outstanding_requests", "15", "100"
			}),
			usual("canary", func(s *Service) {
				s.Source = Source{GitHub: "acme/node-app", Connection: Connection}
				s.Build.DockerHub, s.Build.BaseImage = dockerHubSecret, nodeImage
				s.Environment["ALLOW_HEALTH_CHANGE"], s.Environment["BASE_PATH"] = "true", "/canary"
				s.Tasks, s.Paths, s.Priority, s.Check.Path = 2, []string{"/canary", "/canary/*"}, "50", "/canary"
				s.BlueGreen = &BlueGreen{
					Configuration:      "CodeDeployDefault.ECSCanary10Percent5Minutes",
					TerminationMinutes: 60, Alarms: []string{"canary-5xx"}, Most5xx: 10,
				}
			}),
		},
	},
	"examples/s4-manual-reroute/Pulumi.s4.yaml": {
		NATGateways: 2, LogDays: 30, TestPort: 8080, TestFrom: []string{"203.0.113.0/24"}, Domain: "webserver.example.com", Zone: true,
		Services: []Service{usual("webserver", func(s *Service) {
			s.Source.CodeCommit, s.Priority = "webserver", "48538"
			s.Image, s.Port, s.User, s.Writable = "public.ecr.aws/docker/library/httpd:2.4", 80, "0:0", true
			s.Environment = map[string]string{"PORT": "80"}
			s.BlueGreen = &BlueGreen{Configuration: "CodeDeployDefault.ECSAllAtOnce", ReadyMinutes: 60, TerminationMinutes: 5}
			s.Build.Layers = true
		})},
	},
}
