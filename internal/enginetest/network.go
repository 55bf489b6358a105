package enginetest

import "fmt"

// networkAnswers simulates the functions that read an existing network and a hosted zone. Every
// VPC and subnet that a program asks for by id exists. Each subnet is in a different zone.
// There are no route tables. The hosted zone contains every name.
var networkAnswers = map[string]Function{
	"aws:ec2/getVpc:getVpc": func(map[string]any) (map[string]any, error) {
		return map[string]any{"enableDnsSupport": true}, nil
	},
	"aws:ec2/getSubnets:getSubnets": func(args map[string]any) (map[string]any, error) {
		for _, filter := range args["filters"].([]any) {
			if filter := filter.(map[string]any); filter["name"] == "subnet-id" {
				return map[string]any{"ids": filter["values"]}, nil
			}
		}
		return map[string]any{"ids": []any{}}, nil
	},
	"aws:ec2/getSubnet:getSubnet": func(args map[string]any) (map[string]any, error) {
		return map[string]any{"availabilityZone": fmt.Sprint("zone-of-", args["id"])}, nil
	},
	"aws:ec2/getRouteTables:getRouteTables": func(map[string]any) (map[string]any, error) {
		return map[string]any{"ids": []any{}}, nil
	},
	"aws:route53/getZone:getZone": func(map[string]any) (map[string]any, error) {
		return map[string]any{"name": ""}, nil
	},
}
