package fargateservice_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// An image runs only on the architecture for which it was built. The program refuses
// the change before the service's tasks begin to fail.
func TestRunningServiceKeepsItsArchitecture(t *testing.T) {
	for name, test := range map[string]struct {
		image, wanted string
		labels        map[string]string
		want          string // empty: no error
	}{
		"from x86 to ARM": {image: image, wanted: "ARM64", labels: map[string]string{"fargate-cd.shape": "1"},
			want: `service web: build.architecture: "ARM64" is not allowed: X86_64, for which the running image was built`},
		"from ARM to x86": {image: image, wanted: "X86_64", labels: map[string]string{"fargate-cd.architecture": "ARM64"},
			want: `service web: build.architecture: "X86_64" is not allowed: ARM64, for which the running image was built`},
		"the same":                    {image: image, wanted: "ARM64", labels: map[string]string{"fargate-cd.architecture": "ARM64"}},
		"before the first deployment": {image: bootstrap, wanted: "ARM64", labels: map[string]string{"fargate-cd.bootstrap": bootstrap}},
	} {
		t.Run(name, func(t *testing.T) {
			ran := container(test.image, test.labels)
			r := &enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{
				revision: ran, "fargate-cd-test-web": ran,
			}}
			err := r.Run(setup{service: &fargateservice.Args{
				Spec: fargateservice.Spec{Architecture: test.wanted},
			}}.program, nil)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}

// The services with the old and the new name exist together for a while, so they need different priorities.
func TestAnotherServiceNeedsAnotherPriority(t *testing.T) {
	for want, given := range map[string]fargateservice.Spec{
		"another name": {Image: "a"}, "another name and another priority": {Image: "a", Priority: pulumi.IntRef(7)},
	} {
		given.ProtocolVersion = "GRPC"
		r := &enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{revision: container(image, nil)}}
		err := r.Run(setup{environment: withHTTPS, service: &fargateservice.Args{Spec: given}}.program, nil)
		require.ErrorContains(t, err, "create a service with "+want)
		require.Equal(t, given.Priority != nil, strings.Contains(err.Error(), "priority"))
	}
}
