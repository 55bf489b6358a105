package environment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/concurrent"
	"fargate-cd/internal/problems"
)

// vpcReads is the number of concurrent reads of an existing network.
const vpcReads = 10

// anywhere is the destination of a default route.
const anywhere = "0.0.0.0/0"

// vpcCheck asks AWS about an existing VPC and collects its problems.
type vpcCheck struct {
	ctx   *pulumi.Context
	given vpcIDs
	opts  []pulumi.InvokeOption
	found *problems.List

	absent bool              // the VPC does not exist
	zones  map[string]string // zone of each subnet that is in the VPC
	ids    map[string]string // zone id of each of these subnets
	tables []*ec2.LookupRouteTableResult
}

// checkVpc checks with AWS that an existing network suits the environment: its subnets are in the VPC and in different
// zones with Fargate, the VPC resolves names, and the load balancer and the tasks have the routes that they need. It
// adds all problems to found. Without this check, an update would fail late, or leave tasks that never start.
//
// New calls it before the environment is registered, so opts must name the parent and the provider of the environment.
// checkKnownVpc calls it when the ids become known. It does nothing for a created network, and until all ids are known.
func (s *Spec) checkVpc(ctx *pulumi.Context, balancers []string, opts []pulumi.InvokeOption, found *problems.List) error {
	given, known := s.knownVpc()
	if !s.existingVpc() || !known {
		return nil
	}
	check := &vpcCheck{ctx: ctx, given: given, opts: opts, found: found, zones: map[string]string{}, ids: map[string]string{}}
	if err := cmp.Or(concurrent.Run(vpcReads, check.readDNS, check.readSubnets, check.readRoutes)...); err != nil {
		return fmt.Errorf("reading the network of vpcId: %w", err)
	}
	if check.absent {
		return nil // do not also report each subnet
	}
	check.requireSubnets("publicSubnetIds", given.public)
	check.requireSubnets("privateSubnetIds", given.private)
	public := slices.Contains(balancers, LoadBalancerPublic)
	tasksKey, tasks := "privateSubnetIds", given.private
	if s.AssignPublicIP {
		tasksKey, tasks = "publicSubnetIds", given.public
	}
	check.requireFargate(tasksKey, tasks)
	if public {
		check.requireZones("publicSubnetIds", given.public)
	}
	if slices.Contains(balancers, LoadBalancerInternal) && (!public || !s.AssignPublicIP) {
		check.requireZones(tasksKey, tasks)
	}
	if public || s.AssignPublicIP {
		check.requireInternetGateway("publicSubnetIds", given.public)
	}
	if !s.AssignPublicIP {
		check.requireWayOut(tasks)
	}
	return nil
}

// readDNS reports a VPC that does not exist or does not resolve names. Tasks resolve
// the names of registries and of AWS's APIs with the VPC's resolver ("DNS attributes for
// your VPC", Amazon VPC User Guide).
func (c *vpcCheck) readDNS() error {
	vpc, err := ec2.LookupVpc(c.ctx, &ec2.LookupVpcArgs{Id: &c.given.vpc}, c.opts...)
	switch {
	case noMatch(err):
		c.absent = true
		c.found.Add("vpcId", c.given.vpc, "a VPC in the account and the region of the stack")
	case err != nil:
		return fmt.Errorf("reading the VPC: %w", err)
	case !vpc.EnableDnsSupport:
		c.found.Add("vpcId", c.given.vpc, "a VPC with enableDnsSupport, because tasks resolve the names of registries with it")
	}
	return nil
}

// readSubnets reads the zones of the subnets that are in the VPC.
func (c *vpcCheck) readSubnets() error {
	ids := slices.Concat(c.given.public, c.given.private)
	inVpc, err := ec2.GetSubnets(c.ctx, &ec2.GetSubnetsArgs{Filters: []ec2.GetSubnetsFilter{
		{Name: "vpc-id", Values: []string{c.given.vpc}}, {Name: "subnet-id", Values: ids},
	}}, c.opts...)
	if err != nil {
		return fmt.Errorf("reading the subnets: %w", err)
	}
	subnets, err := concurrent.Map(vpcReads, inVpc.Ids, func(id string) (*ec2.LookupSubnetResult, error) {
		return ec2.LookupSubnet(c.ctx, &ec2.LookupSubnetArgs{Id: &id}, c.opts...)
	})
	if err != nil {
		return fmt.Errorf("reading the subnets: %w", err)
	}
	for i, id := range inVpc.Ids {
		c.zones[id], c.ids[id] = subnets[i].AvailabilityZone, subnets[i].AvailabilityZoneId
	}
	return nil
}

// readRoutes reads the route tables of the VPC.
func (c *vpcCheck) readRoutes() error {
	inVpc, err := ec2.GetRouteTables(c.ctx, &ec2.GetRouteTablesArgs{VpcId: &c.given.vpc}, c.opts...)
	if err != nil {
		return fmt.Errorf("reading the route tables: %w", err)
	}
	c.tables, err = concurrent.Map(vpcReads, inVpc.Ids, func(id string) (*ec2.LookupRouteTableResult, error) {
		return ec2.LookupRouteTable(c.ctx, &ec2.LookupRouteTableArgs{RouteTableId: &id}, c.opts...)
	})
	if err != nil {
		return fmt.Errorf("reading the route tables: %w", err)
	}
	return nil
}

// requireSubnets reports the subnets that are not in the VPC.
func (c *vpcCheck) requireSubnets(key string, ids []string) {
	for i, id := range ids {
		if c.zones[id] == "" {
			c.found.Add(problems.Indexed(key, i), id, "a subnet of %s", c.given.vpc)
		}
	}
}

// requireZones reports the subnets of a load balancer that are in the same zone as another of its subnets
// ("CreateLoadBalancer", Elastic Load Balancing API Reference).
func (c *vpcCheck) requireZones(key string, ids []string) {
	seen := map[string]string{}
	for i, id := range ids {
		zone := c.zones[id]
		if zone == "" {
			continue // requireSubnets reports it
		}
		if other := seen[zone]; other != "" {
			c.found.Add(problems.Indexed(key, i), id, "a subnet in another zone than %s, which is in %s too: "+
				"a load balancer takes one subnet of a zone", other, zone)
			continue
		}
		seen[zone] = id
	}
}

// requireFargate reports the subnets of the tasks in zones without Fargate.
func (c *vpcCheck) requireFargate(key string, ids []string) {
	for i, id := range ids {
		if slices.Contains(zonesWithoutFargate, c.ids[id]) {
			c.found.Add(problems.Indexed(key, i), id, "a subnet in a zone with Fargate, which AWS does not offer in %s", c.ids[id])
		}
	}
}

// requireInternetGateway reports the subnets without a default route to an internet gateway. Internet-facing load
// balancers and tasks with public addresses need this route ("Subnets for your load balancer", User Guide for
// Application Load Balancers; "Amazon ECS task networking options for Fargate", ECS Developer Guide).
func (c *vpcCheck) requireInternetGateway(key string, ids []string) {
	for i, id := range ids {
		table := c.table(id)
		if table == nil || c.zones[id] == "" {
			continue
		}
		if route := defaultRoute(table); route == nil || !strings.HasPrefix(route.GatewayId, "igw-") {
			c.found.Add(problems.Indexed(key, i), id, "a subnet with a route to %s through an internet gateway; %s has none",
				anywhere, table.RouteTableId)
		}
	}
}

// requireWayOut reports private subnets from which tasks cannot reach the registries and CloudWatch Logs: subnets
// without a default route, and subnets whose default route is an internet gateway, which serves public addresses only.
// It accepts a subnet without a default route if the subnet has a route to a gateway endpoint: then the VPC may also
// have the interface endpoints ("Amazon ECR interface VPC endpoints", Amazon ECR User Guide), which do not appear in
// route tables.
func (c *vpcCheck) requireWayOut(ids []string) {
	for i, id := range ids {
		table := c.table(id)
		if table == nil || c.zones[id] == "" {
			continue
		}
		route := defaultRoute(table)
		if route != nil && !strings.HasPrefix(route.GatewayId, "igw-") || hasGatewayEndpoint(table) {
			continue
		}
		c.found.Add(problems.Indexed("privateSubnetIds", i), id, "a subnet with a route to %s through a NAT gateway or a transit gateway, "+
			"or in a VPC with endpoints for s3, ecr.api, ecr.dkr and logs: without either, tasks cannot pull images; or assignPublicIp: true", anywhere)
	}
}

// table returns the route table of a subnet: its own, or the main one of the VPC. It is nil if AWS returns none, which
// can happen in a VPC that another account shares.
func (c *vpcCheck) table(subnet string) *ec2.LookupRouteTableResult {
	var main *ec2.LookupRouteTableResult
	for _, table := range c.tables {
		for _, association := range table.Associations {
			if association.SubnetId == subnet {
				return table
			}
			if association.Main {
				main = table
			}
		}
	}
	return main
}

// defaultRoute returns the route to anywhere, or nil.
func defaultRoute(table *ec2.LookupRouteTableResult) *ec2.GetRouteTableRoute {
	for i := range table.Routes {
		if table.Routes[i].CidrBlock == anywhere {
			return &table.Routes[i]
		}
	}
	return nil
}

// hasGatewayEndpoint reports whether a table has a route to a gateway endpoint, which is
// for Amazon S3 or DynamoDB.
func hasGatewayEndpoint(table *ec2.LookupRouteTableResult) bool {
	return slices.ContainsFunc(table.Routes, func(r ec2.GetRouteTableRoute) bool {
		return strings.HasPrefix(r.VpcEndpointId, "vpce-") || strings.HasPrefix(r.GatewayId, "vpce-")
	})
}

// noMatch reports whether an error of the provider says that no resource matches.
func noMatch(err error) bool { return err != nil && strings.Contains(err.Error(), "no matching") }
