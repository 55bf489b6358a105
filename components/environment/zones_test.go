package environment_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// The network is in the first two available zones that are not local zones, unless the configuration names others.
func TestZones(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{}))
	require.Equal(t, list{"eu-central-1b", "eu-central-1c"}, r.One(t, "awsx:ec2:Vpc", "test-vpc").Inputs["availabilityZoneNames"])
	require.Equal(t, list{"ape1-az1", "apne1-az3", "use1-az3", "usw1-az2"}, r.LastArgs["index.getAvailabilityZones"]["excludeZoneIds"],
		"zones without Fargate or VPC links")

	zones := func(ids ...any) enginetest.Answer {
		return enginetest.Answer{Values: map[string]any{"names": list{"eu-central-1a", "eu-central-1c"}, "zoneIds": ids}}
	}
	pinned := &enginetest.Engine{Zones: zones("euc1-az2", "euc1-az1")}
	pinned.MustRun(t, program(environment.Args{Spec: environment.Spec{AvailabilityZones: []string{"eu-central-1c", "eu-central-1a"}}}))
	require.Equal(t, list{"eu-central-1c", "eu-central-1a"},
		pinned.One(t, "awsx:ec2:Vpc", "test-vpc").Inputs["availabilityZoneNames"], "pinned, in the order given")
	(&enginetest.Engine{Zones: enginetest.Answer{Err: errors.New("unexpected call")}}).MustRun(t, program(environment.Args{Spec: existingNetwork()}))
	unsuitable := &enginetest.Engine{Zones: zones("usw1-az2", "use1-az3")}
	require.ErrorContains(t, unsuitable.Run(program(environment.Args{Spec: environment.Spec{AvailabilityZones: []string{"eu-central-1c", "eu-central-1a"}}}), nil),
		`availabilityZones[1]: "eu-central-1a" is not allowed: a zone with Fargate; in this account it is the zone usw1-az2, in which`)
	require.Empty(t, unsuitable.Registered)

	for want, zones := range map[string]enginetest.Answer{
		"reading the availability zones of the region: ": {Err: errors.New("UnauthorizedOperation")},
		"the region has 1 suitable availability zones, [eu-central-1b], and a load balancer needs 2: ": {
			Values: map[string]any{"names": list{"eu-central-1b"}},
		},
	} {
		r := &enginetest.Engine{Zones: zones}
		require.ErrorContains(t, r.Run(program(environment.Args{}), nil), want)
		require.Empty(t, r.Registered, "nothing is registered")
	}
}
