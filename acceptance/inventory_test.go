//go:build acceptance

package acceptance

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codecommit"
	committypes "github.com/aws/aws-sdk-go-v2/service/codecommit/types"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/stretchr/testify/require"
)

// inventory lists everything in the case's region, and what of the stack is in
// none, through the API of each service: kind and name of each.
func inventory(t *testing.T, d *deployed) []string {
	t.Helper()
	var all []string
	add := func(kind string, name *string) { all = append(all, kind+" "+aws.ToString(name)) }
	inventoryOfNetwork(t, d, add)
	for _, x := range ask(t, d.elb.DescribeLoadBalancers, &elasticloadbalancingv2.DescribeLoadBalancersInput{}).LoadBalancers {
		add("load balancer", x.LoadBalancerName)
	}
	for _, x := range ask(t, d.elb.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups {
		add("target group", x.TargetGroupName)
	}
	for _, x := range clusters(t, d.clients) {
		add("cluster", &x)
	}
	for _, x := range ask(t, d.ecs.ListTaskDefinitions, &ecs.ListTaskDefinitionsInput{}).TaskDefinitionArns {
		add("task definition", &x)
	}
	for _, x := range ask(t, d.ecr.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		add("repository for images", x.RepositoryName)
	}
	for _, x := range ask(t, d.codebuild.ListProjects, &codebuild.ListProjectsInput{}).Projects {
		add("CodeBuild project", &x)
	}
	for _, x := range ask(t, d.codepipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines {
		add("pipeline", x.Name)
	}
	for _, x := range ask(t, d.codedeploy.ListApplications, &codedeploy.ListApplicationsInput{}).Applications {
		add("CodeDeploy application", &x)
	}
	for _, x := range ask(t, d.events.ListRules, &eventbridge.ListRulesInput{}).Rules {
		add("event rule", x.Name)
	}
	for _, x := range ask(t, d.logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{}).LogGroups {
		add("log group", x.LogGroupName)
	}
	for _, x := range ask(t, d.cloudwatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms {
		add("alarm", x.AlarmName)
	}
	for _, x := range keys(t, d) {
		add("KMS key", &x.arn)
	}
	for _, x := range ask(t, d.apigateway.GetApis, &apigatewayv2.GetApisInput{}).Items {
		add("API", x.Name)
	}
	for _, x := range ask(t, d.apigateway.GetVpcLinks, &apigatewayv2.GetVpcLinksInput{}).Items {
		add("VPC link", x.Name)
	}
	pools := ask(t, d.cognito.ListUserPools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	for _, x := range pools.UserPools {
		add("user pool", x.Name)
	}
	for _, x := range buckets(t, d) {
		add("bucket", &x)
	}
	for _, x := range roles(t, d) {
		add("role", x.RoleName)
	}
	for _, x := range d.codeCommit() {
		_, err := d.codecommit.GetRepository(t.Context(), &codecommit.GetRepositoryInput{RepositoryName: &x})
		var missing *committypes.RepositoryDoesNotExistException
		if errors.As(err, &missing) {
			continue
		}
		require.NoError(t, err)
		add("repository for code", &x)
	}
	slices.Sort(all)
	return all
}

func inventoryOfNetwork(t *testing.T, d *deployed, add func(kind string, name *string)) {
	t.Helper()
	for _, x := range ask(t, d.ec2.DescribeVpcs, &ec2.DescribeVpcsInput{}).Vpcs {
		add("VPC", x.VpcId)
	}
	for _, x := range ask(t, d.ec2.DescribeSubnets, &ec2.DescribeSubnetsInput{}).Subnets {
		add("subnet", x.SubnetId)
	}
	for _, x := range ask(t, d.ec2.DescribeRouteTables, &ec2.DescribeRouteTablesInput{}).RouteTables {
		add("route table", x.RouteTableId)
	}
	for _, x := range ask(t, d.ec2.DescribeInternetGateways, &ec2.DescribeInternetGatewaysInput{}).InternetGateways {
		add("internet gateway", x.InternetGatewayId)
	}
	for _, x := range ask(t, d.ec2.DescribeNatGateways, &ec2.DescribeNatGatewaysInput{}).NatGateways {
		if x.State != ec2types.NatGatewayStateDeleted { // AWS shows those for an hour
			add("NAT gateway", x.NatGatewayId)
		}
	}
	for _, x := range ask(t, d.ec2.DescribeAddresses, &ec2.DescribeAddressesInput{}).Addresses {
		add("address", x.AllocationId)
	}
	for _, x := range ask(t, d.ec2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{}).SecurityGroups {
		add("security group", x.GroupId)
	}
	for _, x := range ask(t, d.ec2.DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{}).NetworkInterfaces {
		add("network interface", x.NetworkInterfaceId)
	}
}

// clusters are those that exist: ECS shows deleted ones for a while.
func clusters(t *testing.T, api *clients) []string {
	t.Helper()
	arns := ask(t, api.ecs.ListClusters, &ecs.ListClustersInput{}).ClusterArns
	if len(arns) == 0 {
		return nil
	}
	var found []string
	for _, x := range ask(t, api.ecs.DescribeClusters, &ecs.DescribeClustersInput{Clusters: arns}).Clusters {
		if aws.ToString(x.Status) != "INACTIVE" {
			found = append(found, aws.ToString(x.ClusterName))
		}
	}
	return found
}
