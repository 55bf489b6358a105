package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// function is one row of the table of functions: the SDK's plain arguments, and what AWS answers.
type function struct {
	args   any
	answer func(a *account, p resource.PropertyMap) (outputs, error)
}

// functions is the table by function token.
var functions = map[string]function{
	"aws:index/getCallerIdentity:getCallerIdentity":       {aws.GetCallerIdentityArgs{}, callerIdentity},
	"aws:index/getRegion:getRegion":                       {aws.GetRegionArgs{}, region},
	"aws:index/getPartition:getPartition":                 {aws.GetPartitionArgs{}, partitionOfAccount},
	"aws:index/getAvailabilityZones:getAvailabilityZones": {aws.GetAvailabilityZonesArgs{}, availabilityZones},
	"aws:ec2/getVpc:getVpc":                               {ec2.LookupVpcArgs{}, lookupByID(vpcType, "Vpc")},
	"aws:ec2/getSubnet:getSubnet":                         {ec2.LookupSubnetArgs{}, lookupByID(subnetType, "Subnet")},
}

// Invoke answers a function call of the program.
func (s *awsServer) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	f, ok := functions[req.GetTok()]
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "the sandbox does not know the function %s yet; it knows %s. Add a row "+
			"to the table in automation/sandbox, or run against an emulator with --endpoint",
			req.GetTok(), strings.Join(tokens(functions), ", "))
	}
	p, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if faults := conform(p, typeOf(f.args)); len(faults) > 0 {
		answer := &pulumirpc.InvokeResponse{}
		for _, fault := range faults {
			answer.Failures = append(answer.Failures, &pulumirpc.CheckFailure{Reason: fault.path + " " + fault.reason})
		}
		return answer, nil
	}
	in := sessionOf(ctx)
	if err := s.faults.strike(ctx, in.cancelled, "invoke", req.GetTok(), ""); err != nil {
		return nil, fmt.Errorf("calling %s: %w", req.GetTok(), err)
	}
	out, err := f.answer(in.account(s.store), p)
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", req.GetTok(), err)
	}
	for name, v := range p {
		if _, ok := out[string(name)]; !ok {
			out[string(name)] = v
		}
	}
	wire, err := encode(resource.NewPropertyMapFromMap(out))
	return &pulumirpc.InvokeResponse{Return: wire}, err
}

func callerIdentity(a *account, _ resource.PropertyMap) (outputs, error) {
	return outputs{"id": AccountID, "accountId": AccountID, "arn": a.globalArn("iam", "user/sandbox"),
		"userId": "AIDASANDBOX0000000000"}, nil
}

func region(a *account, p resource.PropertyMap) (outputs, error) {
	name := a.region
	if given := text(p, "name"); given != "" {
		name = given
	}
	return outputs{"id": name, "name": name, "description": name, "endpoint": "ec2." + name + ".amazonaws.com"}, nil
}

func partitionOfAccount(a *account, _ resource.PropertyMap) (outputs, error) {
	suffix, reverse := "amazonaws.com", "com.amazonaws"
	if partition(a.region) == "aws-cn" {
		suffix, reverse = "amazonaws.com.cn", "cn.com.amazonaws"
	}
	return outputs{"id": partition(a.region), "partition": partition(a.region), "dnsSuffix": suffix,
		"reverseDnsPrefix": reverse}, nil
}

// zones returns the three availability zones that every region of the sandbox has.
func zones(region string) []string { return []string{region + "a", region + "b", region + "c"} }

// zoneID returns a zone's id as AWS forms it: eu-central-1a is euc1-az1.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	if len(parts) != 3 || len(parts[1]) == 0 || len(parts[2]) < 2 {
		return zone
	}
	last := parts[2]
	return fmt.Sprintf("%s%c%s-az%d", parts[0], parts[1][0], last[:len(last)-1], last[len(last)-1]-'a'+1)
}

// localZone returns the local zone of a region, to which the account has opted in: AWS tells of it unless asked
// not to, and by name it comes before the region's own zones.
func localZone(region string) string { return region + "-loc-1a" }

// availabilityZones answers as AWS and the provider do, who apply the filters and exclusions.
func availabilityZones(a *account, p resource.PropertyMap) (outputs, error) {
	type zone struct{ name, id, kind, group string }
	all := []zone{{localZone(a.region), a.region + "-loc1-az1", "local-zone", a.region + "-loc-1"}}
	for _, name := range zones(a.region) {
		all = append(all, zone{name, zoneID(name), "availability-zone", a.region})
	}
	names, ids, groups := []any{}, []any{}, []any{}
	for _, z := range all {
		fits, err := passes(p, map[string]string{"zone-type": z.kind, "zone-name": z.name, "zone-id": z.id, "group-name": z.group,
			"region-name": a.region, "state": "available"})
		if err != nil {
			return nil, err
		}
		if state := text(p, "state"); !fits || (state != "" && state != "available") ||
			slices.Contains(texts(p, "excludeNames[]"), z.name) || slices.Contains(texts(p, "excludeZoneIds[]"), z.id) {
			continue
		}
		names, ids = append(names, z.name), append(ids, z.id)
		if !slices.Contains(groups, any(z.group)) {
			groups = append(groups, z.group)
		}
	}
	return outputs{"id": a.region, "names": names, "zoneIds": ids, "groupNames": groups}, nil
}

// passes tells whether a thing with the given attributes passes every filter of a call.
func passes(p resource.PropertyMap, attributes map[string]string) (bool, error) {
	fits := true
	var wrong error
	each(p, "filters[]", func(_ string, v resource.PropertyValue) {
		filter := v.ObjectValue()
		attribute, known := attributes[text(filter, "name")]
		if !known {
			wrong = fmt.Errorf("InvalidParameterValue: The filter '%s' is invalid", text(filter, "name"))
		}
		fits = fits && slices.Contains(texts(filter, "values[]"), attribute)
	})
	return fits, wrong
}

// lookupByID answers with the live resource of the given id.
func lookupByID(token, words string) func(*account, resource.PropertyMap) (outputs, error) {
	return func(a *account, p resource.PropertyMap) (outputs, error) {
		it, ok, err := a.find(token, "id", text(p, "id"))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("no matching EC2 %s found: %q is not in the sandbox, which knows only what it created itself",
				words, text(p, "id"))
		}
		out := outputs{"id": it.ID, "state": "available"}
		for name, v := range it.Props {
			out[string(name)] = v
		}
		return out, nil
	}
}
