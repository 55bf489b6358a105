package fargateservice_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// All connections that the security groups allow to and from the tasks.
func TestFirewall(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		ContainerPort: 5000, EgressPorts: []int{443, 5432},
	}}}.program)

	rule := func(group, description string, port float64, peerKey, peer string) object {
		return object{
			"securityGroupId": group, "description": description, "ipProtocol": "tcp", "fromPort": port, "toPort": port, peerKey: peer,
		}
	}
	require.Equal(t, object{"description": "Tasks of web", "vpcId": "test-vpc-id"},
		r.One(t, "ec2.SecurityGroup", "web-tasks").Inputs, "a group without inline rules")
	require.Equal(t, rule("web-tasks-securitygroup", "Load balancer to the container port", 5000, "referencedSecurityGroupId", "test-alb-securitygroup"),
		r.One(t, "vpc.SecurityGroupIngressRule", "web-from-alb-5000").Inputs)
	require.Equal(t, rule("test-alb-securitygroup", "To the tasks of web", 5000, "referencedSecurityGroupId", "web-tasks-securitygroup"),
		r.One(t, "vpc.SecurityGroupEgressRule", "web-alb-to-5000").Inputs)
	require.Equal(t, rule("web-tasks-securitygroup", "TCP 443 to any network", 443, "cidrIpv4", "0.0.0.0/0"),
		r.One(t, "vpc.SecurityGroupEgressRule", "web-to-443").Inputs)
	require.Equal(t, rule("web-tasks-securitygroup", "TCP 5432 to any network", 5432, "cidrIpv4", "0.0.0.0/0"),
		r.One(t, "vpc.SecurityGroupEgressRule", "web-to-5432").Inputs)
}

// The old tasks of a blue/green service receive traffic on their old port until its
// next deployment is over.
func TestServiceKeepsTheOldPortOpen(t *testing.T) {
	args := &fargateservice.Args{Spec: fargateservice.Spec{ContainerPort: 9090}}
	for name, test := range map[string]struct {
		blueGreen bool
		before    *types.Service
		want      []string
	}{
		"rolling": {before: enginetest.Runs(revision), want: []string{"web-from-alb-9090"}},
		"blue/green": {blueGreen: true, before: enginetest.Runs("", taskSets(revision)),
			want: []string{"web-from-alb-8080", "web-from-alb-9090"}},
		"blue/green while old tasks wait for termination": {blueGreen: true, before: enginetest.Runs("", taskSets(otherRevision, revision)),
			want: []string{"web-from-alb-8080", "web-from-alb-9090"}},
		"blue/green afterwards": {blueGreen: true, before: enginetest.Runs("", taskSets(otherRevision)), want: []string{"web-from-alb-9090"}},
	} {
		t.Run(name, func(t *testing.T) {
			made := map[string]string{"fargate-cd.controller": "CODE_DEPLOY"}
			if !test.blueGreen {
				made = nil
			}
			r := &enginetest.Engine{Before: test.before, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, made, 8080), otherRevision: container(image, made, 9090),
				"fargate-cd-test-web": container(image, made),
			}}
			r.MustRun(t, setup{service: args, blueGreen: test.blueGreen}.program)
			require.Equal(t, test.want, enginetest.Names(r.All("vpc.SecurityGroupIngressRule"))[1:], "rules other than the listener's")
			require.Contains(t, r.One(t, "lb.TargetGroup", "web-blue").IgnoreChanges, "port", "a changed port would replace the group")
		})
	}
}
