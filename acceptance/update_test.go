//go:build acceptance

package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// update changes one thing of each component in the configuration. It returns
// what the system demands then, and the changes that must be made: in place,
// nothing is replaced.
func update(t *testing.T, d *deployed, demanded system) (system, []string) {
	t.Helper()
	var updates []string
	does := func(kind, name string) { updates = append(updates, "update "+kind+" "+name) }

	d.config["deletionProtection"] = true // Environment
	demanded.protected = true
	for _, balancer := range demanded.balancers() {
		does("aws:lb/loadBalancer:LoadBalancer", d.name+"-"+balancer)
	}

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

		section("build")["timeoutMinutes"] = 45 // BuildPipeline
		service.build.minutes = 45
		does("aws:codebuild/project:Project", service.name+"-image")
		if service.build.packages {
			does("aws:codebuild/project:Project", service.name+"-package")
		}
		if service.blueGreen != nil {
			does("aws:codebuild/project:Project", service.name+"-select")
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
	before := demanded.scopes()
	for i := range demanded.routes {
		demanded.routes[i].scopes = []string{"fargate-cd/read"}
		does("aws:apigatewayv2/route:Route", fmt.Sprintf("%s-%s", d.name, demanded.routes[i].key))
	}
	if len(demanded.routes) > 0 {
		// The first custom scope brings the client for machines, for which the authorizer has to accept tokens too.
		updates = append(updates, "create aws:cognito/resourceServer:ResourceServer "+d.name+"-fargate-cd")
		does("aws:cognito/userPoolClient:UserPoolClient", d.name)
		if len(before) == 0 {
			updates = append(updates, "create aws:cognito/userPoolClient:UserPoolClient "+d.name+"-machines")
			does("aws:apigatewayv2/authorizer:Authorizer", d.name)
		} else {
			does("aws:cognito/userPoolClient:UserPoolClient", d.name+"-machines")
		}
		for _, scope := range before {
			server, _, _ := strings.Cut(scope, "/")
			updates = append(updates, "delete aws:cognito/resourceServer:ResourceServer "+d.name+"-"+server)
		}
	}
	return demanded, updates
}
