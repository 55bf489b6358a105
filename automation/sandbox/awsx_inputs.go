package sandbox

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// vpcInputs are the inputs of awsx:ec2:Vpc that the sandbox builds; any other is refused.
type vpcInputs struct {
	AvailabilityZoneCidrMask  *int                  `pulumi:"availabilityZoneCidrMask"`
	AvailabilityZoneNames     []string              `pulumi:"availabilityZoneNames"`
	CidrBlock                 *string               `pulumi:"cidrBlock"`
	EnableDnsHostnames        pulumi.BoolPtrInput   `pulumi:"enableDnsHostnames"`
	EnableDnsSupport          pulumi.BoolPtrInput   `pulumi:"enableDnsSupport"`
	InstanceTenancy           pulumi.StringPtrInput `pulumi:"instanceTenancy"`
	NatGateways               *natInputs            `pulumi:"natGateways"`
	NumberOfAvailabilityZones *int                  `pulumi:"numberOfAvailabilityZones"`
	SubnetSpecs               []subnetInputs        `pulumi:"subnetSpecs"`
	SubnetStrategy            *string               `pulumi:"subnetStrategy"`
	Tags                      pulumi.StringMapInput `pulumi:"tags"`
}

// natInputs configure the NAT gateways.
type natInputs struct {
	ElasticIpAllocationIds []pulumi.StringInput `pulumi:"elasticIpAllocationIds"`
	Strategy               string               `pulumi:"strategy"`
}

// subnetInputs describe one kind of subnet, of which each zone gets one.
type subnetInputs struct {
	CidrBlocks []string              `pulumi:"cidrBlocks"`
	CidrMask   *int                  `pulumi:"cidrMask"`
	Name       *string               `pulumi:"name"`
	Size       *int                  `pulumi:"size"`
	Tags       pulumi.StringMapInput `pulumi:"tags"`
	Type       string                `pulumi:"type"`
}

// defaultZones is how many zones a network has when nothing else is said, and defaultBlock its address range.
const (
	defaultZones = 3
	defaultBlock = "10.0.0.0/16"
)

// readVpcInputs refuses what the sandbox does not build and reads the rest.
func readVpcInputs(req *pulumirpc.ConstructRequest, inputs provider.ConstructInputs) (*vpcInputs, error) {
	p, err := decode(req.GetInputs())
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, f := range conform(p, reflect.TypeOf(vpcInputs{})) {
		faults = append(faults, fmt.Errorf("%s %s (this is what the sandbox builds of awsx)", f.path, f.reason))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	args := &vpcInputs{}
	if err := inputs.CopyTo(args); err != nil {
		return nil, fmt.Errorf("reading inputs: %w", err)
	}
	return args, args.validate()
}

// validate reports every fault that does not depend on the zones.
func (a *vpcInputs) validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if a.AvailabilityZoneNames != nil && a.NumberOfAvailabilityZones != nil {
		fault("availabilityZoneNames and numberOfAvailabilityZones are both given; allowed is one of them")
	}
	if n := a.NumberOfAvailabilityZones; n != nil && *n < 1 {
		fault("numberOfAvailabilityZones is %d; allowed is at least 1", *n)
	}
	strategies := []awsxec2.SubnetAllocationStrategy{awsxec2.SubnetAllocationStrategyAuto, awsxec2.SubnetAllocationStrategyLegacy}
	if s := a.SubnetStrategy; s != nil && !slices.Contains(strategies, awsxec2.SubnetAllocationStrategy(*s)) {
		fault("subnetStrategy is %q; the sandbox builds Auto, and Legacy without subnetSpecs", *s)
	}
	if a.legacy() && a.SubnetSpecs != nil {
		fault("subnetStrategy is Legacy (awsx's default) with subnetSpecs, which the sandbox does not build; allowed is Auto")
	}
	kinds := []awsxec2.SubnetType{awsxec2.SubnetTypePublic, awsxec2.SubnetTypePrivate, awsxec2.SubnetTypeIsolated,
		awsxec2.SubnetTypeUnused}
	for i, spec := range a.SubnetSpecs {
		if !slices.Contains(kinds, spec.kind()) {
			fault("subnetSpecs[%d].type is %q; allowed is one of %v", i, spec.Type, kinds)
		}
		if m := spec.CidrMask; m != nil && (*m < 16 || *m > 28) {
			fault("subnetSpecs[%d].cidrMask is %d; allowed is 16 to 28", i, *m)
		}
		if n := spec.Size; n != nil && (*n < 16 || *n > 65536 || *n&(*n-1) != 0) {
			fault("subnetSpecs[%d].size is %d; allowed is a power of two from 16 to 65536", i, *n)
		}
	}
	allowed := []awsxec2.NatGatewayStrategy{awsxec2.NatGatewayStrategyNone, awsxec2.NatGatewayStrategySingle,
		awsxec2.NatGatewayStrategyOnePerAz}
	if !slices.Contains(allowed, a.nat()) {
		fault("natGateways.strategy is %q; allowed is one of %v", a.nat(), allowed)
	}
	if a.nat() != awsxec2.NatGatewayStrategyNone && a.SubnetSpecs != nil &&
		(!a.has(awsxec2.SubnetTypePublic) || !a.has(awsxec2.SubnetTypePrivate)) {
		fault("natGateways.strategy is %q without both public and private subnets; allowed is None", a.nat())
	}
	return errors.Join(faults...)
}

func (a *vpcInputs) legacy() bool {
	return a.SubnetStrategy == nil || *a.SubnetStrategy == string(awsxec2.SubnetAllocationStrategyLegacy)
}

// nat returns the strategy; one gateway for each zone is awsx's default.
func (a *vpcInputs) nat() awsxec2.NatGatewayStrategy {
	if a.NatGateways == nil {
		return awsxec2.NatGatewayStrategyOnePerAz
	}
	return awsxec2.NatGatewayStrategy(a.NatGateways.Strategy)
}

func (a *vpcInputs) has(kind awsxec2.SubnetType) bool {
	return slices.ContainsFunc(a.SubnetSpecs, func(s subnetInputs) bool { return s.kind() == kind })
}

// addresses returns the allocation ids that the program gives for the gateways, and refuses a wrong number.
func (a *vpcInputs) addresses(zones int) ([]pulumi.StringInput, error) {
	if a.NatGateways == nil || len(a.NatGateways.ElasticIpAllocationIds) == 0 {
		return nil, nil
	}
	want := map[awsxec2.NatGatewayStrategy]int{awsxec2.NatGatewayStrategySingle: 1, awsxec2.NatGatewayStrategyOnePerAz: zones}[a.nat()]
	if given := len(a.NatGateways.ElasticIpAllocationIds); given != want {
		return nil, fmt.Errorf("natGateways.elasticIpAllocationIds has %d ids; strategy %s takes %d", given, a.nat(), want)
	}
	return a.NatGateways.ElasticIpAllocationIds, nil
}

// plan returns the subnets for a number of zones, and the specs they come from.
func (a *vpcInputs) plan(name string, zones int) ([]subnetPlan, []subnetInputs, error) {
	specs := a.SubnetSpecs
	for _, spec := range specs {
		if spec.CidrBlocks != nil {
			plans, err := explicit(name, zones, specs)
			return plans, specs, err
		}
	}
	zoneBits := 0
	if a.AvailabilityZoneCidrMask != nil {
		zoneBits = *a.AvailabilityZoneCidrMask
	}
	if specs == nil {
		block, err := netip.ParsePrefix(a.block())
		if err != nil {
			return nil, nil, fmt.Errorf("cidrBlock is %q; allowed is a block such as %s: %w", a.block(), defaultBlock, err)
		}
		specs = usualSpecs(block.Bits(), zones)
	}
	plans, err := layOut(name, a.block(), zones, zoneBits, specs)
	return plans, specs, err
}

func (a *vpcInputs) block() string {
	if a.CidrBlock == nil {
		return defaultBlock
	}
	return *a.CidrBlock
}
