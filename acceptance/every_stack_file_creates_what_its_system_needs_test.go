//go:build acceptance

package acceptance

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
	"fargate-cd/internal/stackfiles"
)

// TestStackFiles runs every stack file of the repository from the first up to destroy. The
// first up creates what the system needs, another up changes nothing, a change of the
// configuration updates each component in place, and destroy leaves nothing.
func TestStackFiles(t *testing.T) {
	t.Parallel()
	files := stackFiles(t)
	for file := range readback.Systems {
		require.Contains(t, files, file, "readback/systems.go describes a stack file that does not exist")
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			system, known := readback.Systems[file]
			require.True(t, known, "%s has no system: describe in readback/systems.go what it needs", file)
			live(t, lab.NewStack(t, file, nil), system)
		})
	}
}

// stackFiles returns the stack files, relative to the project's directory.
func stackFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, path := range stackfiles.In(t, lab.Root) {
		file, err := filepath.Rel(lab.Root, path)
		require.NoError(t, err)
		file = filepath.ToSlash(file)
		if !strings.Contains(file, "shared-environment") && file != sourcesFile { // see TestTwoTeamsShareAnEnvironment and TestEachKindOfSourceStartsItsPipeline
			files = append(files, file)
		}
	}
	return files
}

// live runs one stack from the first up to destroy.
func live(t *testing.T, d *lab.Stack, system readback.System) {
	created := d.Up()
	require.Zero(t, created.Changes.Any()-created.Changes.Create, "the first up only creates: %v", lab.Changes(created))
	t.Run("up", func(t *testing.T) { readback.Compare(t, d, system) })
	t.Run("buildspecs", func(t *testing.T) { readback.CheckBuildspecs(t, d, system) })
	d.RequireStable()

	changed, updates := update(t, d, system)
	require.ElementsMatch(t, updates, lab.Changes(d.Up()), "up updates each component in place, and nothing else")
	t.Run("update", func(t *testing.T) { readback.Compare(t, d, changed) })

	d.Config["deletionProtection"] = false
	d.Up()
	var retained []string
	for _, each := range system.Services {
		if system.Retained {
			retained = append(retained, each.Name)
		}
	}
	d.End(retained...)
}

// update changes the configuration of each component. It returns the changed system, and
// the expected steps of the next up, which replaces nothing.
func update(t *testing.T, d *lab.Stack, system readback.System) (readback.System, []string) {
	t.Helper()
	var updates []string
	does := func(kind, name string) { updates = append(updates, "update "+kind+" "+name) }

	d.Config["deletionProtection"] = true // Environment
	system.Protected = true
	for _, balancer := range system.Balancers() {
		does("aws:lb/loadBalancer:LoadBalancer", d.Name+"-"+balancer)
	}

	system.Services = slices.Clone(system.Services)
	for i, configured := range d.Services() {
		service := &system.Services[i]
		section := func(key string) map[string]any {
			value, ok := configured[key].(map[string]any)
			if !ok {
				value = map[string]any{}
				configured[key] = value
			}
			return value
		}
		section("healthCheck")["intervalSeconds"] = 20 // FargateService
		service.Check.Interval = 20
		does("aws:lb/targetGroup:TargetGroup", service.Name+"-blue")

		if service.Source.Stack != "" { // BuildPipeline
			section("approval") // a release has no build to change
			service.Approval = true
			does("aws:codepipeline/pipeline:Pipeline", service.Name)
		} else {
			section("build")["timeoutMinutes"] = 45
			service.Build.Minutes = 45
			for _, kind := range service.Builds() {
				does("aws:codebuild/project:Project", service.Name+"-"+kind)
			}
		}

		if service.BlueGreen != nil { // BlueGreen
			section("deployment")["terminationWaitMinutes"] = 7
			moved := *service.BlueGreen
			moved.TerminationMinutes = 7
			service.BlueGreen = &moved
			does("aws:lb/targetGroup:TargetGroup", service.Name+"-green")
			does("aws:codedeploy/deploymentGroup:DeploymentGroup", service.Name)
		}
		if _, ok := configured["api"]; ok { // ApiGateway
			section("api")["scopes"] = []string{"fargate-cd/read"}
		}
	}
	system.Routes = slices.Clone(system.Routes)
	before := system.Scopes()
	for i := range system.Routes {
		system.Routes[i].Scopes = []string{"fargate-cd/read"}
		does("aws:apigatewayv2/route:Route", fmt.Sprintf("%s-%s", d.Name, system.Routes[i].Key))
	}
	if len(system.Routes) > 0 {
		// The first custom scope creates the client for machines. The authorizer must accept its tokens too.
		updates = append(updates, "create aws:cognito/resourceServer:ResourceServer "+d.Name+"-fargate-cd")
		does("aws:cognito/userPoolClient:UserPoolClient", d.Name)
		if len(before) == 0 {
			updates = append(updates, "create aws:cognito/userPoolClient:UserPoolClient "+d.Name+"-machines")
			does("aws:apigatewayv2/authorizer:Authorizer", d.Name)
		} else {
			does("aws:cognito/userPoolClient:UserPoolClient", d.Name+"-machines")
		}
		for _, scope := range before {
			server, _, _ := strings.Cut(scope, "/")
			updates = append(updates, "delete aws:cognito/resourceServer:ResourceServer "+d.Name+"-"+server)
		}
	}
	return system, updates
}
