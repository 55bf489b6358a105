package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const pipelineName = `[A-Za-z0-9.@_-]{1,100}`

var pipelineRules = []rule{
	matches("name", pipelineName, "at most 100 letters, digits and .@_-"),
	matches("stages[].name", pipelineName, "at most 100 letters, digits and .@_-"),
	matches("stages[].actions[].name", pipelineName, "at most 100 letters, digits and .@_-"),
	matches("stages[].actions[].inputArtifacts[]", `[A-Za-z0-9_-]{1,100}`, "at most 100 letters, digits, _ and -"),
	matches("stages[].actions[].outputArtifacts[]", `[A-Za-z0-9_-]{1,100}`, "at most 100 letters, digits, _ and -"),
	matches("stages[].actions[].namespace", `[A-Za-z0-9@_-]{1,100}`, "at most 100 letters, digits and @_-"),
	oneOf("stages[].actions[].category", "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"),
	oneOf("stages[].actions[].owner", "AWS", "ThirdParty", "Custom"),
	between("stages[].actions[].runOrder", 1, 999), between("stages[].actions[].timeoutInMinutes", 5, 86400),
	oneOf("pipelineType", "V1", "V2"), oneOf("executionMode", "QUEUED", "SUPERSEDED", "PARALLEL"),
	oneOf("artifactStores[].type", "S3"), oneOf("artifactStores[].encryptionKey.type", "KMS"),
	count("triggers", 0, 50), oneOf("triggers[].providerType", "CodeStarSourceConnection"),
	matches("variables[].name", `[A-Za-z0-9@_-]{1,128}`, "at most 128 letters, digits and @_-"),
	whole(pipelineStages), whole(pipelineTriggers),
}

// pipelineFilters are the lists of patterns that a trigger can have.
var pipelineFilters = []string{"pushes[].branches", "pushes[].filePaths", "pushes[].tags",
	"pullRequests[].branches", "pullRequests[].filePaths"}

// pipelineAction is what the checks need of one action.
type pipelineAction struct {
	at, name, category, provider string
	inputs, outputs              []string
	order                        float64
	props                        resource.PropertyMap
}

// stagesOf returns the actions by stage, in the order CodePipeline runs them.
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

// pipelineStages checks the structure that CodePipeline demands.
func pipelineStages(p resource.PropertyMap) []failure {
	stages := stagesOf(p)
	var faults []failure
	if len(stages) < 2 {
		faults = append(faults, failure{"stages", fmt.Sprintf("has %d stages; allowed is at least 2", len(stages))})
	}
	seenStages := map[string]bool{}
	for i, name := range texts(p, "stages[].name") {
		if seenStages[name] {
			faults = append(faults, failure{fmt.Sprintf("stages[%d].name", i), fmt.Sprintf("%q is used by an earlier stage", name)})
		}
		seenStages[name] = true
	}
	made := map[string]float64{} // artifacts, with stage and run order of the action that makes them
	for i, actions := range stages {
		seen := map[string]bool{}
		for _, action := range actions {
			faults = append(faults, actionFaults(action, i, seen)...)
			when := float64(i)*1000 + action.order
			for _, name := range action.inputs {
				if at, ok := made[name]; !ok || at >= when {
					faults = append(faults, failure{action.at + ".inputArtifacts",
						fmt.Sprintf("has %q, which no earlier action makes; made so far: %s", name, strings.Join(tokens(made), ", "))})
				}
			}
			for _, name := range action.outputs {
				if _, ok := made[name]; ok {
					faults = append(faults, failure{action.at + ".outputArtifacts", fmt.Sprintf("has %q, which another action makes", name)})
				}
				made[name] = when
			}
		}
	}
	return faults
}

// actionFaults checks one action of the stage with the given number.
func actionFaults(action pipelineAction, stage int, seen map[string]bool) []failure {
	var faults []failure
	if seen[action.name] {
		faults = append(faults, failure{action.at + ".name", fmt.Sprintf("%q is used by another action of the stage", action.name)})
	}
	seen[action.name] = true
	if source := action.category == "Source"; action.category != "" && source != (stage == 0) {
		faults = append(faults, failure{action.at + ".category", fmt.Sprintf(
			"is %q; the first stage must have source actions only, the others none", action.category)})
	}
	demand, ok := actionDemands[action.category+" "+action.provider]
	if !ok {
		return faults
	}
	configuration := action.props["configuration"]
	for _, key := range strings.Fields(demand.configuration) {
		if !configuration.IsComputed() && (!configuration.IsObject() || !configuration.ObjectValue().HasValue(resource.PropertyKey(key))) {
			faults = append(faults, failure{action.at + ".configuration", fmt.Sprintf("lacks %s, which %s needs", key, action.provider)})
		}
	}
	for _, part := range []struct {
		name        string
		given       int
		least, most int
	}{
		{"inputArtifacts", len(action.inputs), demand.inputs[0], demand.inputs[1]},
		{"outputArtifacts", len(action.outputs), demand.outputs[0], demand.outputs[1]},
	} {
		if part.given < part.least || part.given > part.most {
			faults = append(faults, failure{action.at + "." + part.name, fmt.Sprintf("has %d artifacts; %s takes %d to %d",
				part.given, action.provider, part.least, part.most)})
		}
	}
	return faults
}

// actionDemands are, by category and provider, the configuration keys an action must have and how many
// artifacts it takes and makes.
var actionDemands = map[string]struct {
	configuration   string
	inputs, outputs [2]int
}{
	"Source CodeStarSourceConnection": {"ConnectionArn FullRepositoryId BranchName", [2]int{0, 0}, [2]int{1, 1}},
	"Source CodeCommit":               {"RepositoryName BranchName", [2]int{0, 0}, [2]int{1, 1}},
	"Source S3":                       {"S3Bucket S3ObjectKey", [2]int{0, 0}, [2]int{1, 1}},
	"Source ECR":                      {"RepositoryName", [2]int{0, 0}, [2]int{1, 1}},
	"Build CodeBuild":                 {"ProjectName", [2]int{1, 5}, [2]int{0, 5}},
	"Test CodeBuild":                  {"ProjectName", [2]int{1, 5}, [2]int{0, 5}},
	"Deploy ECS":                      {"ClusterName ServiceName", [2]int{1, 1}, [2]int{0, 0}},
	"Deploy CodeDeployToECS": {"ApplicationName DeploymentGroupName TaskDefinitionTemplateArtifact AppSpecTemplateArtifact",
		[2]int{1, 5}, [2]int{0, 0}},
	"Approval Manual": {"", [2]int{0, 0}, [2]int{0, 0}},
}

// pipelineTriggers checks the triggers of a V2 pipeline.
func pipelineTriggers(p resource.PropertyMap) []failure {
	var faults []failure
	triggers, ok := value(p, "triggers")
	if ok && triggers.IsArray() && len(triggers.ArrayValue()) > 0 && text(p, "pipelineType") != "V2" {
		faults = append(faults, failure{"triggers", "are only allowed with pipelineType V2"})
	}
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
			faults = append(faults, failure{at, fmt.Sprintf("is %s; allowed is a source action: %s", show(v), strings.Join(sources, ", "))})
		}
	})
	for _, filter := range pipelineFilters {
		for _, list := range []string{"includes", "excludes"} {
			path := "triggers[].gitConfiguration." + filter + "." + list
			faults = append(faults, count(path, 0, 8).apply(p)...)
			faults = append(faults, longest(path+"[]", 255).apply(p)...)
		}
	}
	return faults
}

// actionTargets are the configuration keys that name resources of the account, which the real service looks
// up when the action runs: one that does not exist would fail only then.
var actionTargets = []struct {
	provider, key string
	to            ref
}{
	{"CodeBuild", "ProjectName", ref{to: projectType, by: "name", absent: "the build project %s does not exist"}},
	{"ECS", "ClusterName", ref{to: clusterType, by: "name arn", absent: "the cluster %s does not exist"}},
	{"ECS", "ServiceName", ref{to: serviceType, by: "name", absent: "the service %s does not exist"}},
	{"CodeDeployToECS", "ApplicationName", ref{to: applicationType, by: "name", absent: "the application %s does not exist"}},
	{"CodeDeployToECS", "DeploymentGroupName", ref{to: groupType, by: "deploymentGroupName",
		absent: "the deployment group %s does not exist"}},
	{"CodeStarSourceConnection", "ConnectionArn", ref{to: connectionType, by: "arn", absent: "the connection %s does not exist"}},
}

// admitPipeline refuses actions on things that do not exist.
func admitPipeline(a *account, p resource.PropertyMap) error {
	for _, actions := range stagesOf(p) {
		for _, action := range actions {
			for _, target := range actionTargets {
				given, ok := value(action.props, "configuration."+target.key)
				if !ok || action.provider != target.provider || action.props.HasValue("roleArn") {
					continue // an action with a role of its own may work in another account
				}
				if err := a.follow(target.to, given); err != nil {
					return fmt.Errorf("InvalidActionDeclarationException: action %s: %w", action.name, err)
				}
			}
		}
	}
	return nil
}
