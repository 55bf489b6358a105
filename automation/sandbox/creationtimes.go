package sandbox

import "time"

// creation holds the time that AWS typically takes to create a resource of a type, and the source of that number.
type creation struct {
	takes  time.Duration
	source string
}

// creationTimes holds the creation times of the types that take longer than otherTypes. A source is a page of AWS's
// documentation, a thread, or the id of a resource in a public log of `terraform apply`, whose provider is the one that
// Pulumi uses.
var creationTimes = map[string]creation{
	"aws:ec2/vpc:Vpc": {14 * time.Second, "with DNS hostnames: 14 s vpc-00a4e68f909f263ed, 15 s vpc-0ad26deb958592312, " +
		"21 s vpc-0f2c265bf6ca45a05 (DevopsArtFactory/terraform-provisioning#4)"},
	"aws:ec2/securityGroup:SecurityGroup": {4 * time.Second, "4 s sg-031bd9aa53adfc33d, 6 s sg-087fd8e63191cba19, " +
		"3 s sg-0292576b98e2bfbf8"},
	"aws:ec2/natGateway:NatGateway": {105 * time.Second, "eight logs with 84 to 118 s, such as 96 s nat-0d279a6643a6dab62, " +
		"116 s nat-01d06bebe8bd875f1, 87 s nat-076803094ee35aea3"},
	"aws:ec2/eip:Eip": {2 * time.Second, "1 s eipalloc-05c4e76c90998d85b, 3 s eipalloc-0e130b08fb43bfe45"},
	"aws:lb/loadBalancer:LoadBalancer": {165 * time.Second, "application load balancers: eight logs with 135 to 176 s, such as " +
		"174 s (DataBiosphere/azul#5780)"},
	"aws:lb/targetGroup:TargetGroup": {2 * time.Second, "the log of a load balancer above"},
	"aws:ecs/cluster:Cluster": {11 * time.Second, "12 s cluster/aws-assessment-us-east-1, 11 s cluster/retail-cluster, " +
		"11 s petclinic-staging-cluster"},
	"aws:kms/key:Key": {16 * time.Second, "with its policy and its rotation, for whose propagation the provider waits: " +
		"16 s 83fe7fcf-c058-4273-99da-fd7dffcad4e5, 24 s 46e1d037-58f1-4013-b0c8-daead745c5e9, 8 and 9 s in two more logs"},
	"aws:s3/bucketV2:BucketV2":                     {4 * time.Second, "4 s acme-photos-dev-unique, 3 s terraform-test-bucket-1740455999"},
	"aws:s3/bucketVersioningV2:BucketVersioningV2": {2 * time.Second, "2 s acme-photos-dev-unique"},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {58 * time.Second, "the provider waits until S3 " +
		"answers with the rules several times: 58 s acme-photos-dev-unique, 57 and 59 s in two more logs " +
		"(hashicorp/terraform-provider-aws#23352)"},
	"aws:apigatewayv2/vpcLink:VpcLink": {180 * time.Second, `"typically takes 2-4 minutes" (CreateVpcLink, Amazon API Gateway ` +
		`API Reference), "can take a few minutes" (Set up VPC links for HTTP APIs, API Gateway Developer Guide)`},
	"aws:codebuild/project:Project": {10 * time.Second, "an estimate: the provider repeats CreateProject until CodeBuild can " +
		"assume the new role"},
}

// otherTypes is the creation time of all other types: 0 to 2 s in the same logs, such as subnets, routes, listeners,
// rules, roles, policies, log groups, ECR repositories, user pools, and ECS services, which exist before their tasks
// run.
const otherTypes = time.Second

// CreationTime returns the time that AWS typically takes to create a resource of a type, such as aws:ec2/vpc:Vpc.
func CreationTime(token string) time.Duration {
	if typical, slow := creationTimes[token]; slow {
		return typical.takes
	}
	return otherTypes
}

// TaskStartTime is the typical time from the creation of a service until its tasks run and are healthy. It is an
// estimate for a small image on Fargate: half a minute or more until the container runs (the acceptance tests of
// hashicorp/terraform-provider-aws#24223 take 36 s longer when they wait for it, without a load balancer), two health
// checks at an interval of 10 s, and the time until ECS has noticed both.
const TaskStartTime = 90 * time.Second
