package sandbox

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codestarconnections"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// function is one row of the table functions: the SDK's plain argument type, and a hook that returns AWS's answer.
type function struct {
	args   any
	answer func(a *account, p resource.PropertyMap) (outputs, error)
}

// functions holds the rows by function token.
var functions = map[string]function{
	"aws:index/getCallerIdentity:getCallerIdentity":       {aws.GetCallerIdentityArgs{}, callerIdentity},
	"aws:index/getRegion:getRegion":                       {aws.GetRegionArgs{}, region},
	"aws:index/getPartition:getPartition":                 {aws.GetPartitionArgs{}, partitionOfAccount},
	"aws:index/getAvailabilityZones:getAvailabilityZones": {aws.GetAvailabilityZonesArgs{}, availabilityZones},
	"aws:codestarconnections/getConnection:getConnection": {codestarconnections.LookupConnectionArgs{}, connectionByArn},
	"aws:ec2/getRouteTable:getRouteTable":                 {ec2.LookupRouteTableArgs{}, routeTable},
	"aws:ec2/getRouteTables:getRouteTables":               {ec2.GetRouteTablesArgs{}, routeTables},
	"aws:ec2/getSubnet:getSubnet":                         {ec2.LookupSubnetArgs{}, subnetOfUser},
	"aws:ec2/getSubnets:getSubnets":                       {ec2.GetSubnetsArgs{}, subnetsOfUser},
	"aws:ec2/getVpc:getVpc":                               {ec2.LookupVpcArgs{}, vpcOfUser},
	"aws:route53/getZone:getZone":                         {route53.LookupZoneArgs{}, zoneOfUser},
}

// Invoke answers a function call of the program.
func (s *awsServer) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	f, ok := functions[req.GetTok()]
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "the sandbox does not know the function %s yet; it knows %s. Add a row "+
			"to the table in automation/sandbox, or run against an emulator with --endpoint",
			req.GetTok(), strings.Join(sorted(functions), ", "))
	}
	p, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if failures := conform(p, reflect.TypeOf(f.args)); len(failures) > 0 {
		return &pulumirpc.InvokeResponse{Failures: wireFailures(failures)}, nil
	}
	in := sessionOf(ctx)
	if err := s.faults.strike(ctx, in.cancelled, "invoke", req.GetTok(), ""); err != nil {
		return nil, fmt.Errorf("calling %s: %w", req.GetTok(), err)
	}
	var out outputs
	err = s.store.view(func() (err error) {
		out, err = f.answer(in.account(s.store), p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", req.GetTok(), err)
	}
	wire, err := encode(resource.NewPropertyMapFromMap(out))
	return &pulumirpc.InvokeResponse{Return: wire}, err
}

func callerIdentity(_ *account, _ resource.PropertyMap) (outputs, error) {
	return outputs{"id": accountID, "accountId": accountID}, nil
}

func region(a *account, _ resource.PropertyMap) (outputs, error) {
	return outputs{"id": a.region, "name": a.region}, nil
}

func partitionOfAccount(a *account, _ resource.PropertyMap) (outputs, error) {
	return outputs{"id": partition(a.region), "partition": partition(a.region)}, nil
}

// zones returns the availability zones of a region: three, as in most regions.
func zones(region string) []string { return []string{region + "a", region + "b", region + "c"} }

// zoneID returns a zone's id in AWS's form, e.g. euc1-az1 for eu-central-1a.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	last := parts[len(parts)-1]
	id := parts[0]
	for _, part := range parts[1 : len(parts)-1] {
		id += part[:1]
	}
	return fmt.Sprintf("%s%s-az%d", id, last[:len(last)-1], last[len(last)-1]-'a'+1)
}

// availabilityZones returns the region's zones. A local zone comes first unless a filter excludes it, as in an account
// that has opted in to that zone.
func availabilityZones(a *account, p resource.PropertyMap) (outputs, error) {
	var types []string // nil: all
	for _, name := range texts(p, "filters[].name") {
		if name != "zone-type" {
			return nil, fmt.Errorf("the sandbox filters zones by zone-type only, not by %s", name)
		}
		types = texts(p, "filters[].values[]")
	}
	names, ids := []any{}, []any{}
	add := func(name, id, kind string) {
		if (types == nil || slices.Contains(types, kind)) && !slices.Contains(texts(p, "excludeZoneIds[]"), id) {
			names, ids = append(names, name), append(ids, id)
		}
	}
	add(a.region+"-loc-1a", a.region+"-loc1-az1", "local-zone")
	for _, name := range zones(a.region) {
		add(name, zoneID(name), "availability-zone")
	}
	return outputs{"id": a.region, "names": names, "zoneIds": ids}, nil
}

// routeTable returns the route table that a subnet is associated with.
func routeTable(a *account, p resource.PropertyMap) (outputs, error) {
	subnet := text(p, "subnetId")
	association, found, err := a.find("aws:ec2/routeTableAssociation:RouteTableAssociation", "subnetId", subnet)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("query returned no results for subnet %q", subnet)
	}
	table := text(association.Props, "routeTableId")
	return outputs{"id": table, "routeTableId": table, "subnetId": subnet}, nil
}

// The functions below describe networks and hosted zones that exist outside of the sandbox. They suit every stack file:
// every VPC, subnet and hosted zone that a call names exists.

func vpcOfUser(_ *account, p resource.PropertyMap) (outputs, error) {
	return outputs{"id": text(p, "id"), "enableDnsSupport": true}, nil
}

func subnetsOfUser(_ *account, p resource.PropertyMap) (outputs, error) {
	ids := []any{}
	each(p, "filters[]", func(_ string, filter resource.PropertyValue) {
		if text(filter.ObjectValue(), "name") == "subnet-id" {
			for _, id := range texts(filter.ObjectValue(), "values[]") {
				ids = append(ids, id)
			}
		}
	})
	return outputs{"id": "subnets", "ids": ids}, nil
}

// subnetOfUser returns a subnet whose zone depends on the last digit of its id, so that subnets with consecutive ids
// are in different zones.
func subnetOfUser(a *account, p resource.PropertyMap) (outputs, error) {
	id := text(p, "id")
	digit, err := strconv.ParseUint(id[max(0, len(id)-1):], 16, 8)
	if err != nil {
		return nil, fmt.Errorf("the id of a subnet ends in a hexadecimal digit, not as %q", id)
	}
	all := zones(a.region)
	return outputs{"id": id, "availabilityZone": all[int(digit)%len(all)]}, nil
}

// routeTables returns no route tables, as AWS may for a VPC that another account shares.
func routeTables(a *account, _ resource.PropertyMap) (outputs, error) {
	return outputs{"id": a.region, "ids": []any{}}, nil
}

// zoneOfUser returns the root zone, which contains every name.
func zoneOfUser(_ *account, p resource.PropertyMap) (outputs, error) {
	id := text(p, "zoneId")
	return outputs{"id": id, "zoneId": id, "name": "", "privateZone": false}, nil
}
