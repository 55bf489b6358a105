package sandbox

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// Types that only tests name.
const (
	alarmType           = "aws:cloudwatch/metricAlarm:MetricAlarm"
	attachmentType      = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	clientType          = "aws:cognito/userPoolClient:UserPoolClient"
	dashboardType       = "aws:cloudwatch/dashboard:Dashboard"
	recordType          = "aws:route53/record:Record"
	rolePolicyType      = "aws:iam/rolePolicy:RolePolicy"
	routeType           = "aws:apigatewayv2/route:Route"
	scalingPolicyType   = "aws:appautoscaling/policy:Policy"
	scheduledActionType = "aws:appautoscaling/scheduledAction:ScheduledAction"
)

// site holds the resources that an ECS service needs.
type site struct {
	vpc, balancer, blue, green, listener, cluster, task string
	subnets                                             []any
	group                                               string
	controller                                          string
}

// site creates a network, a balancer whose listener forwards to one target group and whose rule to another, a cluster and
// a task definition.
func (d *desk) site(controller string) site {
	d.t.Helper()
	s := site{controller: controller}
	s.vpc, _ = d.create(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	for i, zone := range zones("eu-central-1")[:2] {
		id, _ := d.create(subnetType, "net-"+zone, props{"vpcId": s.vpc, "availabilityZone": zone,
			"cidrBlock": []string{"10.0.0.0/24", "10.0.1.0/24"}[i]})
		s.subnets = append(s.subnets, id)
	}
	s.group, _ = d.create(securityGroupType, "web", props{"vpcId": s.vpc})
	s.balancer, _ = d.create(balancerType, "web", props{"subnets": s.subnets, "securityGroups": []any{s.group}})
	s.blue, _ = d.create(targetGroupType, "blue", d.groupInputs(s, "blue"))
	s.green, _ = d.create(targetGroupType, "green", d.groupInputs(s, "green"))
	s.listener, _ = d.create(listenerType, "web", props{"loadBalancerArn": s.balancer, "port": 80, "protocol": "HTTP",
		"defaultActions": []any{props{"type": "forward", "targetGroupArn": s.blue}}})
	d.create(ruleType, "web", props{"listenerArn": s.listener, "priority": 1, "conditions": sound[ruleType]["conditions"],
		"actions": []any{props{"type": "forward", "targetGroupArn": s.green}}})
	s.cluster, _ = d.create(clusterType, "main", props{"name": "main"})
	s.task = d.register("web", "image:1")
	return s
}

func (d *desk) groupInputs(s site, name string) props {
	return props{"name": name, "vpcId": s.vpc, "port": 8080, "protocol": "HTTP", "targetType": "ip"}
}

func (d *desk) register(family, image string) string {
	d.t.Helper()
	_, state := d.create(taskDefinitionType, family, props{"family": family, "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"},
		"containerDefinitions": `[{"name":"web","image":"` +
			image + `","portMappings":[{"containerPort":8080}],"environment":[{"name":"A","value":"1"}]}]`})
	return text(state, "arn")
}

func (d *desk) serviceInputs(s site) props {
	return props{"name": "web", "cluster": s.cluster, "taskDefinition": s.task, "desiredCount": 1,
		"deploymentController": props{"type": s.controller},
		"networkConfiguration": props{"subnets": s.subnets, "securityGroups": []any{s.group}},
		"loadBalancers":        []any{props{"containerName": "web", "containerPort": 8080, "targetGroupArn": s.blue}}}
}

// only returns the only resource of a type in the region.
func (d *desk) only(token string) item {
	d.t.Helper()
	items, err := d.in.account(d.server.store).all(token)
	require.NoError(d.t, err)
	require.Len(d.t, items, 1, token)
	return items[0]
}

// merged returns base overridden by more; a nil value removes an input.
func merged(base, more props) props {
	all := props{}
	for _, part := range []props{base, more} {
		for key, v := range part {
			if all[key] = v; v == nil {
				delete(all, key)
			}
		}
	}
	return all
}

// unknownValue is the value of an input that is still unknown in a preview.
var unknownValue = resource.Computed{Element: resource.NewProperty("")}
