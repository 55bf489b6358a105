package fargateservice

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
)

func sidecar(image string) []SidecarSpec {
	spec := SidecarSpec{Name: "a", Image: image}
	defaults.Set(&spec)
	return []SidecarSpec{spec}
}

// The shape decides whether an update keeps or replaces a deployment of the pipeline.
// It must not depend on the image, and must differ after every change of another
// property of the tasks.
func TestShape(t *testing.T) {
	shape := func(change func(*Spec)) string {
		spec := Spec{Environment: map[string]string{"A": "1", "B": "2"}}
		defaults.Set(&spec)
		change(&spec)
		return spec.shape("web")
	}
	unchanged := shape(func(*Spec) {})
	require.Equal(t, "d5ea3dcc9b4550f8", unchanged, "a different fingerprint would replace the revision of every service at the next up")

	for name, change := range map[string]func(*Spec){
		"nothing":      func(*Spec) {},
		"image":        func(s *Spec) { s.Image = "other" },
		"count":        func(s *Spec) { s.DesiredCount = pulumi.IntRef(9) },
		"paths":        func(s *Spec) { s.PathPatterns = []string{"/other"} },
		"priority":     func(s *Spec) { s.Priority = pulumi.IntRef(9) },
		"health check": func(s *Spec) { s.HealthCheck.Path = "/other" },
		"egress":       func(s *Spec) { s.EgressPorts = nil },
		"scaling":      func(s *Spec) { s.Scaling = &ScalingSpec{MaxCapacity: pulumi.IntRef(9)} },
		"permissions":  func(s *Spec) { s.TaskRolePolicyArns = []string{"arn"} },
		"secrets' key": func(s *Spec) { s.SecretsKmsKeyArns = pulumi.StringArray{pulumi.String("arn")} },
	} {
		require.Equal(t, unchanged, shape(change), "%s is not part of the shape", name)
	}

	seen := map[string]string{unchanged: "nothing"}
	for name, change := range map[string]func(*Spec){
		"cpu":              func(s *Spec) { s.Cpu = 512 },
		"memory":           func(s *Spec) { s.Memory = 1024 },
		"port":             func(s *Spec) { s.ContainerPort = 80 },
		"user":             func(s *Spec) { s.User = "0:0" },
		"read-only root":   func(s *Spec) { s.ReadonlyRootFilesystem = pulumi.BoolRef(false) },
		"stop timeout":     func(s *Spec) { s.StopTimeoutSeconds = 60 },
		"a value":          func(s *Spec) { s.Environment["A"] = "2" },
		"a name":           func(s *Spec) { s.Environment = map[string]string{"A": "1", "C": "2"} },
		"a variable fewer": func(s *Spec) { s.Environment = map[string]string{"A": "1"} },
		"command":          func(s *Spec) { s.Command = []string{"a"} },
		"entry point":      func(s *Spec) { s.EntryPoint = []string{"a"} },
		"container check":  func(s *Spec) { s.ContainerHealthCheck = &ContainerHealthCheckSpec{Command: []string{"CMD", "a"}} },
		"init process":     func(s *Spec) { s.InitProcessEnabled = true },
		"open files":       func(s *Spec) { s.NofileLimit = 1024 },
		"a writable path":  func(s *Spec) { s.WritablePaths = []string{"/tmp"} },
		"storage":          func(s *Spec) { s.EphemeralStorageGiB = 21 },
		"storage on ARM":   func(s *Spec) { s.EphemeralStorageGiB, s.Architecture = 21, ArchitectureARM },
		"a secret":         func(s *Spec) { s.Secrets = map[string]string{"C": "arn"} },
		"another secret":   func(s *Spec) { s.Secrets = map[string]string{"C": "arn2"} },
		"a sidecar":        func(s *Spec) { s.Sidecars = sidecar("a") },
		"another sidecar":  func(s *Spec) { s.Sidecars = sidecar("b") },
		"a dependency":     func(s *Spec) { s.DependsOn = []DependencySpec{{"a", "START"}} },
		"exec":             func(s *Spec) { s.Exec = true },
		"a file system":    func(s *Spec) { s.EfsVolumes = []EFSVolumeSpec{{FileSystemID: "a", ContainerPath: "/a"}} },
		"another one":      func(s *Spec) { s.EfsVolumes = []EFSVolumeSpec{{FileSystemID: "b", ContainerPath: "/a"}} },
		"a log router":     func(s *Spec) { s.LogRouter = &LogRouterSpec{Image: "a"} },
		"a client":         func(s *Spec) { s.ServiceConnect = &ServiceConnectSpec{ConnectsTo: []string{"a"}} },
		"a server":         func(s *Spec) { s.ServiceConnect = &ServiceConnectSpec{ClientAlias: "a:1"} },
		"architecture":     func(s *Spec) { s.Architecture = ArchitectureARM },
		"values exchanged": func(s *Spec) { s.Environment = map[string]string{"A": "2", "B": "1"} },
	} {
		got := shape(change)
		require.NotContains(t, seen, got, "%s gives the shape of %s", name, seen[got])
		seen[got] = name
	}
	other := defaultService()
	require.NotEqual(t, other.shape("web"), other.shape("api"))
}

// CodePipeline copies the labels of the running revision. So the shape label must hold
// the configured shape with every image.
func TestContainerHasItsShape(t *testing.T) {
	s := &FargateService{name: "web", spec: defaultService(), balancer: &environment.LoadBalancer{}}
	bootstrap := s.spec.withBootstrap()
	for _, spec := range []*Spec{&s.spec, &bootstrap} {
		container := s.container(spec, "image")
		require.Equal(t, "image", container.Image)
		require.Equal(t, map[string]string{shapeLabel: s.spec.shape("web"), controllerLabel: "ECS", balancerLabel: ""}, container.DockerLabels)
	}
	require.NotNil(t, s.container(&s.spec, "").Environment, "AWS returns an empty list, and null would be a difference")
}
