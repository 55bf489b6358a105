package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const pipelineType = "aws:codepipeline/pipeline:Pipeline"

var codepipelineKinds = []kind{
	{
		new:  codepipeline.NewPipeline,
		name: named(100), fixed: "name", unique: &unique{"name", "PipelineNameInUseException"},
		rules: []rule{known("stages[].actions[].category", "Source", "Build", "Deploy", "Test", "Approval"),
			known("stages[].actions[].owner", "AWS"), known("pipelineType", "V2"), needs("pipelineType"),
			whole(pipelineStages), whole(pipelineTriggers)},
		refs:  []ref{ofRole("roleArn"), toBucket("artifactStores[].location"), withKey("artifactStores[].encryptionKey.id")},
		admit: admitPipeline,
		id:    "{name}", out: outputs{"arn": "arn:{partition}:codepipeline:{region}:{account}:{name}"},
	},
}

// pipelineAction holds the parts of an action that the checks need.
type pipelineAction struct {
	at, name, category, provider string
	inputs, outputs              []string
	order                        float64
	props                        resource.PropertyMap
}

// stagesOf returns the actions by stage, in the order in which CodePipeline runs them.
func stagesOf(p resource.PropertyMap) [][]pipelineAction {
	var stages [][]pipelineAction
	each(p, "stages[]", func(at string, stage resource.PropertyValue) {
		var actions []pipelineAction
		each(stage.ObjectValue(), "actions[]", func(below string, v resource.PropertyValue) {
			props := v.ObjectValue()
			order, ok := number(props, "runOrder")
			if !ok {
				order = 1
			}
			actions = append(actions, pipelineAction{
				at: join(at, below), name: text(props, "name"), category: text(props, "category"),
				provider: text(props, "provider"), order: order, props: props,
				inputs: texts(props, "inputArtifacts[]"), outputs: texts(props, "outputArtifacts[]"),
			})
		})
		slices.SortStableFunc(actions, func(a, b pipelineAction) int { return int(a.order - b.order) })
		stages = append(stages, actions)
	})
	return stages
}

// pipelineStages checks the stages of a pipeline, their actions and the flow of artifacts.
func pipelineStages(p resource.PropertyMap) []failure {
	stages := stagesOf(p)
	var failures []failure
	if len(stages) < 2 {
		failures = append(failures, failure{"stages", fmt.Sprintf("has %d stages; allowed is at least 2", len(stages))})
	}
	seenStages := map[string]bool{}
	for i, name := range texts(p, "stages[].name") {
		if seenStages[name] {
			failures = append(failures, failure{fmt.Sprintf("stages[%d].name", i), fmt.Sprintf("%q is used by an earlier stage", name)})
		}
		seenStages[name] = true
	}
	made := map[string]float64{} // for each artifact: stage and run order of the action that makes it
	for i, actions := range stages {
		seen := map[string]bool{}
		for _, action := range actions {
			failures = append(failures, actionFailures(action, i, seen)...)
			when := float64(i)*1000 + action.order
			for _, name := range action.inputs {
				if at, ok := made[name]; !ok || at >= when {
					failures = append(failures, failure{action.at + ".inputArtifacts",
						fmt.Sprintf("has %q, which no earlier action makes; made so far: %s", name, strings.Join(sorted(made), ", "))})
				}
			}
			for _, name := range action.outputs {
				if _, ok := made[name]; ok {
					failures = append(failures, failure{action.at + ".outputArtifacts", fmt.Sprintf("has %q, which another action makes", name)})
				}
				made[name] = when
			}
		}
	}
	return failures
}

// actionFailures checks one action of the stage with the given number. seen holds the names of the stage's earlier
// actions.
func actionFailures(action pipelineAction, stage int, seen map[string]bool) []failure {
	var failures []failure
	if seen[action.name] {
		failures = append(failures, failure{action.at + ".name", fmt.Sprintf("%q is used by another action of the stage", action.name)})
	}
	seen[action.name] = true
	if source := action.category == "Source"; action.category != "" && source != (stage == 0) {
		failures = append(failures, failure{action.at + ".category", fmt.Sprintf(
			"is %q; the first stage must have source actions only, the others none", action.category)})
	}
	demand, ok := actionDemands[action.category+" "+action.provider]
	if !ok {
		return failures
	}
	configuration := action.props["configuration"]
	for _, key := range strings.Fields(demand.configuration) {
		if !configuration.IsComputed() && (!configuration.IsObject() || !configuration.ObjectValue().HasValue(resource.PropertyKey(key))) {
			failures = append(failures, failure{action.at + ".configuration", fmt.Sprintf("lacks %s, which %s needs", key, action.provider)})
		}
	}
	for _, part := range []struct {
		name   string
		given  int
		limits [2]int
	}{
		{"inputArtifacts", len(action.inputs), demand.inputs}, {"outputArtifacts", len(action.outputs), demand.outputs},
	} {
		if low, high := part.limits[0], part.limits[1]; part.given < low || part.given > high {
			failures = append(failures, failure{action.at + "." + part.name, fmt.Sprintf("has %d artifacts; %s takes %d to %d",
				part.given, action.provider, low, high)})
		}
	}
	return failures
}

// actionDemands maps the category and provider of an action to its required configuration keys, and to the minimum and
// maximum number of its input and output artifacts.
var actionDemands = map[string]struct {
	configuration   string
	inputs, outputs [2]int
}{
	"Source CodeStarSourceConnection": {"ConnectionArn FullRepositoryId BranchName", [2]int{0, 0}, [2]int{1, 1}},
	"Source CodeCommit":               {"RepositoryName BranchName", [2]int{0, 0}, [2]int{1, 1}},
	"Source S3":                       {"S3Bucket S3ObjectKey", [2]int{0, 0}, [2]int{1, 1}},
	"Build CodeBuild":                 {"ProjectName", [2]int{1, 5}, [2]int{0, 5}},
	"Deploy ECS":                      {"ClusterName ServiceName", [2]int{1, 1}, [2]int{0, 0}},
	"Deploy CodeDeployToECS": {"ApplicationName DeploymentGroupName TaskDefinitionTemplateArtifact AppSpecTemplateArtifact",
		[2]int{1, 5}, [2]int{0, 0}},
}

// pipelineTriggers checks that each trigger names a source action.
func pipelineTriggers(p resource.PropertyMap) []failure {
	var failures []failure
	var sources []string
	for _, actions := range stagesOf(p) {
		for _, action := range actions {
			if action.category == "Source" {
				sources = append(sources, action.name)
			}
		}
	}
	each(p, "triggers[].gitConfiguration.sourceActionName", func(at string, v resource.PropertyValue) {
		if v.IsString() && !slices.Contains(sources, v.StringValue()) {
			failures = append(failures, failure{at, fmt.Sprintf("is %s; allowed is a source action: %s", show(v), strings.Join(sources, ", "))})
		}
	})
	return failures
}

// actionTargets are the configuration keys that name resources of the account. CodePipeline looks them up only when the
// action runs; the sandbox refuses the pipeline at once.
var actionTargets = []struct {
	provider, key string
	to            ref
}{
	{"CodeBuild", "ProjectName", ref{to: projectType, by: "name", absent: "the build project %s does not exist"}},
	{"S3", "S3Bucket", ref{to: bucketType, by: "bucket", absent: "the bucket %s does not exist"}},
	{"ECS", "ClusterName", ref{to: clusterType, by: "name", absent: "the cluster %s does not exist"}},
	{"ECS", "ServiceName", ref{to: serviceType, by: "name", absent: "the service %s does not exist"}},
	{"CodeDeployToECS", "ApplicationName", ref{to: applicationType, by: "name", absent: "the application %s does not exist"}},
	{"CodeDeployToECS", "DeploymentGroupName", ref{to: groupType, by: "deploymentGroupName",
		absent: "the deployment group %s does not exist"}},
}

// admitPipeline refuses actions on resources that do not exist.
func admitPipeline(a *account, p resource.PropertyMap) error {
	for _, actions := range stagesOf(p) {
		for _, action := range actions {
			for _, target := range actionTargets {
				given, ok := value(action.props, "configuration."+target.key)
				if !ok || action.provider != target.provider {
					continue
				}
				if err := a.follow(target.to, given); err != nil {
					return fmt.Errorf("InvalidActionDeclarationException: action %s: %w", action.name, err)
				}
			}
		}
	}
	return nil
}
