//go:build acceptance

package lab

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codecommit"
	committypes "github.com/aws/aws-sdk-go-v2/service/codecommit/types"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codestarconnections"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/stretchr/testify/require"
)

// imageRepository is the kind of an image repository in the inventory.
const imageRepository = "image repository"

// Inventory returns the kind and the name of the resources in the stack's region, and of
// the stack's buckets, roles, dashboard and DNS records. It asks the API of each AWS service for the kinds below.
func Inventory(t *testing.T, d *Stack) []string {
	t.Helper()
	var all []string
	add := func(kind string, name *string) { all = append(all, kind+" "+aws.ToString(name)) }
	inventoryOfNetwork(t, d, add)
	for _, x := range Ask(t, d.ELB.DescribeLoadBalancers, &elasticloadbalancingv2.DescribeLoadBalancersInput{}).LoadBalancers {
		add("load balancer", x.LoadBalancerName)
	}
	for _, x := range Ask(t, d.ELB.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups {
		add("target group", x.TargetGroupName)
	}
	for _, x := range clusters(t, d.Clients) {
		add("cluster", &x)
	}
	targets := Ask(t, d.AutoScaling.DescribeScalableTargets, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs,
	})
	for _, x := range targets.ScalableTargets {
		add("scalable target", x.ResourceId)
	}
	for _, x := range Namespaces(t, d) {
		add("namespace", &x)
	}
	for _, x := range Ask(t, d.ECS.ListTaskDefinitions, &ecs.ListTaskDefinitionsInput{}).TaskDefinitionArns {
		add("task definition", &x)
	}
	for _, x := range Ask(t, d.ECR.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		add(imageRepository, x.RepositoryName)
	}
	for _, x := range Ask(t, d.ECR.DescribePullThroughCacheRules, &ecr.DescribePullThroughCacheRulesInput{}).PullThroughCacheRules {
		add("pull through cache rule", x.EcrRepositoryPrefix)
	}
	for _, x := range Ask(t, d.CodeBuild.ListProjects, &codebuild.ListProjectsInput{}).Projects {
		add("CodeBuild project", &x)
	}
	for _, x := range Ask(t, d.CodePipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines {
		add("pipeline", x.Name)
	}
	for _, x := range Ask(t, d.CodeDeploy.ListApplications, &codedeploy.ListApplicationsInput{}).Applications {
		add("CodeDeploy application", &x)
	}
	for _, x := range Ask(t, d.Events.ListRules, &eventbridge.ListRulesInput{}).Rules {
		add("event rule", x.Name)
	}
	for _, x := range Ask(t, d.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{}).LogGroups {
		add("log group", x.LogGroupName)
	}
	for _, x := range Ask(t, d.CloudWatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms {
		add("alarm", x.AlarmName)
	}
	for _, x := range Ask(t, d.CloudWatch.ListDashboards, &cloudwatch.ListDashboardsInput{}).DashboardEntries {
		if aws.ToString(x.DashboardName) == "fargate-cd-"+d.Name { // CloudWatch lists the dashboards of all regions
			add("dashboard", x.DashboardName)
		}
	}
	for _, x := range Ask(t, d.Scheduler.ListSchedules, &scheduler.ListSchedulesInput{}).Schedules {
		add("schedule", x.Name)
	}
	for _, x := range Ask(t, d.SNS.ListTopics, &sns.ListTopicsInput{}).Topics {
		add("topic", x.TopicArn)
	}
	acls := Ask(t, d.WAF.ListWebACLs, &wafv2.ListWebACLsInput{Scope: waftypes.ScopeRegional})
	for _, x := range acls.WebACLs {
		add("web ACL", x.Name)
	}
	for _, x := range Ask(t, d.ACM.ListCertificates, &acm.ListCertificatesInput{}).CertificateSummaryList {
		add("certificate", x.CertificateArn)
	}
	for _, x := range Records(t, d) {
		add("DNS record", &x)
	}
	for _, x := range Ask(t, d.Connections.ListConnections, &codestarconnections.ListConnectionsInput{}).Connections {
		add("connection", x.ConnectionArn)
	}
	for _, x := range Keys(t, d) {
		add("KMS key", &x.ARN)
	}
	for _, x := range Ask(t, d.APIGateway.GetApis, &apigatewayv2.GetApisInput{}).Items {
		add("API", x.Name)
	}
	for _, x := range Ask(t, d.APIGateway.GetVpcLinks, &apigatewayv2.GetVpcLinksInput{}).Items {
		add("VPC link", x.Name)
	}
	pools := Ask(t, d.Cognito.ListUserPools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	for _, x := range pools.UserPools {
		add("user pool", x.Name)
	}
	for _, x := range Buckets(t, d) {
		add("bucket", &x)
	}
	for _, x := range Roles(t, d) {
		add("role", x.RoleName)
	}
	for _, x := range d.CodeCommitRepositories() {
		_, err := d.CodeCommit.GetRepository(t.Context(), &codecommit.GetRepositoryInput{RepositoryName: &x})
		var missing *committypes.RepositoryDoesNotExistException
		if errors.As(err, &missing) {
			continue
		}
		require.NoError(t, err)
		add("code repository", &x)
	}
	slices.Sort(all)
	return all
}

// inventoryOfNetwork adds the EC2 resources in the stack's region.
func inventoryOfNetwork(t *testing.T, d *Stack, add func(kind string, name *string)) {
	t.Helper()
	for _, x := range Ask(t, d.EC2.DescribeVpcs, &ec2.DescribeVpcsInput{}).Vpcs {
		add("VPC", x.VpcId)
	}
	for _, x := range Ask(t, d.EC2.DescribeSubnets, &ec2.DescribeSubnetsInput{}).Subnets {
		add("subnet", x.SubnetId)
	}
	for _, x := range Ask(t, d.EC2.DescribeRouteTables, &ec2.DescribeRouteTablesInput{}).RouteTables {
		add("route table", x.RouteTableId)
	}
	for _, x := range Ask(t, d.EC2.DescribeInternetGateways, &ec2.DescribeInternetGatewaysInput{}).InternetGateways {
		add("internet gateway", x.InternetGatewayId)
	}
	for _, x := range Ask(t, d.EC2.DescribeNatGateways, &ec2.DescribeNatGatewaysInput{}).NatGateways {
		if x.State != ec2types.NatGatewayStateDeleted { // AWS lists a deleted one for an hour
			add("NAT gateway", x.NatGatewayId)
		}
	}
	for _, x := range Ask(t, d.EC2.DescribeAddresses, &ec2.DescribeAddressesInput{}).Addresses {
		add("address", x.AllocationId)
	}
	for _, x := range Ask(t, d.EC2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{}).SecurityGroups {
		add("security group", x.GroupId)
	}
	for _, x := range Ask(t, d.EC2.DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{}).NetworkInterfaces {
		add("network interface", x.NetworkInterfaceId)
	}
	for _, x := range Ask(t, d.EC2.DescribeVpcEndpoints, &ec2.DescribeVpcEndpointsInput{}).VpcEndpoints {
		if x.State != "deleted" { // AWS lists a deleted one for a while
			add("VPC endpoint", x.VpcEndpointId)
		}
	}
	for _, x := range Ask(t, d.EC2.DescribeFlowLogs, &ec2.DescribeFlowLogsInput{}).FlowLogs {
		add("flow log", x.FlowLogId)
	}
}
