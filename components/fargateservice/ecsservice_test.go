package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// The inputs of the ECS service for both kinds of deployment.
func TestInputs(t *testing.T) {
	args := &fargateservice.Args{Spec: fargateservice.Spec{
		ContainerPort: 5000, DesiredCount: pulumi.IntRef(3), HealthCheck: fargateservice.HealthCheckSpec{GracePeriodSeconds: pulumi.IntRef(20)},
	}}
	common := object{
		"name": "web", "cluster": "arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster",
		"taskDefinition": madeRevision,
		"launchType":     "FARGATE", "platformVersion": "LATEST",
		"desiredCount": 3.0, "healthCheckGracePeriodSeconds": 20.0,
		"enableEcsManagedTags": true, "propagateTags": "SERVICE",
		"networkConfiguration": object{
			"subnets": list{"subnet-private-1", "subnet-private-2"}, "securityGroups": list{"web-tasks-securitygroup"}, "assignPublicIp": false,
		},
		"loadBalancers": list{object{
			"targetGroupArn": "arn:aws:lb:eu-central-1:111122223333:targetgroup/web-blue",
			"containerName":  "web", "containerPort": 5000.0,
		}},
	}
	for name, test := range map[string]struct {
		blueGreen   bool
		want        object // in addition to common
		wantIgnored []string
	}{
		"rolling": {want: object{
			"deploymentMinimumHealthyPercent": 100.0, "deploymentMaximumPercent": 200.0,
			"deploymentCircuitBreaker": object{"enable": true, "rollback": true},
		}},
		// On a CodeDeploy service, AWS refuses a circuit breaker and an update of the ignored properties.
		"blue/green": {
			blueGreen:   true,
			want:        object{"deploymentController": object{"type": "CODE_DEPLOY"}},
			wantIgnored: []string{"loadBalancers", "networkConfiguration", "platformVersion"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, setup{service: args, blueGreen: test.blueGreen}.program)

			service := r.One(t, "ecs.Service", "web")
			for key, value := range common {
				test.want[key] = value
			}
			require.Equal(t, test.want, service.Inputs)
			require.ElementsMatch(t, test.wantIgnored, service.IgnoreChanges)
			// Without its role's policy a service fails to start tasks. Without its listener rules ECS refuses it. If
			// one of them is deleted before the service, the destruction of the stack hangs.
			for kind, name := range map[string]string{
				"iam.RolePolicy": "web-execution", "lb.ListenerRule": "web-production",
				"vpc.SecurityGroupEgressRule": "web-to-443", "vpc.SecurityGroupIngressRule": "web-from-alb-5000",
			} {
				require.True(t, service.Needs(r.One(t, kind, name)), "the service needs %s %s", kind, name)
			}
		})
	}
}
