package graph

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/problems"
	"fargate-cd/internal/trafficshift"
	"fargate-cd/program"
)

// addService adds the boxes and arrows of a service. The number is unique among the services.
func (d *drawing) addService(number int, service *program.Service) {
	id := func(suffix string) string { return fmt.Sprintf("s%d_%s", number, suffix) }
	way := []Box{source(id("source"), service)}
	if service.Source.Provider != buildpipeline.SourceRelease {
		if service.Build.Package != nil {
			way = append(way, packageBuild(id("package"), service))
		}
		way = append(way, imageBuild(id("image"), service))
	}
	way = append(way, d.images(id("images"), service))
	if service.Approval != nil {
		way = append(way, approval(id("approval"), service))
	}
	way = append(way, deploy(id("deploy"), service))
	if service.SmokeTest != nil {
		way[len(way)-1].fact("Smoke test", strings.Join(service.SmokeTest.Commands, "; "))
	}
	tasks := d.tasks(id("tasks"), service)
	boxes := append(way, tasks)

	last := way[len(way)-1].ID
	for i := range way[1:] {
		d.arrow(way[i].ID, way[i+1].ID, WayCommit, commitLabel(way[i], way[i+1], service))
	}
	balancer := publicID
	if service.Internal() {
		balancer = internalID
	}
	if !service.Worker() {
		d.arrow(balancer, tasks.ID, WayRequest, strings.Join(slices.Concat(service.PathPatterns, service.ConditionsSpec.Texts()), " "))
	}
	if service.Deployment.BlueGreen() {
		green := d.newTasks(id("green"), service)
		boxes = append(boxes, green)
		d.arrow(last, green.ID, WayCommit, "")
		label := strategy(service.Deployment.Strategy)
		if d.config.TestListenerPort != 0 {
			label = "test :" + strconv.Itoa(d.config.TestListenerPort)
		}
		d.arrow(balancer, green.ID, WayTest, label)
	} else {
		d.arrow(last, tasks.ID, WayCommit, "")
	}
	if service.Release != nil {
		target := target(id("target"), service)
		boxes = append(boxes, target)
		d.arrow(last, target.ID, WayCommit, "release")
	}
	d.picture.Services = append(d.picture.Services, Service{Name: service.Name, Boxes: boxes})
}

// commitLabel returns the label of the arrow that a commit takes from one box to the next.
func commitLabel(from, to Box, service *program.Service) string {
	switch {
	case from.Kind == KindSource && service.Source.Provider == buildpipeline.SourceRelease:
		return "release"
	case from.Kind == KindSource:
		return "push"
	case to.Kind == KindImages:
		return "image"
	}
	return ""
}

func source(id string, service *program.Service) Box {
	given := service.Source
	box := Box{ID: id, Kind: KindSource, Title: given.Provider}
	switch given.Provider {
	case buildpipeline.SourceRelease:
		box.Title = "Stack " + given.Stack
		box.line("Builds", "builds "+service.Name)
		box.fact("Account", given.AccountID)
		return box
	case buildpipeline.SourceS3:
		box.Component = buildPipelineComponent
		box.line("File", given.Key())
		return box
	case buildpipeline.SourceCodeCommit:
		if !given.ExistingRepository {
			box.Component = buildPipelineComponent
		}
	}
	box.line("Repository", given.Repository)
	switch {
	case len(given.Tags) > 0:
		box.line("Tags", "tags "+strings.Join(given.Tags, ", "))
	case len(given.Branches) > 0:
		box.line("Branches", "branches "+strings.Join(given.Branches, ", "))
	default:
		box.line("Branch", "branch "+given.Branch)
	}
	if given.PullRequests != nil {
		box.fact("Pull requests", "built and tested")
	}
	box.fact("Only files", strings.Join(given.FilePaths, ", "))
	return box
}

func packageBuild(id string, service *program.Service) Box {
	build := service.Build.Package
	box := Box{ID: id, Kind: KindPackage, Component: buildPipelineComponent, Title: "Package build"}
	box.line("Built by", "CodeBuild")
	box.line("Commands", strings.Join(build.Commands, "; "))
	box.fact("Buildspec", build.Buildspec)
	box.fact("Files", strings.Join(build.Files, ", "))
	box.fact("Cache", strings.Join(build.CachePaths, ", "))
	return box
}

func imageBuild(id string, service *program.Service) Box {
	build := service.Build
	box := Box{ID: id, Kind: KindImage, Component: buildPipelineComponent, Title: "Image build"}
	box.line("Built by", "CodeBuild")
	box.line("Architecture", build.Architecture)
	box.fact("Dockerfile", build.Dockerfile+" in "+build.Directory)
	box.fact("Build machine", build.ComputeType)
	box.fact("Layer cache", build.Cache)
	box.fact("Timeout", minutes(build.TimeoutMinutes))
	var tests []string
	for i := range build.Tests {
		tests = append(tests, build.Tests[i].Name)
	}
	box.fact("Tests in parallel", strings.Join(tests, ", "))
	if build.ScanGate != nil {
		box.fact("Stopped by findings from", build.ScanGate.Severity)
	}
	return box
}

// images returns the box from which the pipeline takes the image to deploy: the ECR repository, or
// the bucket of the releases.
func (d *drawing) images(id string, service *program.Service) Box {
	box := Box{ID: id, Kind: KindImages, Component: buildPipelineComponent, Title: "ECR"}
	if service.Source.Provider == buildpipeline.SourceRelease {
		box.Title = "Releases"
		box.line("Stored in", "S3 bucket")
		box.line("Holds", "digests of images")
		return box
	}
	box.line("Tag", "tag = commit")
	box.line("Tags are", "immutable")
	if d.config.RetainRepositories {
		box.fact("On destroy", "images are kept")
	}
	return box
}

func approval(id string, service *program.Service) Box {
	box := Box{ID: id, Kind: KindApproval, Component: buildPipelineComponent, Title: "Approval"}
	box.line("Approval", "manual")
	box.line("Timeout", "within "+minutes(service.Approval.TimeoutMinutes))
	box.fact("Page", service.Approval.URL)
	return box
}

func deploy(id string, service *program.Service) Box {
	given := service.Deployment
	if !given.BlueGreen() {
		box := Box{ID: id, Kind: KindDeploy, Component: buildPipelineComponent, Title: "Rolling update"}
		box.line("Deployed by", "Amazon ECS")
		box.line("Method", "task by task")
		if *given.MinimumHealthyPercent != 100 || given.MaximumPercent != 200 {
			box.line("Limits", fmt.Sprintf("%d to %d %% of the tasks", *given.MinimumHealthyPercent, given.MaximumPercent))
		}
		box.fact("Rolls back on", strings.Join(rollbackAlarms(&given.RollbackSpec), ", "))
		return box
	}
	box := Box{ID: id, Kind: KindDeploy, Component: blueGreenComponent, Title: "CodeDeploy"}
	box.line("Traffic", strategy(given.Strategy))
	if given.ReadyWaitMinutes > 0 {
		box.line("Reroute", "manual reroute")
		box.fact("Waits for the reroute", "up to "+minutes(given.ReadyWaitMinutes))
	}
	box.line("Keeps the old tasks", "old tasks kept "+minutes(*given.TerminationWaitMinutes))
	box.fact("Strategy", given.Strategy)
	box.fact("Rolls back on", strings.Join(rollbackAlarms(&given.RollbackSpec), ", "))
	return box
}

// rollbackAlarms returns the alarms that roll a deployment back.
func rollbackAlarms(given *fargateservice.RollbackSpec) []string {
	alarms, _ := problems.KnownTexts(given.AlarmNames)
	if given.Max5xxPerMinute > 0 {
		alarms = append(alarms, fmt.Sprintf("more than %d responses with 5xx in a minute", given.Max5xxPerMinute))
	}
	return alarms
}

func (d *drawing) tasks(id string, service *program.Service) Box {
	box := Box{ID: id, Kind: KindTasks, Component: fargateServiceComponent, Title: "Tasks"}
	count := fmt.Sprintf("%d tasks", service.MaxTasks())
	if service.Scaling != nil {
		low, high := service.Scaling.Limits()
		count = fmt.Sprintf("%d to %d tasks", low, high)
	} else if service.MaxTasks() == 1 {
		count = "1 task"
	}
	if service.Deployment.BlueGreen() {
		box.Title = "Blue: running"
	}
	if service.Scheduled() {
		box.line("Schedule", service.Schedule.Expression)
		box.fact("Time zone", service.Schedule.Timezone)
	} else {
		box.line("Number", count)
	}
	box.line("Size", fmt.Sprintf("%g vCPU, %g GiB", float64(service.Cpu)/1024, float64(service.Memory)/1024))
	if !service.Scheduled() {
		box.line("Container port", "port "+strconv.Itoa(service.ContainerPort))
	}
	box.fact("CPU and memory", fmt.Sprintf("%d CPU units, %d MiB", service.Cpu, service.Memory))
	box.fact("Scaling", scaling(service.Scaling))
	var providers []string
	for _, each := range service.CapacityProviderStrategy {
		providers = append(providers, fmt.Sprintf("%s (base %d, weight %d)", each.CapacityProvider, each.Base, each.Weight))
	}
	box.fact("Capacity", strings.Join(providers, ", "))
	box.fact("Architecture", service.Build.Architecture)
	addRouting(&box, service)
	box.fact("Environment variables", strings.Join(slices.Sorted(maps.Keys(service.Environment)), ", "))
	box.fact("Secrets", strings.Join(slices.Sorted(maps.Keys(service.Secrets)), ", "))
	var sidecars []string
	for _, each := range service.Sidecars {
		sidecars = append(sidecars, each.Name)
	}
	box.fact("Sidecars", strings.Join(sidecars, ", "))
	var mounts []string
	for _, each := range service.EfsVolumes {
		mounts = append(mounts, each.FileSystemID+" at "+each.ContainerPath)
	}
	box.fact("File systems", strings.Join(mounts, ", "))
	if service.LogRouter != nil {
		box.fact("Log", "by Fluent Bit to "+service.LogRouter.Options["Name"])
	}
	if connect := service.ServiceConnect; connect != nil {
		box.fact("Reached by services at", connect.ClientAlias)
		box.fact("Calls services", strings.Join(connect.ConnectsTo, ", "))
	}
	return box
}

// addRouting adds the facts about how requests reach the tasks.
func addRouting(box *Box, service *program.Service) {
	if service.Scheduled() {
		box.Title = "Scheduled task"
		return
	}
	if service.Worker() {
		box.Title = "Worker"
		box.fact("Requests", "none")
		return
	}
	box.fact("Paths", strings.Join(service.PathPatterns, ", "))
	box.fact("Other conditions", strings.Join(service.ConditionsSpec.Texts(), ", "))
	for _, route := range service.AdditionalRoutes(service.Name) {
		box.fact("Port "+strconv.Itoa(route.ContainerPort), strings.Join(append(slices.Clone(route.PathPatterns), route.ConditionsSpec.Texts()...), ", "))
	}
	box.fact("Priority of the rule", strconv.Itoa(service.RulePriority(service.Name)))
	if service.NeedsHTTP2() {
		box.fact("Protocol", service.ProtocolVersion)
	}
	if seconds := service.StickinessSeconds; seconds != nil && *seconds > 0 {
		box.fact("Stickiness", fmt.Sprintf("%d s by a cookie", *seconds))
	}
	if service.SlowStartSeconds > 0 {
		box.fact("Slow start", fmt.Sprintf("%d s", service.SlowStartSeconds))
	}
	check := service.Check()
	box.fact("Health check", fmt.Sprintf("GET %s every %d s, expects %s", check.Path, check.IntervalSeconds, check.Matcher))
}

// scaling lists the targets and schedules that change the number of tasks.
func scaling(spec *fargateservice.ScalingSpec) string {
	if spec == nil {
		return ""
	}
	var by []string
	for _, target := range []struct {
		format string
		value  int
	}{
		{"CPU of %d %%", spec.TargetCpuPercent}, {"memory of %d %%", spec.TargetMemoryPercent},
		{"%d requests per minute and task", spec.TargetRequestsPerTarget},
	} {
		if target.value != 0 {
			by = append(by, fmt.Sprintf(target.format, target.value))
		}
	}
	for _, schedule := range spec.Schedules {
		by = append(by, "schedule "+schedule.Name)
	}
	return strings.Join(by, ", ")
}

func (d *drawing) newTasks(id string, service *program.Service) Box {
	box := Box{ID: id, Kind: KindNewTasks, Component: fargateServiceComponent, Title: "Green: new"}
	box.line("Runs", "during a deployment")
	if d.config.TestListenerPort != 0 {
		box.line("Reachable at", "test :"+strconv.Itoa(d.config.TestListenerPort))
	}
	box.fact("Then gets the traffic", strategy(service.Deployment.Strategy))
	return box
}

func target(id string, service *program.Service) Box {
	box := Box{ID: id, Kind: KindTarget, Title: "Stack " + service.Release.Stack}
	box.line("Release", "gets the same image")
	box.fact("Account", service.Release.AccountID)
	return box
}

// strategy describes how a CodeDeploy strategy shifts the traffic.
func strategy(name string) string {
	switch shift := trafficshift.Of(name); shift.Kind {
	case trafficshift.Canary:
		return shift.Percent + " % for " + shift.Minutes + " min"
	case trafficshift.Linear:
		return shift.Percent + " % every " + shift.Minutes + " min"
	default:
		return "all traffic at once"
	}
}

// minutes formats a duration in the largest unit that divides it, except for one day, which is 24 h.
func minutes(n int) string {
	switch {
	case n != 0 && n%(24*60) == 0 && n > 24*60:
		return strconv.Itoa(n/(24*60)) + " days"
	case n != 0 && n%60 == 0:
		return strconv.Itoa(n/60) + " h"
	default:
		return strconv.Itoa(n) + " min"
	}
}
