//go:build acceptance

package readback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"fargate-cd/acceptance/internal/lab"
)

// roles returns the permissions of each role: exactly the permissions that the AWS service
// that assumes the role needs, on exactly the stack's own resources. They come from the
// documentation of that AWS service ("How AWS CodePipeline works with IAM" and so on).
func (s System) roles() []string {
	var lines []string
	if s.FlowLogs {
		lines = append(lines, "STACK-flow-logs is taken by vpc-flow-logs.amazonaws.com when aws:SourceAccount StringEquals ACCOUNT "+
			"and aws:SourceArn ArnLike arn:aws:ec2:REGION:ACCOUNT:vpc-flow-log/*")
		for _, action := range []string{"CreateLogStream", "DescribeLogStreams", "PutLogEvents"} {
			lines = append(lines, "STACK-flow-logs may logs:"+action+" on arn:aws:logs:REGION:ACCOUNT:log-group:STACK-flow-logs:*")
		}
	}
	for _, each := range s.Services {
		r := rights{Service: each}
		r.execution()
		r.builds()
		r.pipeline()
		if each.BlueGreen != nil {
			r.codeDeploy(s.port(), s.TestPort)
		}
		if each.BlueGreen != nil || each.Source.GitHub == "" {
			r.taken("trigger", "events.amazonaws.com", r.onlyRules())
			r.may("trigger", "arn:aws:codepipeline:REGION:ACCOUNT:"+each.Name, "codepipeline:StartPipelineExecution")
		}
		lines = append(lines, r.lines...)
	}
	return lines
}

// rights collects the lines of a service's roles.
type rights struct {
	Service
	lines []string
}

// taken adds the AWS service that may assume a role, and the condition.
func (r *rights) taken(role, by, when string) {
	r.lines = append(r.lines, fmt.Sprintf("%s-%s is taken by %s%s", r.Name, role, by, when))
}

// may adds permissions on a resource. The actions are separated by spaces.
func (r *rights) may(role, resource, actions string) {
	for _, action := range strings.Fields(actions) {
		r.lines = append(r.lines, fmt.Sprintf("%s-%s may %s on %s", r.Name, role, action, resource))
	}
}

func (r *rights) arn(service, rest string) string {
	return "arn:aws:" + service + ":REGION:ACCOUNT:" + rest
}

// only returns the condition that prevents the confused deputy problem.
func only(source string) string {
	return " when aws:SourceAccount StringEquals ACCOUNT and aws:SourceArn ArnLike " + source
}

// onlyRules returns the condition with which only the service's own event rules may assume a role.
func (r *rights) onlyRules() string {
	var rules []string
	if r.Source.CodeCommit != "" {
		rules = append(rules, r.arn("events", "rule/"+r.Name+"-push"))
	}
	if r.Source.Stack != "" {
		rules = append(rules, r.arn("events", "rule/"+r.Name+"-release"))
	}
	if r.BlueGreen != nil {
		rules = append(rules, r.arn("events", "rule/"+r.Name+"-deployment"))
	}
	return " when aws:SourceAccount StringEquals ACCOUNT and aws:SourceArn ArnEquals " + strings.Join(rules, " or ")
}

const pull = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"

// execution adds the two roles of a task. The execution role pulls the image and writes the
// log. The task role, which the application uses, has no permissions.
func (r *rights) execution() {
	tasks := only(r.arn("ecs", "*"))
	r.taken("task", "ecs-tasks.amazonaws.com", tasks)
	r.taken("execution", "ecs-tasks.amazonaws.com", tasks)
	r.may("execution", "*", "ecr:GetAuthorizationToken")
	repository := "repository/" + r.Name
	if r.Source.Stack != "" {
		repository += "-???????" // the repository of the other stack: this stack does not know Pulumi's suffix
	}
	r.may("execution", r.arn("ecr", repository), pull)
	r.may("execution", r.arn("logs", "log-group:"+r.Name+"-logs:*"), "logs:CreateLogStream logs:PutLogEvents")
}

// builds adds the roles of the CodeBuild projects.
func (r *rights) builds() {
	for _, kind := range r.Builds() {
		r.taken(kind, "codebuild.amazonaws.com", only(r.arn("codebuild", "project/"+r.Name+"-"+kind+"-*")))
		r.may(kind, r.arn("logs", "log-group:"+r.Name+"-"+kind+":*"), "logs:CreateLogStream logs:PutLogEvents")
		r.bucket(kind, "s3:GetBucketAcl s3:GetBucketLocation")
	}
	if r.BlueGreen != nil {
		r.artifact("select", r.image(), "Select")
		r.may("select", r.arn("ecs", "service/fargate-cd-STACK/"+r.Name), "ecs:DescribeServices")
		r.may("select", "*", "ecs:DescribeTaskDefinition")
	}
	if r.Source.Stack != "" {
		return
	}
	for _, test := range r.Build.Tests {
		r.reads("test-"+test.Name, "Source")
	}
	from := "Source"
	if r.Build.Packages {
		from = "Package"
		r.artifact("package", "Source", "Package")
		r.may("package", "arn:aws:s3:::"+r.Name+"-artifacts/cache/*", "s3:GetObject s3:GetObjectVersion s3:PutObject")
		r.may("package", "arn:aws:ecr:REGION:ACCOUNT:repository/"+r.Name, "ecr:DescribeImages")
	}
	r.artifact("image", from, "Image")
	r.may("image", "*", "ecr:GetAuthorizationToken")
	const push = " ecr:CompleteLayerUpload ecr:DescribeImages ecr:InitiateLayerUpload ecr:PutImage ecr:UploadLayerPart"
	r.may("image", r.arn("ecr", "repository/"+r.Name), pull+push)
	if r.Build.Layers {
		r.may("image", r.arn("ecr", "repository/"+r.Name+"-layers"), pull+push)
	}
	if r.Build.DockerHub != "" {
		r.may("image", strings.ReplaceAll(r.Build.DockerHub, lab.Account, "ACCOUNT"), "secretsmanager:GetSecretValue")
	}
}

// artifact allows a build to read its input artifacts and to write its output artifact, but
// no other object: the bucket also contains the task definition and the AppSpec file.
func (r *rights) artifact(role, from, to string) {
	r.reads(role, from)
	r.may(role, "arn:aws:s3:::"+r.Name+"-artifacts/"+r.Name+"-*/"+to+"/*", "s3:PutObject")
}

// reads lets a build read its input artifacts.
func (r *rights) reads(role, from string) {
	r.may(role, "arn:aws:s3:::"+r.Name+"-artifacts/"+r.Name+"-*/"+from+"/*", "s3:GetObject s3:GetObjectVersion")
	if r.BlueGreen != nil {
		r.may(role, "arn:aws:s3:::"+r.Name+"-artifacts/"+r.Name+"-*/Deployment/*", "s3:GetObject s3:GetObjectVersion")
	}
}

// bucket lets a role use the encrypted artifact bucket.
func (r *rights) bucket(role, actions string) {
	r.may(role, "arn:aws:s3:::"+r.Name+"-artifacts", actions)
	r.may(role, "key for artifacts", "kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey* kms:ReEncrypt*")
}

// pipeline adds the role of CodePipeline.
func (r *rights) pipeline() {
	const role = "pipeline"
	r.taken(role, "codepipeline.amazonaws.com", "")
	r.bucket(role, "s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning")
	objects := "arn:aws:s3:::" + r.Name + "-artifacts/*"
	r.may(role, objects, "s3:GetObject s3:GetObjectVersion s3:PutObject s3:PutObjectAcl") // the source action of a connection sets an ACL
	if r.BlueGreen != nil {
		r.may(role, objects, "s3:GetObjectTagging s3:GetObjectVersionTagging s3:PutObjectTagging") // the deployment files have tags
	}
	for _, kind := range r.Builds() {
		r.may(role, r.arn("codebuild", "project/"+r.Name+"-"+kind), "codebuild:BatchGetBuilds codebuild:StartBuild")
	}
	r.source(role)
	r.passes(role)
	if r.Release != "" { // only into a bucket of the same account, because bucket names are global
		const inAccount = " when aws:ResourceAccount StringEqualsIfExists ACCOUNT"
		for _, resource := range []string{"", "/STACK/*"} {
			r.may(role, "arn:aws:s3:::"+r.releases(r.Release)+resource+inAccount, "s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning s3:PutObject")
		}
	}
	r.deploys(role)
}

// source lets a role fetch the source code or the release.
func (r *rights) source(role string) {
	switch {
	case r.Source.Stack != "":
		bucket := "arn:aws:s3:::" + r.releases(ownStack)
		r.may(role, bucket, "s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning s3:ListBucket")
		r.may(role, bucket+"/"+r.Source.Stack+"/deployment/push.zip", "s3:GetObject s3:GetObjectTagging s3:GetObjectVersion s3:GetObjectVersionTagging")
	case r.Source.CodeCommit != "":
		r.may(role, r.arn("codecommit", r.Source.CodeCommit), "codecommit:CancelUploadArchive codecommit:GetBranch codecommit:GetCommit "+
			"codecommit:GetRepository codecommit:GetUploadArchiveStatus codecommit:UploadArchive")
	default:
		for _, name := range []string{"codeconnections", "codestar-connections"} { // the new and the old name of one AWS service
			arn := strings.NewReplacer("codestar-connections", name, lab.Account, "ACCOUNT").Replace(r.Source.Connection)
			r.may(role, arn, "codeconnections:UseConnection codestar-connections:UseConnection")
		}
	}
}

// deploys lets a role deploy by ECS or by CodeDeploy.
func (r *rights) deploys(role string) {
	if r.BlueGreen == nil {
		r.may(role, "*", "ecs:DescribeTaskDefinition ecs:RegisterTaskDefinition")
		inCluster := " when ecs:cluster ArnEquals " + r.arn("ecs", "cluster/fargate-cd-STACK")
		r.may(role, r.arn("ecs", "task/fargate-cd-STACK/*")+inCluster, "ecs:DescribeTasks")
		r.may(role, "*"+inCluster, "ecs:ListTasks")
		r.may(role, r.arn("ecs", "task-definition/fargate-cd-STACK-"+r.Name+":*")+
			" when ecs:CreateAction StringEquals RegisterTaskDefinition", "ecs:TagResource")
		r.may(role, r.arn("ecs", "service/fargate-cd-STACK/"+r.Name), "ecs:DescribeServices ecs:UpdateService")
		return
	}
	r.may(role, "*", "ecs:RegisterTaskDefinition")
	r.may(role, r.arn("codedeploy", "deploymentgroup:"+r.Name+"/"+r.Name), "codedeploy:CreateDeployment codedeploy:GetDeployment")
	r.may(role, r.arn("codedeploy", "application:"+r.Name),
		"codedeploy:GetApplication codedeploy:GetApplicationRevision codedeploy:RegisterApplicationRevision")
	r.may(role, r.arn("codedeploy", "deploymentconfig:*"), "codedeploy:GetDeploymentConfig")
}

// passes lets a role pass the two roles of a task to ECS, and to no other AWS service.
func (r *rights) passes(role string) {
	for _, passed := range []string{"execution", "task"} {
		r.may(role, fmt.Sprintf("arn:aws:iam::ACCOUNT:role/%s-%s when iam:PassedToService StringEquals ecs-tasks.amazonaws.com",
			r.Name, passed), "iam:PassRole")
	}
}

// codeDeploy adds the role of CodeDeploy, which replaces tasks and changes listeners.
func (r *rights) codeDeploy(port, testPort int) {
	const role = "codedeploy"
	r.taken(role, "codedeploy.amazonaws.com", only(r.arn("codedeploy", "deploymentgroup:"+r.Name+"/*")))
	for _, resource := range []string{"service/fargate-cd-STACK/" + r.Name, "task-set/fargate-cd-STACK/" + r.Name + "/*"} {
		r.may(role, r.arn("ecs", resource), "ecs:DescribeServices ecs:CreateTaskSet ecs:UpdateServicePrimaryTaskSet ecs:DeleteTaskSet")
	}
	r.may(role, "*", "elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeListeners "+
		"elasticloadbalancing:DescribeRules")
	if len(r.BlueGreen.Alarms) > 0 {
		r.may(role, r.arn("cloudwatch", "alarm:*"), "cloudwatch:DescribeAlarms")
	}
	ports := []int{port}
	if testPort != 0 {
		ports = append(ports, testPort)
	}
	for _, port := range ports {
		for _, resource := range []string{
			fmt.Sprintf("%s listener %d", r.balancer(), port), fmt.Sprintf("rules of %s listener %d/*", r.balancer(), port),
		} {
			r.may(role, resource, "elasticloadbalancing:ModifyListener elasticloadbalancing:ModifyRule")
		}
	}
	r.passes(role)
}

// seenRoles returns the permissions of all roles of the stack, with a line for each action on
// each resource, and the principals that may assume the roles.
func seenRoles(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, role := range lab.Roles(t, d) {
		name := aws.ToString(role.RoleName)
		for _, s := range statements(t, aws.ToString(role.AssumeRolePolicyDocument)) {
			for _, who := range slices.Sorted(maps.Keys(s.principals())) {
				lines = append(lines, fmt.Sprintf("%s is taken by %s%s", name, who, s.when()))
			}
		}
		if role.PermissionsBoundary != nil {
			lines = append(lines, fmt.Sprintf("%s is bounded by %s", name, aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)))
		}
		for _, policy := range role.AttachedManagedPolicies {
			lines = append(lines, fmt.Sprintf("%s has the policy %s", name, aws.ToString(policy.PolicyArn)))
		}
		for _, policy := range role.RolePolicyList {
			for _, s := range statements(t, aws.ToString(policy.PolicyDocument)) {
				lines = append(lines, s.rights(name)...)
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines) // the same permission may be granted twice
}

// Permissions returns what the role of the stack with a name may do, the policies that it
// has, and its boundary.
func Permissions(t *testing.T, d *lab.Stack, role string) []string {
	t.Helper()
	names := lab.EmptyBook(d.Name, d.Region)
	var lines []string
	for _, line := range seenRoles(t, d, names) {
		if line = names.Plain(line); strings.HasPrefix(line, role+" ") && !strings.HasPrefix(line, role+" is taken by ") {
			lines = append(lines, strings.TrimPrefix(line, role+" "))
		}
	}
	return lines
}
