//go:build acceptance

package acceptance

import "slices"

// system is what a stack file has to give, in AWS's terms and units. It is
// written down here from the system's description, field by field: nothing of it
// comes from the program, whose defaults are therefore told as well.
type system struct {
	natGateways int      // of the created network
	ownNetwork  bool     // nothing of the network is created
	testPort    int      // of the test listener; 0 = none
	testFrom    []string // networks that reach the test listener
	publicTasks bool     // tasks run in the public subnets, with public addresses
	protected   bool     // the balancer cannot be deleted
	logDays     int32
	retained    bool // the repositories for images outlive the stack
	services    []service
	routes      []route  // of the API; none = there is no API
	origins     []string // whose scripts may call the API
}

// service is one service of a system, with its pipeline.
type service struct {
	name        string
	source      source
	image       string // before the first deployment
	cpu, memory string
	port        int32
	environment map[string]string
	user        string
	writable    bool // the root file system
	tasks       int32
	// deployMinutes is how long CodePipeline waits for a deployment by ECS: three failed tasks in rounds of as many
	// as the service has, each with 2 minutes to start, a grace period of 1, its checks and its way out, then the way back.
	deployMinutes int
	internal      bool     // only the API reaches it
	paths         []string // sorted
	priority      string   // one that the stack file does not give must never change: it is written down here as it is
	check         check
	leaveAfter    string // seconds
	algorithm     string
	build         build
	blueGreen     *blueGreen // nil = ECS itself replaces the tasks
}

type source struct {
	codeCommit string // the repository's name, or
	gitHub     string // owner/name, by way of a connection
	connection string
	filePaths  []string // GitHub: only pushes that change such a file count
}

// check is a target group's health check; counts and seconds.
type check struct {
	path                                  string
	interval, timeout, healthy, unhealthy int32
	codes                                 string
}

type build struct {
	minutes   int32
	directory string // of the sources; "" = the repository's root
	dockerHub string // the ARN of the secret
	packages  bool   // there is a build of its own before the image's
	cache     string // of the packages' build, a path pattern
}

type blueGreen struct {
	configuration      string
	readyMinutes       int32 // that a person has to reroute the traffic; 0 = at once
	terminationMinutes int32
	alarms             []string
	most5xx            int // answers in a minute before the alarm on them fires; 0 = there is no such alarm
}

type route struct {
	key    string
	scopes []string
	public bool // the API reaches the service on the public balancer
}

// A load balancer is for services that only the API reaches, or for the others; none is made for nobody.
const (
	public   = "alb" // as its security group is named
	internal = "internal"
)

// balancer is the name of the load balancer that a service is on.
func (s service) balancer() string {
	if s.internal {
		return internal
	}
	return public
}

// balancers are the names of the system's load balancers.
func (s system) balancers() []string {
	var names []string
	for _, each := range s.services {
		if !slices.Contains(names, each.balancer()) {
			names = append(names, each.balancer())
		}
	}
	return names
}

// bootstrap is the image of services that have not been deployed yet: healthy on
// every path, on the port that a variable names.
const (
	bootstrap         = "docker.io/traefik/whoami:v1.11.0"
	bootstrapVariable = "WHOAMI_PORT_NUMBER"
)

const connection = "arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"

// usual is a service where a stack file says nothing else.
func usual(name string, change func(*service)) service {
	s := service{
		name: name, image: bootstrap, cpu: "256", memory: "512", port: 8080,
		environment: map[string]string{bootstrapVariable: "8080"}, user: "65532:65532", tasks: 1, deployMinutes: 20,
		paths:      []string{"/*"},
		check:      check{path: "/", interval: 10, timeout: 5, healthy: 2, unhealthy: 3, codes: "200-299"},
		leaveAfter: "30", algorithm: "round_robin", build: build{minutes: 30},
	}
	change(&s)
	return s
}

// welcomer is the service of S1: check /welcomer/hello every 10 s, on port 5000.
func welcomer(change func(*service)) service {
	return usual("welcomer", func(s *service) {
		s.port = 5000
		s.environment = map[string]string{"BASE_PATH": "/welcomer", "PORT": "5000", bootstrapVariable: "5000"}
		s.paths, s.priority = []string{"/welcomer/*"}, "45975"
		s.check.path = "/welcomer/hello"
		change(s)
	})
}

// systems are the expectations by stack file, relative to the project's directory.
var systems = map[string]system{
	"Pulumi.test.yaml": {
		publicTasks: true, logDays: 7,
		services: []service{welcomer(func(s *service) { s.source.codeCommit = "welcomer" })},
	},
	"Pulumi.prod.yaml": {
		natGateways: 2, logDays: 365, testPort: 8080, testFrom: []string{"10.0.0.0/16"},
		services: []service{usual("web", func(s *service) {
			s.source.codeCommit, s.internal, s.priority = "web", true, "48425"
			s.blueGreen = &blueGreen{configuration: "CodeDeployDefault.ECSAllAtOnce", readyMinutes: 60, terminationMinutes: 5}
		})},
		routes: []route{{key: "ANY /"}, {key: "ANY /{proxy+}"}},
	},
	"examples/s0-authenticated-api/Pulumi.s0.yaml": {
		natGateways: 1, logDays: 30,
		services: []service{
			usual("web", func(s *service) {
				s.source = source{gitHub: "acme/web", connection: connection}
				s.tasks, s.internal, s.priority = 2, true, "48425"
			}),
			usual("hello", func(s *service) {
				s.source = source{gitHub: "acme/hello", connection: connection}
				s.internal = true
				s.environment["BASE_PATH"] = "/greetings"
				s.priority, s.paths, s.check.path = "45523", []string{"/greetings/*"}, "/greetings/hello"
			}),
		},
		routes: []route{
			{key: "ANY /"}, {key: "ANY /{proxy+}"},
			{key: "ANY /greetings/{proxy+}", scopes: []string{"hello/read"}},
		},
	},
	"examples/s1-test-then-production/Pulumi.s1.yaml": {
		ownNetwork: true, publicTasks: true, logDays: 7, retained: true,
		services: []service{welcomer(func(s *service) {
			s.source.codeCommit, s.priority = "welcomer-service", "10"
		})},
	},
	"examples/s2-maven/Pulumi.s2.yaml": {
		natGateways: 1, logDays: 30,
		services: []service{usual("server", func(s *service) {
			s.source = source{gitHub: "acme/server", connection: connection}
			s.cpu, s.memory, s.priority = "512", "1024", "48442"
			s.build.packages, s.build.cache = true, "/root/.m2/**/*"
		})},
	},
	"examples/s3-node/Pulumi.s3.yaml": {
		natGateways: 1, logDays: 30,
		services: []service{
			usual("rolling", func(s *service) {
				s.source = source{gitHub: "acme/node-app", connection: connection}
				s.build.dockerHub = dockerHubSecret
				s.tasks, s.algorithm, s.leaveAfter, s.priority = 2, "least_outstanding_requests", "15", "100"
			}),
			usual("canary", func(s *service) {
				s.source = source{gitHub: "acme/node-app", connection: connection}
				s.build.dockerHub = dockerHubSecret
				s.environment["BASE_PATH"] = "/canary"
				s.tasks, s.paths, s.priority, s.check.path = 2, []string{"/canary", "/canary/*"}, "50", "/canary"
				s.blueGreen = &blueGreen{
					configuration:      "CodeDeployDefault.ECSCanary10Percent5Minutes",
					terminationMinutes: 60, alarms: []string{"canary-5xx"}, most5xx: 10,
				}
			}),
		},
	},
	"examples/s4-manual-reroute/Pulumi.s4.yaml": {
		natGateways: 2, logDays: 30, testPort: 8080, testFrom: []string{"203.0.113.0/24"},
		services: []service{usual("webserver", func(s *service) {
			s.source.codeCommit, s.priority = "webserver", "48538"
			s.image, s.port, s.user, s.writable = "public.ecr.aws/docker/library/httpd:2.4", 80, "0:0", true
			s.environment = map[string]string{"PORT": "80"}
			s.blueGreen = &blueGreen{configuration: "CodeDeployDefault.ECSAllAtOnce", readyMinutes: 60, terminationMinutes: 5}
		})},
	},
}

const dockerHubSecret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:docker-hub-AbCdEf"
