package program

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// The controls of AWS Security Hub ("AWS Foundational Security Best Practices standard", such as ELB.6), the checks of
// Checkov (CKV_AWS_…) and our own rules that apply to the resources of a stack. A control that a stack does not meet is
// in suppressions, with the reason.

// control is a rule for every resource of a kind.
type control struct {
	id, rule, kind string
	// meets reports whether a resource of a graph meets the control.
	meets func(g *enginetest.Engine, m *enginetest.Resource) bool
	// bad holds inputs that do not meet the control. absent is a kind of resource without which no resource meets it.
	// TestSecurityControlsFindFaults checks with them that the control can fail.
	bad    object
	absent string
}

// input returns a control that requires one of the given values at a path of the inputs. The path consists of names and
// indexes.
func input(id, rule, kind, path string, values ...any) control {
	return control{id: id, rule: rule, kind: kind, bad: object{strings.Split(path, ".")[0]: nil},
		meets: func(_ *enginetest.Engine, m *enginetest.Resource) bool {
			return slices.Contains(values, at(m.Inputs, path))
		}}
}

// beside returns a control that requires a resource of another kind, whose input key holds the given output of the
// resource.
func beside(id, rule, kind, other, key string, output func(m *enginetest.Resource) string) control {
	return control{id: id, rule: rule, kind: kind, absent: other,
		meets: func(g *enginetest.Engine, m *enginetest.Resource) bool {
			return slices.ContainsFunc(g.All(other), func(o *enginetest.Resource) bool { return o.Inputs[key] == output(m) })
		}}
}

// each returns a control that requires meets for the inputs of each resource.
func each(id, rule, kind string, bad object, meets func(in object) bool) control {
	return control{id: id, rule: rule, kind: kind, bad: bad,
		meets: func(_ *enginetest.Engine, m *enginetest.Resource) bool { return meets(m.Inputs) }}
}

// at returns the value at a path such as settings.0.value, or nil.
func at(value any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case object:
			value = v[step]
		case list:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// listOf returns the value as a list, or nil if it is not a list.
func listOf(value any) list {
	out, _ := value.(list)
	return out
}

// bucketName, arnOf and vpcID return the outputs of the mocked engine with which other resources refer to a resource.
func bucketName(m *enginetest.Resource) string {
	if name, ok := m.Inputs["bucket"].(string); ok {
		return name
	}
	return m.Name + "-0abcdef"
}
func arnOf(module string) func(m *enginetest.Resource) string {
	return func(m *enginetest.Resource) string {
		_, typ, _ := strings.Cut(m.Kind, ".")
		return fmt.Sprintf("arn:aws:%s:%s:%s:%s/%s", module, enginetest.Region, enginetest.AccountID, strings.ToLower(typ), m.Name)
	}
}
func vpcID(m *enginetest.Resource) string { return m.Name + "-id" }

const (
	bucketKind = "s3.BucketV2"
	poolKind   = "cognito.UserPool"
	taskKind   = "ecs.TaskDefinition"
)

// bucketSetting returns a control that requires a setting for each bucket.
func bucketSetting(id, rule, setting string) control {
	return beside(id, rule, bucketKind, "s3."+setting, "bucket", bucketName)
}

var controls = slices.Concat(networkControls, balancerControls, taskControls, storeControls, deliveryControls, apiControls, roleControls)

var networkControls = []control{
	beside("EC2.2", "the default security group of the VPC has no rules", "awsx:ec2:Vpc", "ec2.DefaultSecurityGroup", "vpcId", vpcID),
	each("EC2.2", "the default security group of the VPC has no rules", "ec2.DefaultSecurityGroup", object{"ingress": list{object{}}},
		func(in object) bool { return in["ingress"] == nil && in["egress"] == nil }),
	beside("EC2.6", "the VPC has flow logs", "awsx:ec2:Vpc", "ec2.FlowLog", "vpcId", vpcID),
	beside("own", "the VPC has a gateway endpoint, so that images do not cross the internet", "awsx:ec2:Vpc", "ec2.VpcEndpoint", "vpcId", vpcID),
	each("EC2.18, EC2.19", "only the ports 80 and 443 are open to all networks", "vpc.SecurityGroupIngressRule",
		object{"cidrIpv4": "0.0.0.0/0", "fromPort": 8080.0, "toPort": 8080.0}, func(in object) bool {
			usual := in["fromPort"] == 80.0 || in["fromPort"] == 443.0
			return in["cidrIpv4"] != "0.0.0.0/0" || usual && in["fromPort"] == in["toPort"]
		}),
	each("own", "tasks admit only their load balancer", "vpc.SecurityGroupIngressRule",
		object{"securityGroupId": "web-tasks-securitygroup", "cidrIpv4": "10.0.0.0/16"}, func(in object) bool {
			return !strings.Contains(in["securityGroupId"].(string), "-tasks-") || in["cidrIpv4"] == nil
		}),
	each("EC2.21", "network ACLs admit no ports for administration", "awsx:ec2:Vpc", object{}, func(object) bool { return false }),
	input("CKV_AWS_382", "outgoing traffic is limited to TCP ports", "vpc.SecurityGroupEgressRule", "ipProtocol", "tcp"),
	described("ec2.SecurityGroup"), described("vpc.SecurityGroupIngressRule"), described("vpc.SecurityGroupEgressRule"),
}

func described(kind string) control {
	return each("CKV_AWS_23", "a security group and its rules have descriptions", kind, object{"description": ""},
		func(in object) bool { return in["description"] != "" && in["description"] != nil })
}

var balancerControls = []control{
	each("ELB.1", "HTTP only redirects to HTTPS", "lb.Listener", object{"protocol": "HTTP", "defaultActions": list{}}, func(in object) bool {
		return in["protocol"] == "HTTPS" || at(in, "defaultActions.0.redirect.protocol") == "HTTPS"
	}),
	input("ELB.4", "invalid headers are dropped", "lb.LoadBalancer", "dropInvalidHeaderFields", true),
	input("ELB.5", "access logs are on", "lb.LoadBalancer", "accessLogs.enabled", true),
	input("ELB.6", "deletion protection is on", "lb.LoadBalancer", "enableDeletionProtection", true),
	input("ELB.12", "desync mitigation is defensive or strictest", "lb.LoadBalancer", "desyncMitigationMode", "defensive", "strictest"),
	each("ELB.13", "the load balancer is in two zones or more", "lb.LoadBalancer", object{"subnets": list{"subnet-1"}},
		func(in object) bool { return len(in["subnets"].(list)) >= 2 }),
	beside("ELB.16", "the load balancer has a web ACL", "lb.LoadBalancer", "wafv2.WebAclAssociation", "resourceArn", arnOf("lb")),
	beside("WAF.11", "a web ACL has a log", "wafv2.WebAcl", "wafv2.WebAclLoggingConfiguration", "resourceArn", arnOf("wafv2")),
	input("WAF.12", "a web ACL has metrics", "wafv2.WebAcl", "visibilityConfig.cloudwatchMetricsEnabled", true),
	each("own", "the log of a web ACL has no tokens", "wafv2.WebAclLoggingConfiguration", object{"redactedFields": nil},
		func(in object) bool { return at(in, "redactedFields.0.singleHeader.name") == "authorization" }),
	each("ELB.17", "HTTPS has a recommended policy with TLS 1.3", "lb.Listener", object{"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
		func(in object) bool {
			return in["protocol"] != "HTTPS" || in["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
		}),
	input("ELB.21, ELB.22, CKV_AWS_378", "the load balancer reaches its targets by HTTPS", "lb.TargetGroup", "protocol", "HTTPS"),
}

// container returns a control for every container of a task definition.
func container(id, rule string, bad object, meets func(container object) bool) control {
	text, err := json.Marshal(list{bad})
	if err != nil {
		panic(err)
	}
	return each(id, rule, taskKind, object{"containerDefinitions": string(text)}, func(in object) bool {
		var containers []object
		err := json.Unmarshal([]byte(in["containerDefinitions"].(string)), &containers)
		return err == nil && !slices.ContainsFunc(containers, func(c object) bool { return !meets(c) })
	})
}

var taskControls = []control{
	input("ECS.2", "tasks have no public addresses", "ecs.Service", "networkConfiguration.assignPublicIp", false),
	each("ECS.3", "tasks do not share the host's processes", taskKind, object{"pidMode": "host"}, func(in object) bool { return in["pidMode"] == nil }),
	container("ECS.4", "containers are not privileged", object{"privileged": true}, func(c object) bool { return c["privileged"] != true }),
	container("ECS.5", "the root file system is read-only", object{}, func(c object) bool { return c["readonlyRootFilesystem"] == true }),
	container("ECS.8", "secrets are not in environment variables", object{"environment": list{object{"name": "AWS_SECRET_ACCESS_KEY"}}}, func(c object) bool {
		variables, _ := c["environment"].(list)
		return !slices.ContainsFunc(variables, func(v any) bool {
			return slices.Contains([]any{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"}, v.(object)["name"])
		})
	}),
	container("ECS.9", "containers have a log", object{}, func(c object) bool {
		return slices.Contains([]any{"awslogs", "awsfirelens"}, at(c, "logConfiguration.logDriver"))
	}),
	each("CKV_AWS_97", "file systems are encrypted in transit", taskKind, object{"volumes": list{object{"efsVolumeConfiguration": object{}}}}, func(in object) bool {
		return !slices.ContainsFunc(listOf(in["volumes"]), func(v any) bool {
			return at(v, "efsVolumeConfiguration") != nil && at(v, "efsVolumeConfiguration.transitEncryption") != "ENABLED"
		})
	}),
	input("ECS.10", "tasks run on the latest platform", "ecs.Service", "platformVersion", "LATEST"),
	input("ECS.12", "the cluster has Container Insights", "ecs.Cluster", "settings.0.value", "enabled", "enhanced"),
	input("ECS.17", "tasks do not use the host's network", taskKind, "networkMode", "awsvpc"),
	container("ECS.20", "containers do not run as root", object{"user": "0:0"}, func(c object) bool {
		user, _ := c["user"].(string)
		name, _, _ := strings.Cut(user, ":")
		return !slices.Contains([]string{"", "0", "root"}, name)
	}),
	each("own", "the task role is not the execution role", taskKind, object{"taskRoleArn": "role", "executionRoleArn": "role"},
		func(in object) bool { return in["taskRoleArn"] != in["executionRoleArn"] }),
}

var storeControls = []control{
	input("ECR.1", "images are scanned on push", "ecr.Repository", "imageScanningConfiguration.scanOnPush", true),
	input("ECR.2", "tags are immutable", "ecr.Repository", "imageTagMutability", "IMMUTABLE"),
	beside("ECR.3", "a repository has a lifecycle", "ecr.Repository", "ecr.LifecyclePolicy", "repository",
		func(m *enginetest.Resource) string { return m.Name + "-0abcdef" }),
	input("ECR.5", "a customer managed key encrypts images", "ecr.Repository", "encryptionConfigurations.0.encryptionType", "KMS"),
	bucketSetting("S3.1, S3.2, S3.3, S3.8", "a bucket blocks public access", "BucketPublicAccessBlock"),
	each("S3.1, S3.2, S3.3, S3.8", "a bucket blocks public access", "s3.BucketPublicAccessBlock", object{"blockPublicPolicy": false}, func(in object) bool {
		return in["blockPublicAcls"] == true && in["blockPublicPolicy"] == true && in["ignorePublicAcls"] == true && in["restrictPublicBuckets"] == true
	}),
	bucketSetting("S3.5", "a bucket refuses requests without TLS", "BucketPolicy"),
	each("S3.5", "a bucket refuses requests without TLS", "s3.BucketPolicy", object{"policy": `{"Statement":[]}`}, func(in object) bool {
		return slices.ContainsFunc(statementsOf(in["policy"]), func(s statement) bool {
			return s.Effect == "Deny" && s.Principal == "*" && at(s.Condition, "Bool.aws:SecureTransport") == "false"
		})
	}),
	each("S3.6", "a bucket's policy lets no other account change the bucket", "s3.BucketPolicy",
		object{"policy": `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":["s3:PutBucketPolicy"]}]}`},
		func(in object) bool {
			return !slices.ContainsFunc(statementsOf(in["policy"]), func(s statement) bool {
				return s.Effect == "Allow" && slices.ContainsFunc(s.Action, func(a string) bool { return a != "s3:PutObject" })
			})
		}),
	bucketSetting("S3.9", "a bucket logs its requests", "BucketLoggingV2"),
	bucketSetting("S3.12", "a bucket has no access control lists", "BucketOwnershipControls"),
	input("S3.12", "a bucket has no access control lists", "s3.BucketOwnershipControls", "rule.objectOwnership", "BucketOwnerEnforced"),
	bucketSetting("S3.13", "a bucket has a lifecycle", "BucketLifecycleConfigurationV2"),
	each("CKV_AWS_300", "incomplete uploads end", "s3.BucketLifecycleConfigurationV2", object{"rules": list{}}, func(in object) bool {
		return slices.ContainsFunc(in["rules"].(list), func(r any) bool { return at(r, "abortIncompleteMultipartUpload.daysAfterInitiation") != nil })
	}),
	bucketSetting("S3.14", "a bucket keeps old versions", "BucketVersioningV2"),
	input("S3.14", "a bucket keeps old versions", "s3.BucketVersioningV2", "versioningConfiguration.status", "Enabled"),
	bucketSetting("S3.17", "a customer managed key encrypts a bucket", "BucketServerSideEncryptionConfigurationV2"),
	input("S3.17", "a customer managed key encrypts a bucket", "s3.BucketServerSideEncryptionConfigurationV2",
		"rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "aws:kms"),
	input("KMS.4", "a key is rotated", "kms.Key", "enableKeyRotation", true),
	each("KMS.5", "a key is not public", "kms.Key", object{"policy": `{"Statement":[{"Effect":"Allow","Principal":"*","Action":["kms:*"]}]}`}, func(in object) bool {
		all := statementsOf(in["policy"])
		return len(all) > 0 && !slices.ContainsFunc(all, func(s statement) bool { return s.Principal == "*" })
	}),
	each("CloudWatch.16", "a log is kept for a year or longer", "cloudwatch.LogGroup", object{"retentionInDays": 30.0},
		func(in object) bool { days, _ := in["retentionInDays"].(float64); return days >= 365 }),
	input("CKV_AWS_338", "a log has a retention period", "cloudwatch.LogGroup", "retentionInDays", 7.0, 365.0),
	each("CKV_AWS_158", "a customer managed key encrypts a log", "cloudwatch.LogGroup", object{}, func(in object) bool { return in["kmsKeyId"] != nil }),
}

var deliveryControls = []control{
	each("CodeBuild.2", "a build has no credentials in its variables", "codebuild.Project",
		object{"environment": object{"environmentVariables": list{object{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}}}}, func(in object) bool {
			variables, _ := at(in, "environment.environmentVariables").(list)
			return !slices.ContainsFunc(variables, func(v any) bool {
				name, _ := at(v, "name").(string)
				return strings.HasPrefix(name, "AWS_") || strings.Contains(name, "SECRET") || strings.Contains(name, "PASSWORD")
			})
		}),
	each("CodeBuild.4", "a build has a log", "codebuild.Project", object{"logsConfig": nil},
		func(in object) bool { return at(in, "logsConfig.cloudwatchLogs.groupName") != nil }),
	input("CodeBuild.5, CKV_AWS_316", "a build is not privileged", "codebuild.Project", "environment.privilegedMode", false),
	each("CKV_AWS_147", "a customer managed key encrypts a build's output", "codebuild.Project", object{"encryptionKey": nil},
		func(in object) bool { return in["encryptionKey"] != nil }),
	each("own", "the program, not the repository, decides what a build runs", "codebuild.Project", object{"source": object{}},
		func(in object) bool { return strings.HasPrefix(fmt.Sprint(at(in, "source.buildspec")), "{") }),
	input("CKV_AWS_219", "a customer managed key encrypts a pipeline's artifacts", "codepipeline.Pipeline", "artifactStores.0.encryptionKey.type", "KMS"),
	each("CloudWatch.15", "an alarm sends messages", "cloudwatch.MetricAlarm", object{"alarmActions": nil},
		func(in object) bool { return len(listOf(in["alarmActions"])) > 0 }),
	each("CloudWatch.17", "the actions of an alarm are on", "cloudwatch.MetricAlarm", object{"actionsEnabled": false},
		func(in object) bool { return in["actionsEnabled"] != false }),
	each("SNS.1", "a customer managed key encrypts a topic", "sns.Topic", object{"kmsMasterKeyId": nil}, func(in object) bool { return in["kmsMasterKeyId"] != nil }),
	each("SNS.4", "a topic is not public", "sns.TopicPolicy", object{"policy": `{"Statement":[{"Effect":"Allow","Principal":"*"}]}`}, func(in object) bool {
		all := statementsOf(in["policy"])
		return len(all) > 0 && !slices.ContainsFunc(all, func(s statement) bool { return s.Effect == "Allow" && s.Principal == "*" })
	}),
	each("own", "an alarm rolls a deployment by CodeDeploy back", "codedeploy.DeploymentGroup", object{"alarmConfiguration": nil},
		func(in object) bool { return len(listOf(at(in, "alarmConfiguration.alarms"))) > 0 }),
	each("own", "an alarm rolls a deployment by ECS back", "ecs.Service", object{"deploymentController": nil, "alarms": nil}, func(in object) bool {
		return at(in, "deploymentController.type") == "CODE_DEPLOY" || len(listOf(at(in, "alarms.alarmNames"))) > 0
	}),
	each("own", "a deployment that fails or that a person stops is rolled back", "codedeploy.DeploymentGroup", object{"autoRollbackConfiguration": nil},
		func(in object) bool {
			events, _ := at(in, "autoRollbackConfiguration.events").(list)
			return at(in, "autoRollbackConfiguration.enabled") == true && len(events) == 3
		}),
}

var apiControls = []control{
	input("APIGateway.8", "every route requires a token", "apigatewayv2.Route", "authorizationType", "JWT"),
	each("APIGateway.9", "the API has access logs", "apigatewayv2.Stage", object{"accessLogSettings": nil},
		func(in object) bool { return at(in, "accessLogSettings.destinationArn") != nil }),
	each("own", "the API throttles", "apigatewayv2.Stage", object{"defaultRouteSettings": nil}, func(in object) bool {
		return at(in, "defaultRouteSettings.throttlingRateLimit") != nil && at(in, "defaultRouteSettings.throttlingBurstLimit") != nil
	}),
	each("APIGateway.10", "the API reaches the load balancer by HTTPS and verifies its name", "apigatewayv2.Integration", object{"tlsConfig": nil},
		func(in object) bool { return at(in, "tlsConfig.serverNameToVerify") != nil }),
	input("Cognito.1, Cognito.4", "the user pool has threat protection", poolKind, "userPoolAddOns.advancedSecurityMode", "ENFORCED"),
	each("Cognito.3", "passwords are long and mixed", poolKind, object{"passwordPolicy": object{"minimumLength": 8.0}}, func(in object) bool {
		policy := in["passwordPolicy"]
		return at(policy, "minimumLength").(float64) >= 14 && at(policy, "requireLowercase") == true && at(policy, "requireUppercase") == true &&
			at(policy, "requireNumbers") == true && at(policy, "requireSymbols") == true && at(policy, "temporaryPasswordValidityDays").(float64) <= 7
	}),
	input("Cognito.5", "every person signs in with a second factor", poolKind, "mfaConfiguration", "ON"),
	input("Cognito.6", "deletion protection is on", poolKind, "deletionProtection", "ACTIVE"),
	input("own", "nobody can sign up", poolKind, "adminCreateUserConfig.allowAdminCreateUserOnly", true),
	input("own", "a forgotten password is reset by e-mail", poolKind, "accountRecoverySetting.recoveryMechanisms.0.name", "verified_email"),
	input("own", "no answer says whether a user exists", "cognito.UserPoolClient", "preventUserExistenceErrors", "ENABLED"),
	input("own", "tokens can be revoked", "cognito.UserPoolClient", "enableTokenRevocation", true),
}

// statement is a statement of a policy document.
type statement struct {
	Effect           string
	Principal        any
	Action, Resource []string
	Condition        object
}

// statementsOf returns the statements of a policy document.
func statementsOf(document any) []statement {
	var policy struct{ Statement []statement }
	if text, ok := document.(string); !ok || json.Unmarshal([]byte(text), &policy) != nil {
		return nil
	}
	return policy.Statement
}

// permissions returns a control for every statement of every role's policy.
func permissions(id, rule string, bad statement, meets func(s statement) bool) control {
	text, err := json.Marshal(object{"Statement": []statement{bad}})
	if err != nil {
		panic(err)
	}
	return each(id, rule, "iam.RolePolicy", object{"policy": string(text)}, func(in object) bool {
		all := statementsOf(in["policy"])
		return len(all) > 0 && !slices.ContainsFunc(all, func(s statement) bool { return !meets(s) })
	})
}

// TestRolesAreNarrow checks the actions that are allowed on all resources.
var roleControls = []control{
	permissions("IAM.1, IAM.21", "no role has all actions of a service", statement{Effect: "Allow", Action: []string{"s3:*"}}, func(s statement) bool {
		return !slices.ContainsFunc(s.Action, func(a string) bool { return strings.HasSuffix(a, "*") && !strings.HasPrefix(a, "kms:") })
	}),
	permissions("KMS.1, KMS.2", "no role decrypts with all keys", statement{Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: []string{"*"}},
		func(s statement) bool {
			return !slices.ContainsFunc(s.Action, func(a string) bool { return strings.HasPrefix(a, "kms:") }) || !slices.Contains(s.Resource, "*")
		}),
	permissions("own", "a role passes named roles to one service", statement{Effect: "Allow", Action: []string{"iam:PassRole"}, Resource: []string{"*"}},
		func(s statement) bool {
			return !slices.Contains(s.Action, "iam:PassRole") ||
				!slices.Contains(s.Resource, "*") && at(s.Condition, "StringEquals.iam:PassedToService") == "ecs-tasks.amazonaws.com"
		}),
	each("own", "a service takes a role only for this account and named resources", "iam.Role",
		object{"assumeRolePolicy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"x"},"Action":["sts:AssumeRole"]}]}`},
		func(in object) bool {
			all := statementsOf(in["assumeRolePolicy"])
			return len(all) > 0 && !slices.ContainsFunc(all, func(s statement) bool {
				from := cmp.Or(at(s.Condition, "ArnEquals.aws:SourceArn"), at(s.Condition, "ArnLike.aws:SourceArn"))
				return at(s.Condition, "StringEquals.aws:SourceAccount") != enginetest.AccountID || from == nil
			})
		}),
}

// suppression is a control that some resources do not meet.
type suppression struct {
	stack   string // the only stack; "" for all
	id      string
	names   []string // the ends of the resources' names; none for all
	because string
	line    string // the line of the stack file that turns the control off; "" if no key does
}

// demonstration is the line of both stack files that lets `destroy` delete everything.
const demonstration = "fargate-cd:forceDestroy: true # a demonstration"

var suppressions = []suppression{
	{id: "EC2.21", because: "a network ACL keeps no state, and NAT gateways and load balancers use any port from 1024 on: without port 3389 one in 64,512 " +
		"of their connections would get no answer. The security groups admit neither port"},
	{id: "ECR.5", because: "ECR cannot change how a repository encrypts: every existing one would be replaced, with its images. AWS's key encrypts them"},
	{id: "S3.9", because: "the records of the AWS account (CloudTrail) show who changes a bucket; its logs would need another bucket without logs"},
	{id: "S3.17", names: []string{"-access-logs"}, because: "load balancers can write only to a bucket that Amazon S3's own keys encrypt"},
	{id: "S3.17", names: []string{"-releases"}, because: "the bucket holds digests of images and no secrets, and a pipeline in another account writes to it"},
	{id: "ELB.21, ELB.22, CKV_AWS_378", because: "TLS ends at the load balancer; the tasks have no certificates, and admit only the load balancer"},
	{id: "CodeBuild.5, CKV_AWS_316", names: []string{"-image"}, because: "only a privileged container can run the Docker daemon that builds an image"},
	{id: "CKV_AWS_158", because: "CloudWatch Logs encrypts every log; a customer managed key costs for each log, and must admit the service of the region"},
	{id: "Cognito.1, Cognito.4", because: "threat protection needs the Plus plan, which charges for each user in each month"},
	{id: "own: a service takes a role only for this account and named resources", names: []string{"-pipeline"},
		because: "AWS documents no condition for the trust in CodePipeline, and a role can be passed only within its account"},

	{stack: "prod", id: "ELB.6", because: "the demonstration can be destroyed", line: demonstration},
	{stack: "prod", id: "Cognito.6", because: "the demonstration can be destroyed", line: demonstration},

	{stack: "test", id: "ELB.6", because: "the demonstration can be destroyed", line: demonstration},
	{stack: "test", id: "EC2.6", because: "flow logs cost money", line: "fargate-cd:flowLogs: false # AWS charges"},
	{stack: "test", id: "own: an alarm rolls a deployment by ECS back", because: "alarms cost money", line: "fargate-cd:alarms: false # AWS charges"},
	{stack: "test", id: "ELB.16", because: "web ACLs cost money", line: "fargate-cd:waf: false # AWS charges"},
	{stack: "test", id: "ECS.2", because: "NAT gateways cost money", line: "fargate-cd:assignPublicIp: true # "},
	{stack: "test", id: "ELB.1", because: "HTTPS needs a domain name, which costs money", line: "# no domainName"},
	{stack: "test", id: "CloudWatch.16", because: "logs cost money", line: "fargate-cd:logRetentionDays: 7 # "},
}

// suppresses reports whether the fault of a control in a resource is suppressed.
func (s suppression) suppresses(stack string, c control, m *enginetest.Resource) bool {
	named := len(s.names) == 0 || slices.ContainsFunc(s.names, func(end string) bool { return strings.HasSuffix(m.Name, end) })
	return (s.stack == "" || s.stack == stack) && (s.id == c.id || s.id == c.id+": "+c.rule) && named
}

// The stack prod meets every control, and test meets the controls that cost nothing. The stack "production" is prod
// without the line demonstration.
func TestSecurityControls(t *testing.T) {
	files := map[string]string{"test": read(t, "../Pulumi.test.yaml"), "prod": read(t, "../Pulumi.prod.yaml")}
	files["production"] = strings.Replace(files["prod"], demonstration, "#", 1)
	used := map[int]bool{}
	for stack, file := range files {
		g := runStack(t, stack, file)
		for _, c := range controls {
			for _, m := range g.All(c.kind) {
				if c.meets(g, m) {
					continue
				}
				i := slices.IndexFunc(suppressions, func(s suppression) bool { return s.suppresses(stack, c, m) })
				if i < 0 {
					t.Errorf("%s: %s %s violates %s: %s", stack, m.Kind, m.Name, c.id, c.rule)
					continue
				}
				used[i] = true
			}
		}
	}
	for i, s := range suppressions {
		require.True(t, used[i], "nothing violates %s in %s any more: delete the suppression", s.id, s.stack)
		if s.line != "" {
			require.Contains(t, files[s.stack], s.line, "the stack file shows that %s is off", s.id)
		}
	}
}

// Every control applies to a resource and can fail.
func TestSecurityControlsFindFaults(t *testing.T) {
	whole := runStack(t, enginetest.Stack, strings.Replace(twoOfEverything, "config:", "config:\n  fargate-cd:flowLogs: true\n  fargate-cd:waf: true\n  fargate-cd:wafRateLimit: 20000\n  fargate-cd:alarms: true", 1))
	for _, c := range controls {
		t.Run(c.id+" "+c.kind, func(t *testing.T) {
			g := &enginetest.Engine{}
			for _, m := range whole.Registered {
				if m.Kind != c.absent {
					g.Registered = append(g.Registered, m)
				}
			}
			all := g.All(c.kind)
			require.NotEmpty(t, all)
			faulty := *all[0]
			faulty.Inputs = maps.Clone(faulty.Inputs)
			maps.Copy(faulty.Inputs, c.bad)
			require.False(t, c.meets(g, &faulty))
		})
	}
}
