package summary

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The values of Service.Fate.
const (
	isNew     = "new"
	isRemoved = "removed"
	isChanged = "changed"
)

// Service describes the change of one service.
type Service struct {
	// Name is the name of the service.
	Name string
	// Fate is new, removed or changed.
	Fate string
	// Text describes the change and its deployment, in Markdown.
	Text string
	// URL is the URL of a new service; empty if it is not known yet, or if no request reaches the service.
	URL string
	// Unreached reports whether no request reaches a new service.
	Unreached bool
	// Strategy is the deployment strategy of a new service, as in a stack file; empty for scheduled tasks.
	Strategy string
}

// service holds everything that a plan contains about one service.
type service struct {
	name    string
	changes []*change
	// before and after are the properties of its resources, by type and logical name.
	before, after map[string]values
	plan          *Plan
}

// servicesOf collects the services of a plan, sorted by name.
func servicesOf(plan *Plan, changes []*change, byURN changesByURN) []*service {
	byName := map[string]*service{}
	for _, c := range changes {
		name := byURN.service(c)
		if name == "" {
			continue
		}
		s := byName[name]
		if s == nil {
			s = &service{name: name, before: map[string]values{}, after: map[string]values{}, plan: plan}
			byName[name] = s
		}
		s.changes = append(s.changes, c)
		key := c.kind() + " " + c.name()
		if c.before != nil {
			s.before[key] = c.before
		}
		if c.after != nil {
			s.after[key] = c.after
		}
	}
	var all []*service
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name])
	}
	return all
}

// The types of resources whose properties the texts or the cost use.
const (
	taskDefinitionKind  = "aws:ecs/taskDefinition:TaskDefinition"
	serviceKind         = "aws:ecs/service:Service"
	objectKind          = "aws:s3/bucketObjectv2:BucketObjectv2"
	deploymentGroupKind = "aws:codedeploy/deploymentGroup:DeploymentGroup"
	alarmKind           = "aws:cloudwatch/metricAlarm:MetricAlarm"
	targetGroupKind     = "aws:lb/targetGroup:TargetGroup"
	ruleKind            = "aws:lb/listenerRule:ListenerRule"
	logGroupKind        = "aws:cloudwatch/logGroup:LogGroup"
	pipelineKind        = "aws:codepipeline/pipeline:Pipeline"
	projectKind         = "aws:codebuild/project:Project"
	keyKind             = "aws:kms/key:Key"
	balancerKind        = "aws:lb/loadBalancer:LoadBalancer"
	listenerKind        = "aws:lb/listener:Listener"
	scheduleKind        = "aws:scheduler/schedule:Schedule"
	scalingKind         = "aws:appautoscaling/target:Target"
	ingressKind         = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressKind          = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// find returns the change of one of the service's resources, or nil. The suffix follows the service's name in the name
// of the resource.
func (s *service) find(kind, suffix string) *change {
	for _, c := range s.changes {
		if c.kind() == kind && c.name() == s.name+suffix {
			return c
		}
	}
	return nil
}

// op returns the operation on one of the service's resources.
func (s *service) op(kind, suffix string) string {
	if c := s.find(kind, suffix); c != nil {
		return c.op
	}
	return opSame
}

// fate reports whether the service is new, removed or changed; "" means unchanged.
func (s *service) fate() string {
	switch {
	case s.op(serviceKind, "") == opCreate:
		return isNew
	case s.op(serviceKind, "") == opDelete:
		return isRemoved
	case s.changesResources() || len(s.notes()) > 0:
		return isChanged
	default:
		return ""
	}
}

// changesResources reports whether a resource of the service changes.
func (s *service) changesResources() bool { return slices.ContainsFunc(s.changes, (*change).shown) }

// notes returns the program's messages about the service, such as a change that it makes without a resource. A service
// of scheduled tasks has no tasks that ECS could replace.
func (s *service) notes() []string {
	var out []string
	for _, note := range s.plan.Notes {
		if urn := resource.URN(note.URN); string(urn.Type()) != serviceToken || urn.Name() != s.name {
			continue
		}
		if !strings.HasPrefix(note.Text, taskMove) || !s.scheduled(s.after) {
			out = append(out, oneLine(note.Text))
		}
	}
	return out
}

// taskMove is the beginning of the program's note that ECS moves the tasks of a service to other capacity providers.
const taskMove = "ECS replaces the tasks of "

// movesTasks reports whether a note says that ECS replaces the tasks of the service.
func (s *service) movesTasks() bool {
	return slices.ContainsFunc(s.notes(), func(note string) bool { return strings.HasPrefix(note, taskMove) })
}

// at returns the properties of one of the service's resources.
func (s *service) at(side map[string]values, kind, suffix string) values {
	return side[kind+" "+s.name+suffix]
}

// task returns the task definition that is deployed. For a blue/green service this is the taskdef.json that CodeDeploy
// gets, for other services the task definition of the ECS service.
func (s *service) task(side map[string]values) values {
	files := s.at(side, objectKind, "-deployment")
	if task := files.sub("taskdef.json"); len(task) > 0 {
		return task
	}
	if files["contentBase64"] == unknown { // The old taskdef.json is closer to the new one than the first revision.
		if task := s.at(s.before, objectKind, "-deployment").sub("taskdef.json"); len(task) > 0 {
			return task
		}
	}
	return s.at(side, taskDefinitionKind, "")
}

// setting maps a setting of a service in the stack file to a property of a resource.
type setting struct {
	label string
	kind  string // "" for the task definition
	// suffix follows the service's name in the name of the resource.
	suffix, path, unit string
	// comes reports whether the text shows the setting also if its resource is created or deleted.
	comes bool
}

// settings lists the settings that the text of a service shows, in this order. Other changes appear only among the
// changed properties.
var settings = []setting{
	{label: "cpu", path: "cpu"},
	{label: "memory", path: "memory", unit: " MiB"},
	{label: "architecture", path: "runtimePlatform.cpuArchitecture"},
	{label: "tasks", kind: serviceKind, path: desiredCount},
	{label: "minimum of scaling", kind: scalingKind, path: "minCapacity", comes: true},
	{label: "maximum of scaling", kind: scalingKind, path: "maxCapacity", comes: true},
	{label: "schedule", kind: scheduleKind, path: "scheduleExpression", comes: true},
	{label: "time zone", kind: scheduleKind, path: "scheduleExpressionTimezone"},
	{label: "state of the schedule", kind: scheduleKind, path: "state"},
	{label: "port", path: "containerDefinitions.%s.portMappings[0].containerPort"},
	{label: "user", path: "containerDefinitions.%s.user"},
	{label: "read-only root file system", path: "containerDefinitions.%s.readonlyRootFilesystem"},
	{label: "stop timeout", path: "containerDefinitions.%s.stopTimeout", unit: " s"},
	{label: "name for other services", kind: serviceKind, path: "serviceConnectConfiguration.services[0].clientAlias[0].dnsName"},
	{label: "port for other services", kind: serviceKind, path: "serviceConnectConfiguration.services[0].clientAlias[0].port"},
	{label: "priority", kind: ruleKind, suffix: "-production", path: "priority"},
	{label: "health check path", kind: targetGroupKind, suffix: "-blue", path: "healthCheck.path"},
	{label: "health check codes", kind: targetGroupKind, suffix: "-blue", path: "healthCheck.matcher"},
	{label: "health check interval", kind: targetGroupKind, suffix: "-blue", path: "healthCheck.interval", unit: " s"},
	{label: "health check timeout", kind: targetGroupKind, suffix: "-blue", path: "healthCheck.timeout", unit: " s"},
	{label: "deregistration delay", kind: targetGroupKind, suffix: "-blue", path: "deregistrationDelay", unit: " s"},
	{label: "balancing", kind: targetGroupKind, suffix: "-blue", path: "loadBalancingAlgorithmType"},
	{label: "stickiness", kind: targetGroupKind, suffix: "-blue", path: "stickiness.cookieDuration", unit: " s"},
	{label: "slow start", kind: targetGroupKind, suffix: "-blue", path: "slowStart", unit: " s"},
	{label: "wait for manual reroute", kind: deploymentGroupKind, path: readyWaitPath, unit: " min"},
	{label: "old tasks are kept", kind: deploymentGroupKind, path: terminationWaitPath, unit: " min"},
	{label: "allowed 5xx answers in a minute", kind: alarmKind, suffix: "-5xx", path: "threshold", comes: true},
	{label: "logs kept", kind: logGroupKind, suffix: "-logs", path: "retentionInDays", unit: " days"},
}

// changed lists the settings that change, old → new.
func (s *service) changed() []string {
	container := "containerDefinitions." + s.name
	var out []string
	for _, each := range settings {
		before, after := s.task(s.before), s.task(s.after)
		if each.kind != "" {
			before, after = s.at(s.before, each.kind, each.suffix), s.at(s.after, each.kind, each.suffix)
		}
		path := each.path
		if strings.Contains(path, "%s") {
			path = fmt.Sprintf(path, s.name)
		}
		if !each.comes && (before == nil || after == nil) {
			continue
		}
		was, is := before[path], after[path]
		switch path {
		case container + ".portMappings[0].containerPort": // a mapping for other services is listed by its name
			named := container + ".portMappings." + s.name + ".containerPort"
			was, is = cmp.Or(was, before[named]), cmp.Or(is, after[named])
		case desiredCount:
			if was, is = s.resize(); was != is && s.scaled(s.before) {
				out = append(out, "tasks → "+is+" (from the number that scaling has set)")
				continue
			}
		}
		out = appendChange(out, each.label, was, is, each.unit)
	}
	first := container + ".dockerLabels.fargate-cd.bootstrap" // only in a revision with the first image
	was, is := s.at(s.before, taskDefinitionKind, "")[first], s.at(s.after, taskDefinitionKind, "")[first]
	if was != "" && is != "" {
		out = appendChange(out, "first image", was, is, "")
	}
	container += ".environment"
	before, after := s.task(s.before).sub(container), s.task(s.after).sub(container)
	for _, name := range sortedKeys(before, after) {
		if name == bootstrapPort && (before[name] == "" || after[name] == "") {
			continue // it exists only with the first image, which listens on this port
		}
		out = appendChange(out, "`"+name+"`", before[name], after[name], "")
	}
	for _, list := range []struct{ label, property string }{{"entry point", ".entryPoint"}, {"command", ".command"}} {
		path := "containerDefinitions." + s.name + list.property
		was, is := s.task(s.before).list(path), s.task(s.after).list(path)
		out = appendChange(out, list.label, strings.Join(was, " "), strings.Join(is, " "), "")
	}
	out = appendChange(out, "file systems", fileSystems(s.task(s.before)), fileSystems(s.task(s.after)), "")
	rule, next := s.at(s.before, ruleKind, "-production"), s.at(s.after, ruleKind, "-production")
	switch s.op(ruleKind, "-production") { // of a service that exists before and after the change
	case opDelete:
		return append(out, "it receives no requests any more")
	case opCreate:
		return append(out, "requests for "+code(strings.TrimSpace(paths(next)+" "+conditions(next)))+" reach it, as soon as its new tasks are healthy")
	}
	out = appendChange(out, "paths", paths(rule), paths(next), "")
	return appendChange(out, "other conditions", conditions(rule), conditions(next), "")
}

// fileSystems returns the ids of the file systems that a task mounts.
func fileSystems(task values) string {
	var out []string
	for _, path := range slices.Sorted(maps.Keys(task)) {
		if strings.HasSuffix(path, ".efsVolumeConfiguration.fileSystemId") {
			out = append(out, task[path])
		}
	}
	return strings.Join(out, " ")
}

// bootstrapPort is the environment variable that tells the first image its port (bootstrap.go of the FargateService).
const bootstrapPort = "WHOAMI_PORT_NUMBER"

// appendChange adds a setting if it differs. It leaves out a setting that is unknown on one side.
func appendChange(out []string, label, before, after, unit string) []string {
	switch {
	case before == after || after == unknown || before == unknown:
		return out
	case before == "":
		return append(out, label+" "+value(after, unit)+" (new)")
	case after == "":
		return append(out, label+" "+value(before, unit)+" (removed)")
	default:
		return append(out, label+" "+value(before, unit)+" → "+value(after, unit))
	}
}

// value formats the value of a setting: a number with its unit, a text as code.
func value(text, unit string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil || text == secret {
		return text + unit
	}
	return code(text)
}

// paths returns the path patterns of a listener rule.
func paths(rule values) string {
	var out []string
	for i := 0; ; i++ {
		list := rule.list(fmt.Sprintf("conditions[%d].pathPattern.values", i))
		if len(list) == 0 {
			return strings.Join(out, " ")
		}
		out = append(out, list...)
	}
}

// describe returns the description of the service's change.
func (s *service) describe() Service {
	out := Service{Name: s.name, Fate: s.fate()}
	switch out.Fate {
	case isNew:
		out.URL, out.Unreached = s.url(), !s.reached()
		if !s.scheduled(s.after) {
			out.Strategy = s.strategy(s.after)
		}
		out.Text = s.describeNew()
	case isRemoved:
		out.Text = "removed with its pipeline; it stops serving."
		if s.scheduled(s.before) {
			out.Text = "removed with its pipeline; its schedule starts no more tasks."
		}
	case isChanged:
		notes := s.notes()
		if s.changesResources() {
			notes = append([]string{s.describeChanged()}, notes...)
		}
		out.Text = strings.Join(notes, " ")
	}
	return out
}

func (s *service) describeChanged() string {
	parts := s.changed()
	before, after := s.strategy(s.before), s.strategy(s.after)
	if before != after && before != "" {
		parts = append(parts, fmt.Sprintf("strategy %s → %s", before, after))
	}
	text, how := strings.Join(parts, ", "), s.deployment()
	switch {
	case text != "":
	case s.deploys():
		text = "its tasks change"
	case s.scheduled(s.after) && s.op(scheduleKind, "") != opSame:
		text = "its schedule changes"
	case how == "": // a note says what else changes
		text = "supporting resources change"
	default:
		text = "only supporting resources change"
	}
	if how != "" {
		text += "; " + how
	}
	return text + s.aside() + "."
}

// deployment describes how the change reaches the tasks; "" if only a note says so.
func (s *service) deployment() string {
	image := s.image()
	switch {
	case s.scheduled(s.after):
		return s.nextTask()
	case s.op(serviceKind, "") == opReplace:
		how := "the new one is created before the old one is deleted"
		if s.find(serviceKind, "").deletesFirst {
			how = "the old one is deleted first, and nothing serves in between"
		}
		return "the ECS service is replaced (" + how + ") with " + image
	case s.blueGreen(s.after) && s.deploys():
		return s.shift() + ", with " + image + s.wait() + s.rollback()
	case s.deploys():
		return "rolling update by ECS with " + image + "; rolls back automatically if the new tasks do not become healthy"
	case s.movesTasks():
		return s.resized()
	case s.resized() != "":
		return "updated in place without a deployment: " + s.resized()
	case s.op(serviceKind, "") == opUpdate:
		return "updated in place without a deployment: the running tasks stay"
	default:
		return "no deployment: the running tasks stay"
	}
}

// deploying lists the properties of an ECS service whose update starts new tasks ("UpdateService", Amazon ECS API
// Reference).
var deploying = []string{
	"taskDefinition", "networkConfiguration", "loadBalancers", "platformVersion", "serviceConnectConfiguration",
	"serviceRegistries", "volumeConfiguration", "vpcLatticeConfigurations",
}

// deploys reports whether the change of an ECS service that stays deploys a revision or other properties of its tasks.
func (s *service) deploys() bool {
	if s.blueGreen(s.after) {
		return s.op(objectKind, "-change") == opUpdate
	}
	return s.redeploys()
}

// redeploys reports whether an update of the ECS service starts new tasks.
func (s *service) redeploys() bool {
	c := s.find(serviceKind, "")
	return c != nil && c.op == opUpdate && slices.ContainsFunc(c.changed, func(property string) bool {
		return slices.Contains(deploying, property)
	})
}

// aside describes the change of the pipeline.
func (s *service) aside() string {
	switch s.op(pipelineKind, "") {
	case opUpdate:
		// "Edit a pipeline in CodePipeline", CodePipeline User Guide.
		return "; the pipeline changes: an execution that is in progress fails"
	case opReplace:
		return "; the pipeline is replaced, and the new one starts at once"
	default:
		return ""
	}
}

// image returns the words for the running image, which the deployment keeps. The tasks of a schedule do not run all the
// time.
func (s *service) image() string {
	words := "the running image"
	if s.scheduled(s.after) {
		words = "the current image"
	}
	image, known := s.plan.Images[s.name]
	if !known {
		image = s.at(s.after, taskDefinitionKind, "")["containerDefinitions."+s.name+".image"]
	}
	if image == "" || image == unknown {
		return words
	}
	return words + " " + code(shortImage(image))
}

// shortImage returns the shortened digest of an image, or the whole name if it has no digest.
func shortImage(image string) string {
	if _, digest, found := strings.Cut(image, "@sha256:"); found {
		return "sha256:" + digest[:min(len(digest), 12)] + "…"
	}
	return image
}

func count(number, noun string) string {
	if number == "1" {
		return "1 " + noun
	}
	return number + " " + plural(noun)
}
