//go:build acceptance

package acceptance

import (
	"fmt"
	"strings"
)

// roles are what each role of a system may do: exactly what its service needs
// for its work, on exactly its own resources, by the documents of that service
// ("How AWS CodePipeline works with IAM" and so on).
func (s system) roles() []string {
	var lines []string
	for _, each := range s.services {
		r := rights{service: each}
		r.execution()
		r.builds()
		r.pipeline()
		if each.blueGreen != nil {
			r.codeDeploy(s.testPort)
		}
		if each.blueGreen != nil || each.source.codeCommit != "" {
			r.taken("trigger", "events.amazonaws.com", r.onlyRules())
			r.may("trigger", "arn:aws:codepipeline:REGION:ACCOUNT:"+each.name, "codepipeline:StartPipelineExecution")
		}
		lines = append(lines, r.lines...)
	}
	return lines
}

// rights gathers the lines of a service's roles.
type rights struct {
	service
	lines []string
}

func (r *rights) taken(role, by, when string) {
	r.lines = append(r.lines, fmt.Sprintf("%s-%s is taken by %s%s", r.name, role, by, when))
}

// may adds actions, separated by blanks, on a resource.
func (r *rights) may(role, resource, actions string) {
	for _, action := range strings.Fields(actions) {
		r.lines = append(r.lines, fmt.Sprintf("%s-%s may %s on %s", r.name, role, action, resource))
	}
}

func (r *rights) arn(service, rest string) string {
	return "arn:aws:" + service + ":REGION:ACCOUNT:" + rest
}

// only is the condition against confused deputies.
func only(source string) string {
	return " when aws:SourceAccount StringEquals ACCOUNT and aws:SourceArn ArnLike " + source
}

// onlyRules is the condition that a role acts for the service's own rules.
func (r *rights) onlyRules() string {
	var rules []string
	if r.source.codeCommit != "" {
		rules = append(rules, r.arn("events", "rule/"+r.name+"-push"))
	}
	if r.blueGreen != nil {
		rules = append(rules, r.arn("events", "rule/"+r.name+"-deployment"))
	}
	return " when aws:SourceAccount StringEquals ACCOUNT and aws:SourceArn ArnEquals " + strings.Join(rules, " or ")
}

const pull = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"

// execution starts tasks: it pulls the image and writes the log. The
// application's own role may do nothing.
func (r *rights) execution() {
	tasks := only(r.arn("ecs", "*"))
	r.taken("task", "ecs-tasks.amazonaws.com", tasks)
	r.taken("execution", "ecs-tasks.amazonaws.com", tasks)
	r.may("execution", "*", "ecr:GetAuthorizationToken")
	r.may("execution", r.arn("ecr", "repository/"+r.name), pull)
	r.may("execution", r.arn("logs", "log-group:"+r.name+"-logs:*"), "logs:CreateLogStream logs:PutLogEvents")
}

func (r *rights) builds() {
	for _, kind := range r.projects() {
		r.taken(kind, "codebuild.amazonaws.com", only(r.arn("codebuild", "project/"+r.name+"-"+kind+"-*")))
		r.may(kind, r.arn("logs", "log-group:"+r.name+"-"+kind+":*"), "logs:CreateLogStream logs:PutLogEvents")
		r.bucket(kind, "s3:GetBucketAcl s3:GetBucketLocation")
	}
	if r.blueGreen != nil {
		r.artifact("select", "Image", "Select")
		r.may("select", r.arn("ecs", "service/fargate-cd-STACK/"+r.name), "ecs:DescribeServices")
		r.may("select", "*", "ecs:DescribeTaskDefinition")
	}
	from := "Source"
	if r.build.packages {
		from = "Package"
		r.artifact("package", "Source", "Package")
		r.may("package", "arn:aws:s3:::"+r.name+"-artifacts/cache/*", "s3:GetObject s3:GetObjectVersion s3:PutObject")
	}
	r.artifact("image", from, "Image")
	r.may("image", "*", "ecr:GetAuthorizationToken")
	r.may("image", r.arn("ecr", "repository/"+r.name), pull+
		" ecr:CompleteLayerUpload ecr:DescribeImages ecr:InitiateLayerUpload ecr:PutImage ecr:UploadLayerPart")
	if r.build.dockerHub != "" {
		r.may("image", strings.ReplaceAll(r.build.dockerHub, account, "ACCOUNT"), "secretsmanager:GetSecretValue")
	}
}

// projects are the service's builds, by the end of their names.
func (r *rights) projects() []string {
	kinds := []string{"image"}
	if r.build.packages {
		kinds = append(kinds, "package")
	}
	if r.blueGreen != nil {
		kinds = append(kinds, "select")
	}
	return kinds
}

// artifact lets a build read what it builds from and write what it makes, and no
// other object: the bucket also holds what decides how the service's tasks run.
func (r *rights) artifact(role, from, to string) {
	r.may(role, "arn:aws:s3:::"+r.name+"-artifacts/"+r.name+"-*/"+from+"/*", "s3:GetObject s3:GetObjectVersion")
	r.may(role, "arn:aws:s3:::"+r.name+"-artifacts/"+r.name+"-*/"+to+"/*", "s3:PutObject")
	if r.blueGreen != nil {
		r.may(role, "arn:aws:s3:::"+r.name+"-artifacts/"+r.name+"-*/Deployment/*", "s3:GetObject s3:GetObjectVersion")
	}
}

// bucket is where artifacts are handed over, encrypted.
func (r *rights) bucket(role, actions string) {
	r.may(role, "arn:aws:s3:::"+r.name+"-artifacts", actions)
	r.may(role, "key for "+r.name, "kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey* kms:ReEncrypt*")
}

func (r *rights) pipeline() {
	const role = "pipeline"
	r.taken(role, "codepipeline.amazonaws.com", "")
	r.bucket(role, "s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning")
	objects := "arn:aws:s3:::" + r.name + "-artifacts/*"
	r.may(role, objects, "s3:GetObject s3:GetObjectVersion s3:PutObject s3:PutObjectAcl") // a connection's source has an ACL
	if r.blueGreen != nil {
		r.may(role, objects, "s3:GetObjectTagging s3:GetObjectVersionTagging s3:PutObjectTagging") // as the objects of the deployment have tags
	}
	for _, kind := range r.projects() {
		r.may(role, r.arn("codebuild", "project/"+r.name+"-"+kind), "codebuild:BatchGetBuilds codebuild:StartBuild")
	}
	if r.source.codeCommit != "" {
		r.may(role, r.arn("codecommit", r.source.codeCommit), "codecommit:CancelUploadArchive codecommit:GetBranch codecommit:GetCommit "+
			"codecommit:GetRepository codecommit:GetUploadArchiveStatus codecommit:UploadArchive")
	} else {
		for _, name := range []string{"codeconnections", "codestar-connections"} { // one service, two names
			arn := strings.NewReplacer("codestar-connections", name, account, "ACCOUNT").Replace(r.source.connection)
			r.may(role, arn, "codeconnections:UseConnection codestar-connections:UseConnection")
		}
	}
	r.passes(role)
	if r.blueGreen == nil {
		r.may(role, "*", "ecs:DescribeTaskDefinition ecs:RegisterTaskDefinition")
		r.may(role, "* when ecs:cluster ArnEquals "+r.arn("ecs", "cluster/fargate-cd-STACK"), "ecs:DescribeTasks ecs:ListTasks")
		r.may(role, r.arn("ecs", "task-definition/fargate-cd-STACK-"+r.name+":*")+
			" when ecs:CreateAction StringEquals RegisterTaskDefinition", "ecs:TagResource")
		r.may(role, r.arn("ecs", "service/fargate-cd-STACK/"+r.name), "ecs:DescribeServices ecs:UpdateService")
		return
	}
	r.may(role, "*", "ecs:RegisterTaskDefinition")
	r.may(role, r.arn("codedeploy", "deploymentgroup:"+r.name+"/"+r.name), "codedeploy:CreateDeployment codedeploy:GetDeployment")
	r.may(role, r.arn("codedeploy", "application:"+r.name),
		"codedeploy:GetApplication codedeploy:GetApplicationRevision codedeploy:RegisterApplicationRevision")
	r.may(role, r.arn("codedeploy", "deploymentconfig:*"), "codedeploy:GetDeploymentConfig")
}

// passes lets a role hand the two roles of a task to ECS, and to nothing else.
func (r *rights) passes(role string) {
	for _, passed := range []string{"execution", "task"} {
		r.may(role, fmt.Sprintf("arn:aws:iam::ACCOUNT:role/%s-%s when iam:PassedToService StringEquals ecs-tasks.amazonaws.com",
			r.name, passed), "iam:PassRole")
	}
}

// codeDeploy moves the service's tasks, and its traffic at its listeners.
func (r *rights) codeDeploy(testPort int) {
	const role = "codedeploy"
	r.taken(role, "codedeploy.amazonaws.com", only(r.arn("codedeploy", "deploymentgroup:"+r.name+"/*")))
	for _, resource := range []string{"service/fargate-cd-STACK/" + r.name, "task-set/fargate-cd-STACK/" + r.name + "/*"} {
		r.may(role, r.arn("ecs", resource), "ecs:DescribeServices ecs:CreateTaskSet ecs:UpdateServicePrimaryTaskSet ecs:DeleteTaskSet")
	}
	r.may(role, "*", "elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeListeners "+
		"elasticloadbalancing:DescribeRules")
	if len(r.blueGreen.alarms) > 0 {
		r.may(role, r.arn("cloudwatch", "alarm:*"), "cloudwatch:DescribeAlarms")
	}
	ports := []int{80}
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
