//go:build acceptance

package acceptance

import (
	"fmt"
	"slices"
	"testing"
)

// update changes one thing of each component in the configuration. It returns
// what the system demands then, and the updates that must be made: in place,
// nothing is replaced.
func update(t *testing.T, d *deployed, demanded system) (system, []string) {
	t.Helper()
	var updates []string
	does := func(kind, name string) { updates = append(updates, "update "+kind+" "+name) }

	d.config["deletionProtection"] = true // Environment
	demanded.protected = true
	does("aws:lb/loadBalancer:LoadBalancer", d.name+"-alb")

	demanded.services = slices.Clone(demanded.services)
	for i, each := range d.services() {
		configured, service := each.(map[string]any), &demanded.services[i]
		section := func(key string) map[string]any {
			value, ok := configured[key].(map[string]any)
			if !ok {
				value = map[string]any{}
				configured[key] = value
			}
			return value
		}
		section("healthCheck")["intervalSeconds"] = 20 // FargateService
		service.check.interval = 20
		does("aws:lb/targetGroup:TargetGroup", service.name+"-blue")
		if service.blueGreen == nil { // CodePipeline waits for the slower checks as well
			service.deployMinutes += map[int32]int{1: 2, 2: 1}[service.tasks]
			does("aws:codepipeline/pipeline:Pipeline", service.name)
		}

		section("build")["timeoutMinutes"] = 45 // BuildPipeline
		service.build.minutes = 45
		does("aws:codebuild/project:Project", service.name+"-image")
		if service.build.packages {
			does("aws:codebuild/project:Project", service.name+"-package")
		}

		if service.blueGreen != nil { // BlueGreen
			section("deployment")["terminationWaitMinutes"] = 7
			moved := *service.blueGreen
			moved.terminationMinutes = 7
			service.blueGreen = &moved
			does("aws:lb/targetGroup:TargetGroup", service.name+"-green")
			does("aws:codedeploy/deploymentGroup:DeploymentGroup", service.name)
		}
		if _, ok := configured["api"]; ok { // ApiGateway
			section("api")["scopes"] = []string{"fargate-cd/read"}
		}
	}
	demanded.routes = slices.Clone(demanded.routes)
	for i := range demanded.routes {
		demanded.routes[i].scopes = []string{"fargate-cd/read"}
		does("aws:apigatewayv2/route:Route", fmt.Sprintf("%s-%s", d.name, demanded.routes[i].key))
	}
	return demanded, updates
}
