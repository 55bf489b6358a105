// Package graph draws a stack as a picture that shows the path of a commit to the tasks and the
// path of a request. It computes the picture from the configuration, so it needs no AWS account
// and no Pulumi engine.
package graph

import (
	"slices"

	"fargate-cd/program"
)

// Picture shows a stack as boxes and arrows.
type Picture struct {
	// Project and Stack are the names of the project and of the stack.
	Project, Stack string
	// Network describes the environment of the stack: its network and its cluster.
	Network Box
	// Shared are the boxes that the services share: load balancers, the API and its clients.
	Shared []Box
	// Services are the services in the order of the picture: first those without API, then those
	// of the API on the internet-facing load balancer, and last those of the internal load balancer.
	Services []Service
	// Arrows connect the boxes.
	Arrows []Arrow
}

// Service is the part of a picture that belongs to one service.
type Service struct {
	// Name is the name of the service.
	Name string
	// Boxes are in the order in which a commit passes them.
	Boxes []Box
}

// Box shows a part of the stack, or something outside it, such as a repository or a client.
type Box struct {
	// ID is unique in the picture. It consists of letters, digits and underscores.
	ID string
	// Kind is the kind of part that the box shows.
	Kind Kind
	// Component is the component that creates the part; empty if the stack does not create it.
	Component string
	// Title names the part, and Lines are the facts that the picture shows below it.
	Title string
	Lines []string
	// Facts are all key facts of the part.
	Facts []Fact
}

// Fact is a property of a box.
type Fact struct{ Name, Value string }

// fact adds a fact that is not empty.
func (b *Box) fact(name, value string) {
	if value != "" {
		b.Facts = append(b.Facts, Fact{name, value})
	}
}

// line adds a fact that the picture shows in the box.
func (b *Box) line(name, value string) {
	if value != "" {
		b.Lines = append(b.Lines, value)
		b.fact(name, value)
	}
}

// Kind is the kind of part that a box shows.
type Kind int

// The kinds of boxes, in the order in which a commit passes them. Requests pass them in the opposite order.
const (
	KindSource   Kind = iota // a repository, or the stack whose releases are deployed
	KindPackage              // the build of the package
	KindImage                // the build of the image
	KindImages               // the ECR repository, or the bucket of the releases
	KindApproval             // the manual approval
	KindDeploy               // CodeDeploy, or the rolling update of ECS
	KindTarget               // the stack that gets the releases
	KindTasks                // the running tasks
	KindNewTasks             // the tasks of the new version of a blue/green service
	KindBalancer             // a load balancer
	KindAPI                  // the HTTP API
	KindUserPool             // the user pool of the API
	KindClients              // the clients that send requests
	KindNetwork              // the network and the cluster
)

// Way is the kind of traffic that an arrow shows.
type Way int

// The kinds of arrows.
const (
	WayCommit  Way = iota // a commit on its way to the tasks
	WayRequest            // a request
	WayTest               // a request to the new version of a blue/green service
)

// Arrow connects two boxes.
type Arrow struct {
	// From and To are the ids of boxes.
	From, To string
	Way      Way
	Label    string
}

// The components of the stack, as the program registers them.
const (
	environmentComponent    = "Environment"
	buildPipelineComponent  = "BuildPipeline"
	blueGreenComponent      = "BlueGreen"
	fargateServiceComponent = "FargateService"
	apiGatewayComponent     = "ApiGateway"
)

// Draw returns the picture of a stack's configuration. The region is empty if the configuration
// does not name one.
func Draw(project, stack, region string, config *program.Config) Picture {
	d := &drawing{
		config:  config,
		picture: Picture{Project: project, Stack: stack, Network: network(project, stack, region, config)},
	}
	d.addShared()
	for i, service := range d.ordered() {
		d.addService(i+1, service)
	}
	return d.picture
}

// drawing holds a picture while Draw builds it.
type drawing struct {
	config  *program.Config
	picture Picture
}

func (d *drawing) arrow(from, to string, way Way, label string) {
	d.picture.Arrows = append(d.picture.Arrows, Arrow{From: from, To: to, Way: way, Label: label})
}

// ordered returns the services in the order of the picture: the services of each load balancer
// are next to each other, and so are those of the API.
func (d *drawing) ordered() []*program.Service {
	groups := make([][]*program.Service, 3)
	for i := range d.config.Services {
		service := &d.config.Services[i]
		group := 0
		if service.Internal() {
			group = 2
		} else if service.API != nil {
			group = 1
		}
		groups[group] = append(groups[group], service)
	}
	return slices.Concat(groups...)
}
