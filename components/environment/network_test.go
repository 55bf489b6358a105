package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

func TestNetwork(t *testing.T) {
	for name, test := range map[string]struct {
		given                   environment.Spec
		created                 bool
		wantBalancer, wantTasks list
	}{
		"created": {
			created:      true,
			wantBalancer: list{"subnet-public-1", "subnet-public-2"},
			wantTasks:    list{"subnet-private-1", "subnet-private-2"},
		},
		"created, without NAT": {
			given:        environment.Spec{NatGatewayStrategy: "None", AssignPublicIP: true},
			created:      true,
			wantBalancer: list{"subnet-public-1", "subnet-public-2"},
			wantTasks:    list{"subnet-public-1", "subnet-public-2"},
		},
		"existing": {
			given:        existingNetwork(),
			wantBalancer: list{"subnet-00000001", "subnet-00000002"},
			wantTasks:    list{"subnet-00000003", "subnet-00000004"},
		},
		"existing, public tasks": {
			given: environment.Spec{
				VpcID: existingNetwork().VpcID, PublicSubnetIDs: existingNetwork().PublicSubnetIDs, AssignPublicIP: true,
			},
			wantBalancer: list{"subnet-00000001", "subnet-00000002"},
			wantTasks:    list{"subnet-00000001", "subnet-00000002"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			var public bool
			r.MustRun(t, func(ctx *pulumi.Context) error {
				made, err := environment.New(ctx, enginetest.Stack, &environment.Args{
					Spec: test.given, ClusterName: clusterName,
					LoadBalancers: []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal},
				})
				public = err == nil && made.AssignPublicIP()
				return err
			})
			require.Equal(t, test.wantTasks, r.One(t, "lb.LoadBalancer", "test-internal").Inputs["subnets"])
			require.Equal(t, test.given.AssignPublicIP, public)
			require.Equal(t, test.wantBalancer, r.One(t, "lb.LoadBalancer", "test-alb").Inputs["subnets"])
			if !test.created {
				require.Empty(t, r.All("awsx:ec2:Vpc"))
				return
			}
			network := r.One(t, "awsx:ec2:Vpc", "test-vpc").Inputs
			require.Equal(t, object{"strategy": "None"}, network["natGateways"])
			require.Equal(t, "10.0.0.0/16", network["cidrBlock"])
			require.Equal(t, list{"eu-central-1b", "eu-central-1c"}, network["availabilityZoneNames"])
			require.Equal(t, list{object{"type": "Public"}, object{"type": "Private"}}, network["subnetSpecs"])
			require.Equal(t, "Auto", network["subnetStrategy"])
		})
	}
}
