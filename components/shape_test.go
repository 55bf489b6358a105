package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
)

// The shape decides whether a deployment of the pipeline is kept or replaced:
// it must be the same for every image, and another for every other change.
func TestShape(t *testing.T) {
	shape := func(change func(*ServiceSpec)) string {
		spec := ServiceSpec{Environment: map[string]string{"A": "1", "B": "2"}}
		defaults.Set(&spec)
		change(&spec)
		return spec.shape("web")
	}
	unchanged := shape(func(*ServiceSpec) {})
	require.Equal(t, "d5ea3dcc9b4550f8", unchanged, "another one would replace the revision of every service at the next up")

	for name, change := range map[string]func(*ServiceSpec){
		"nothing":      func(*ServiceSpec) {},
		"image":        func(s *ServiceSpec) { s.Image = "other" },
		"count":        func(s *ServiceSpec) { s.DesiredCount = pulumi.IntRef(9) },
		"paths":        func(s *ServiceSpec) { s.PathPatterns = []string{"/other"} },
		"priority":     func(s *ServiceSpec) { s.Priority = 9 },
		"health check": func(s *ServiceSpec) { s.HealthCheck.Path = "/other" },
		"egress":       func(s *ServiceSpec) { s.EgressPorts = nil },
	} {
		require.Equal(t, unchanged, shape(change), "%s is no part of the shape", name)
	}

	seen := map[string]string{unchanged: "nothing"}
	for name, change := range map[string]func(*ServiceSpec){
		"cpu":               func(s *ServiceSpec) { s.Cpu = 512 },
		"memory":            func(s *ServiceSpec) { s.Memory = 1024 },
		"port":              func(s *ServiceSpec) { s.ContainerPort = 80 },
		"user":              func(s *ServiceSpec) { s.User = "0:0" },
		"read-only root":    func(s *ServiceSpec) { s.ReadonlyRootFilesystem = pulumi.BoolRef(false) },
		"stop timeout":      func(s *ServiceSpec) { s.StopTimeoutSeconds = 60 },
		"a value":           func(s *ServiceSpec) { s.Environment["A"] = "2" },
		"a name":            func(s *ServiceSpec) { s.Environment = map[string]string{"A": "1", "C": "2"} },
		"one variable less": func(s *ServiceSpec) { s.Environment = map[string]string{"A": "1"} },
		"architecture":      func(s *ServiceSpec) { s.Architecture = ArchitectureARM },
		"values exchanged":  func(s *ServiceSpec) { s.Environment = map[string]string{"A": "2", "B": "1"} },
	} {
		got := shape(change)
		require.NotContains(t, seen, got, "%s gives the shape of %s", name, seen[got])
		seen[got] = name
	}
	other := defaultService()
	require.NotEqual(t, other.shape("web"), other.shape("api"))
}

// CodePipeline keeps the labels of the revision it starts from, whatever its
// image: the label must be the configured shape, with every image.
func TestContainerCarriesItsShape(t *testing.T) {
	s := &FargateService{name: "web", spec: defaultService()}
	bootstrap := s.spec.withBootstrap()
	for _, spec := range []*ServiceSpec{&s.spec, &bootstrap} {
		container := s.container(spec, "image")
		require.Equal(t, "image", container.Image)
		require.Equal(t, map[string]string{shapeLabel: s.spec.shape("web"), controllerLabel: "ECS"}, container.DockerLabels)
	}
	require.NotNil(t, s.container(&s.spec, "").Environment, "AWS answers with a list, and null would differ from it")
}

func TestWithBootstrap(t *testing.T) {
	given := ServiceSpec{ContainerPort: 5000, Environment: map[string]string{"A": "1"}}
	got := given.withBootstrap()
	require.Equal(t, bootstrapImage, got.Image)
	require.Equal(t, map[string]string{"A": "1", "WHOAMI_PORT_NUMBER": "5000"}, got.Environment)
	require.Equal(t, map[string]string{"A": "1"}, given.Environment, "the configuration stays as it is")

	empty := ServiceSpec{ContainerPort: 80}
	require.Equal(t, map[string]string{"WHOAMI_PORT_NUMBER": "80"}, empty.withBootstrap().Environment)

	named := ServiceSpec{ContainerPort: 80, Image: "httpd"}
	require.Equal(t, named, named.withBootstrap())
}
