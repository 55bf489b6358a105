package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codedeploy"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codestarconnections"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	projectType     = "aws:codebuild/project:Project"
	connectionType  = "aws:codestarconnections/connection:Connection"
	sourceType      = "aws:codecommit/repository:Repository"
	applicationType = "aws:codedeploy/application:Application"
	groupType       = "aws:codedeploy/deploymentGroup:DeploymentGroup"
	configType      = "aws:codedeploy/deploymentConfig:DeploymentConfig"
	pipelineType    = "aws:codepipeline/pipeline:Pipeline"
)

var deliveryKinds = []kind{
	{
		token: projectType, args: codebuild.ProjectArgs{}, state: codebuild.ProjectState{},
		name: named(150), fixed: "name", later: "description encryptionKey",
		need:   "vpcConfig.securityGroupIds vpcConfig.subnets",
		unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{
			matches("name", `[A-Za-z0-9][A-Za-z0-9_-]{1,149}`, "2 to 150 letters, digits, _ and -, a letter or digit first"),
			between("buildTimeout", 5, 2160), between("queuedTimeout", 5, 480),
			oneOf("artifacts.type", "CODEPIPELINE", "NO_ARTIFACTS", "S3"),
			oneOf("source.type", "CODECOMMIT", "CODEPIPELINE", "GITHUB", "GITHUB_ENTERPRISE", "BITBUCKET", "GITLAB",
				"GITLAB_SELF_MANAGED", "S3", "NO_SOURCE"),
			oneOf("environment.computeType", "BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE",
				"BUILD_GENERAL1_XLARGE", "BUILD_GENERAL1_2XLARGE", "BUILD_LAMBDA_1GB", "BUILD_LAMBDA_2GB",
				"BUILD_LAMBDA_4GB", "BUILD_LAMBDA_8GB", "BUILD_LAMBDA_10GB", "ATTRIBUTE_BASED_COMPUTE"),
			oneOf("environment.type", "LINUX_CONTAINER", "LINUX_GPU_CONTAINER", "ARM_CONTAINER", "LINUX_EC2", "ARM_EC2",
				"WINDOWS_SERVER_2019_CONTAINER", "WINDOWS_SERVER_2022_CONTAINER", "LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER"),
			oneOf("environment.environmentVariables[].type", "PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"),
			oneOf("environment.imagePullCredentialsType", "CODEBUILD", "SERVICE_ROLE"),
			oneOf("cache.type", "NO_CACHE", "LOCAL", "S3"),
			oneOf("cache.modes[]", "LOCAL_SOURCE_CACHE", "LOCAL_DOCKER_LAYER_CACHE", "LOCAL_CUSTOM_CACHE"),
			whole(buildProject),
		},
		refs: []ref{ofRole("serviceRole"), inSubnets("vpcConfig.subnets[]"), inGroups("vpcConfig.securityGroupIds[]"),
			withKey("encryptionKey")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			arn := a.arn("codebuild", "project/"+text(p, "name"))
			return arn, outputs{"arn": arn, "encryptionKey": a.arn("kms", "alias/aws/s3")}
		},
	},
	{
		token: pipelineType, args: codepipeline.PipelineArgs{}, state: codepipeline.PipelineState{},
		name: named(100), fixed: "name", later: "triggers", need: "artifactStores stages stages[].actions",
		unique: &unique{"name", "PipelineNameInUseException"}, rules: pipelineRules,
		refs: []ref{ofRole("roleArn"), ofRole("stages[].actions[].roleArn"), toBucket("artifactStores[].location"),
			withKey("artifactStores[].encryptionKey.id")},
		admit: admitPipeline,
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "name"), outputs{"arn": a.arn("codepipeline", text(p, "name"))}
		},
	},
	{
		token: sourceType, args: codecommit.RepositoryArgs{}, state: codecommit.RepositoryState{},
		later: "kmsKeyId", unique: &unique{"repositoryName", "RepositoryNameExistsException"},
		rules: []rule{matches("repositoryName", `[\w.-]{1,100}`, "at most 100 letters, digits, . _ and -"),
			lacks("repositoryName", `\.git$`, "a name that does not end in .git"), longest("description", 1000)},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			name := text(p, "repositoryName")
			host := fmt.Sprintf("://git-codecommit.%s.amazonaws.com/v1/repos/%s", a.region, name)
			return name, outputs{"arn": a.arn("codecommit", name), "repositoryId": uuid(),
				"cloneUrlHttp": "https" + host, "cloneUrlSsh": "ssh" + host}
		},
	},
	{
		token: connectionType, args: codestarconnections.ConnectionArgs{}, state: codestarconnections.ConnectionState{},
		foreign: true, name: named(32), fixed: "hostArn name providerType", later: "providerType",
		rules: []rule{matches("name", `[\w.@-]{1,32}`, "at most 32 letters, digits, . _ @ and -"),
			oneOf("providerType", "Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged"),
			exclusive("providerType", "hostArn")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			arn := a.arn("codestar-connections", "connection/"+uuid())
			return arn, outputs{"arn": arn, "connectionStatus": "PENDING"}
		},
	},
	{
		token: applicationType, args: codedeploy.ApplicationArgs{}, state: codedeploy.ApplicationState{},
		name: named(100), fixed: "computePlatform", unique: &unique{"name", "ApplicationAlreadyExistsException"},
		rules: []rule{longest("name", 100),
			oneOf("computePlatform", "ECS", "Lambda", "Server")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			id := uuid()
			return id, outputs{"applicationId": id, "arn": a.arn("codedeploy", "application:"+text(p, "name"))}
		},
	},
	{
		token: groupType, args: codedeploy.DeploymentGroupArgs{}, state: codedeploy.DeploymentGroupState{},
		later: "blueGreenDeploymentConfig",
		need: "loadBalancerInfo.targetGroupPairInfo.targetGroups loadBalancerInfo.targetGroupPairInfo.prodTrafficRoute.listenerArns " +
			"loadBalancerInfo.targetGroupPairInfo.testTrafficRoute.listenerArns triggerConfigurations[].triggerEvents",
		unique: &unique{"appName deploymentGroupName", "DeploymentGroupAlreadyExistsException"},
		rules:  deploymentGroupRules,
		refs: []ref{
			ofRole("serviceRoleArn"),
			{path: "appName", to: applicationType, by: "name",
				absent: "ApplicationDoesNotExistException: No application found for name: %s"},
			{path: "deploymentConfigName", to: configType, by: "deploymentConfigName", except: "CodeDeployDefault.",
				absent: "DeploymentConfigDoesNotExistException: No Deployment Configuration found for name: %s",
				holds:  "DeploymentConfigInUseException: The deployment configuration is in use by a deployment group"},
			{path: "loadBalancerInfo.targetGroupPairInfo.targetGroups[].name", to: targetGroupType, by: "name",
				absent: "InvalidTargetGroupPairException: The target group %s does not exist"},
			{path: "loadBalancerInfo.targetGroupPairInfo.prodTrafficRoute.listenerArns[]", to: listenerType, by: "arn",
				absent: "InvalidTrafficRoutingConfigurationException: The listener %s does not exist"},
			{path: "loadBalancerInfo.targetGroupPairInfo.testTrafficRoute.listenerArns[]", to: listenerType, by: "arn",
				absent: "InvalidTrafficRoutingConfigurationException: The listener %s does not exist"},
			toCluster("ecsService.clusterName", ""),
			{path: "ecsService.serviceName", to: serviceType, by: "name",
				absent: "InvalidECSServiceException: The Amazon ECS service %s does not exist"}},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			id := uuid()
			return id, outputs{"deploymentGroupId": id, "computePlatform": "ECS",
				"arn": a.arn("codedeploy", "deploymentgroup:"+text(p, "appName")+"/"+text(p, "deploymentGroupName"))}
		},
	},
	{
		token: configType, args: codedeploy.DeploymentConfigArgs{}, state: codedeploy.DeploymentConfigState{},
		fixed: "computePlatform deploymentConfigName minimumHealthyHosts trafficRoutingConfig", need: "deploymentConfigName",
		unique: &unique{"deploymentConfigName", "DeploymentConfigAlreadyExistsException"},
		rules: []rule{longest("deploymentConfigName", 100),
			lacks("deploymentConfigName", `^CodeDeployDefault\.`, "a name that does not begin with CodeDeployDefault."),
			oneOf("computePlatform", "ECS", "Lambda", "Server"),
			oneOf("trafficRoutingConfig.type", "TimeBasedCanary", "TimeBasedLinear", "AllAtOnce"),
			between("trafficRoutingConfig.timeBasedCanary.percentage", 1, 99),
			between("trafficRoutingConfig.timeBasedCanary.interval", 1, 2880),
			between("trafficRoutingConfig.timeBasedLinear.percentage", 1, 99),
			between("trafficRoutingConfig.timeBasedLinear.interval", 1, 2880),
			whole(wholeShift)},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			name := text(p, "deploymentConfigName")
			return name, outputs{"deploymentConfigId": uuid(), "arn": a.arn("codedeploy", "deploymentconfig:"+name)}
		},
	},
}

var deploymentGroupRules = []rule{
	longest("deploymentGroupName", 100),
	oneOf("deploymentStyle.deploymentType", "IN_PLACE", "BLUE_GREEN"),
	oneOf("deploymentStyle.deploymentOption", "WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"),
	oneOf("autoRollbackConfiguration.events[]", "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"),
	oneOf("blueGreenDeploymentConfig.deploymentReadyOption.actionOnTimeout", "CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"),
	oneOf("blueGreenDeploymentConfig.terminateBlueInstancesOnDeploymentSuccess.action", "TERMINATE", "KEEP_ALIVE"),
	between("blueGreenDeploymentConfig.terminateBlueInstancesOnDeploymentSuccess.terminationWaitTimeInMinutes", 0, 2880),
	between("blueGreenDeploymentConfig.deploymentReadyOption.waitTimeInMinutes", 0, 2880),
	count("alarmConfiguration.alarms", 0, 10),
	count("loadBalancerInfo.targetGroupPairInfo.targetGroups", 1, 2),
	count("loadBalancerInfo.targetGroupPairInfo.prodTrafficRoute.listenerArns", 1, 1),
	whole(ecsDeploymentGroup),
}

// ecsDeploymentGroup checks what a deployment group of an ECS service must have.
func ecsDeploymentGroup(p resource.PropertyMap) []failure {
	var faults []failure
	ready := "blueGreenDeploymentConfig.deploymentReadyOption."
	if wait, ok := number(p, ready+"waitTimeInMinutes"); ok && wait > 0 &&
		text(p, ready+"actionOnTimeout") != "STOP_DEPLOYMENT" {
		faults = append(faults, failure{ready + "waitTimeInMinutes",
			"is only allowed with actionOnTimeout STOP_DEPLOYMENT"})
	}
	if !p.HasValue("ecsService") {
		return faults
	}
	if text(p, "deploymentStyle.deploymentType") != "BLUE_GREEN" ||
		text(p, "deploymentStyle.deploymentOption") != "WITH_TRAFFIC_CONTROL" {
		faults = append(faults, failure{"deploymentStyle", "must be BLUE_GREEN and WITH_TRAFFIC_CONTROL: For ECS deployment " +
			"group, deployment style must be blue/green with traffic control"})
	}
	if _, ok := value(p, "loadBalancerInfo.targetGroupPairInfo"); !ok && !p["loadBalancerInfo"].IsComputed() {
		faults = append(faults, failure{"loadBalancerInfo.targetGroupPairInfo",
			"is required: For ECS deployment group, load balancer info must be specified"})
	}
	if v, ok := value(p, "loadBalancerInfo.targetGroupPairInfo.targetGroups"); ok && v.IsArray() && len(v.ArrayValue()) != 2 {
		faults = append(faults, failure{"loadBalancerInfo.targetGroupPairInfo.targetGroups", "must be two target groups"})
	}
	return faults
}

// wholeShift checks that a linear shift ends within two days.
func wholeShift(p resource.PropertyMap) []failure {
	percent, ok := number(p, "trafficRoutingConfig.timeBasedLinear.percentage")
	minutes, _ := number(p, "trafficRoutingConfig.timeBasedLinear.interval")
	if total := minutes * 100 / percent; ok && percent > 0 && total > 2880 {
		return []failure{{"trafficRoutingConfig.timeBasedLinear",
			fmt.Sprintf("takes %s minutes as a whole; allowed is at most 2880", decimal(total))}}
	}
	return nil
}

// buildProject checks what depends on other inputs.
func buildProject(p resource.PropertyMap) []failure {
	var faults []failure
	source, artifacts := text(p, "source.type"), text(p, "artifacts.type")
	if (source == "CODEPIPELINE") != (artifacts == "CODEPIPELINE") && source != "" && artifacts != "" {
		faults = append(faults, failure{"artifacts.type", fmt.Sprintf("is %q with source type %q; CODEPIPELINE must be "+
			"both or neither", artifacts, source)})
	}
	if source == "NO_SOURCE" && text(p, "source.buildspec") == "" {
		faults = append(faults, failure{"source.buildspec", "is required with source type NO_SOURCE"})
	}
	if text(p, "cache.type") == "LOCAL" && len(texts(p, "cache.modes[]")) == 0 {
		faults = append(faults, failure{"cache.modes", "is required with cache type LOCAL"})
	}
	for _, mode := range texts(p, "cache.modes[]") {
		if mode == "LOCAL_DOCKER_LAYER_CACHE" && !flag(p, "environment.privilegedMode") {
			faults = append(faults, failure{"environment.privilegedMode", "must be true for LOCAL_DOCKER_LAYER_CACHE"})
		}
	}
	return faults
}
