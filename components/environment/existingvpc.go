package environment

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// maxSubnets is the maximum number of subnets of an ECS service.
const maxSubnets = 16

// existingVpc reports whether the environment uses an existing VPC instead of a created network.
func (s *Spec) existingVpc() bool { return problems.Given(s.VpcID) }

// TaskSubnets returns the configuration key and the ids of the subnets of the tasks in an existing network.
func (s *Spec) TaskSubnets() (key string, ids pulumi.StringArrayInput) {
	if s.AssignPublicIP {
		return "publicSubnetIds", s.PublicSubnetIDs
	}
	return "privateSubnetIds", s.PrivateSubnetIDs
}

// vpcIDs are the ids of an existing network.
type vpcIDs struct {
	vpc             string
	public, private []string // subnets
}

// knownVpc returns the ids of an existing network, and whether all of them are known.
func (s *Spec) knownVpc() (ids vpcIDs, known bool) {
	vpc, knowsVpc := problems.KnownText(s.VpcID)
	public, knowsPublic := problems.KnownTexts(s.PublicSubnetIDs)
	private, knowsPrivate := problems.KnownTexts(s.PrivateSubnetIDs)
	return vpcIDs{vpc, public, private}, knowsVpc && knowsPublic && knowsPrivate
}

// validateExistingNetwork checks the settings of an existing network. It does not check ids that are not known yet.
func (s *Spec) validateExistingNetwork(prefix string, found *problems.List) {
	if s.FlowLogs {
		found.Add(prefix+"flowLogs", s.FlowLogs, "it requires a created network: an existing VPC has its own flow logs")
	}
	if len(s.AvailabilityZones) > 0 {
		found.Add(prefix+"availabilityZones", s.AvailabilityZones, "none with vpcId, because its subnets determine the zones")
	}
	if vpc, known := problems.KnownText(s.VpcID); known {
		found.Matches(prefix+"vpcId", vpc, vpcPattern, vpcAllowed)
	}
	public, knowsPublic := problems.KnownTexts(s.PublicSubnetIDs)
	if knowsPublic && len(public) < 2 {
		found.Add(prefix+"publicSubnetIds", public, "with vpcId two subnets or more, each in a different zone")
	}
	private, knowsPrivate := problems.KnownTexts(s.PrivateSubnetIDs)
	if knowsPrivate && len(private) == 0 && !s.AssignPublicIP {
		found.Add(prefix+"privateSubnetIds", private,
			"with vpcId one subnet or more, or assignPublicIp: true to run the tasks in the public ones")
	}
	seen := map[string]bool{}
	subnets := func(key string, ids []string) {
		if len(ids) > maxSubnets {
			found.Add(prefix+key, len(ids), "%d subnets or fewer", maxSubnets)
		}
		for i, id := range ids {
			key := prefix + problems.Indexed(key, i)
			found.Matches(key, id, subnetPattern, subnetAllowed)
			if seen[id] {
				found.Add(key, id, "each subnet only once")
			}
			seen[id] = true
		}
	}
	if knowsPublic {
		subnets("publicSubnetIds", public)
	}
	if knowsPrivate {
		subnets("privateSubnetIds", private)
	}
}

// validateInternalSubnets reports an internal load balancer in a single private subnet.
func (s *Spec) validateInternalSubnets(prefix string, found *problems.List) {
	private, known := problems.KnownTexts(s.PrivateSubnetIDs)
	if s.existingVpc() && !s.AssignPublicIP && known && len(private) == 1 {
		found.Add(prefix+"privateSubnetIds", private, "two subnets or more, each in a different zone: the internal load balancer is in them")
	}
}

// checkedVpc returns the settings with ids of an existing network that have been checked. New has checked ids that are
// all known. Otherwise, the returned ids are outputs: once all ids are known, checkedVpc checks them like New, also with
// AWS, and the outputs fail with the problems. So no resource that uses an id is created in an unsuitable network.
func (s *Spec) checkedVpc(ctx *pulumi.Context, balancers []string, opts ...pulumi.InvokeOption) Spec {
	given, out := *s, *s
	if _, known := given.knownVpc(); known {
		return out
	}
	if given.PrivateSubnetIDs == nil {
		given.PrivateSubnetIDs = pulumi.StringArray{}
	}
	checked := pulumi.All(
		given.VpcID.ToStringOutput(), given.PublicSubnetIDs.ToStringArrayOutput(), given.PrivateSubnetIDs.ToStringArrayOutput(),
	).ApplyT(func(values []any) ([]any, error) {
		ids, known := vpcIDsOf(values), given
		known.VpcID = pulumi.String(ids.vpc)
		known.PublicSubnetIDs, known.PrivateSubnetIDs = pulumi.ToStringArray(ids.public), pulumi.ToStringArray(ids.private)
		return values, known.checkKnownVpc(ctx, balancers, opts)
	}).(pulumi.ArrayOutput)
	out.VpcID = checked.ApplyT(func(values []any) string { return vpcIDsOf(values).vpc }).(pulumi.StringOutput)
	out.PublicSubnetIDs = checked.ApplyT(func(values []any) []string { return vpcIDsOf(values).public }).(pulumi.StringArrayOutput)
	out.PrivateSubnetIDs = checked.ApplyT(func(values []any) []string { return vpcIDsOf(values).private }).(pulumi.StringArrayOutput)
	return out
}

// vpcIDsOf returns the ids in the values of vpcId, publicSubnetIds and privateSubnetIds.
func vpcIDsOf(values []any) (ids vpcIDs) {
	ids.vpc, _ = values[0].(string)
	ids.public, _ = values[1].([]string)
	ids.private, _ = values[2].([]string)
	return ids
}

// checkKnownVpc checks an existing network whose ids were not known when New was called.
func (s *Spec) checkKnownVpc(ctx *pulumi.Context, balancers []string, opts []pulumi.InvokeOption) error {
	var found problems.List
	s.validateExistingNetwork("", &found)
	if slices.Contains(balancers, LoadBalancerInternal) {
		s.validateInternalSubnets("", &found)
	}
	if err := found.Err(); err != nil {
		return err
	}
	if err := s.checkVpc(ctx, balancers, opts, &found); err != nil {
		return err
	}
	return found.Err()
}
