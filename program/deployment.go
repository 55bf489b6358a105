package program

import (
	"fargate-cd/components/bluegreen"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/problems"
)

// StrategyRolling is the rolling update of ECS. Every other strategy is one of bluegreen.Strategies.
const StrategyRolling = "Rolling"

// BlueGreenSpec is the configuration of a blue/green deployment. The alias gives the embedded field a unique name.
type BlueGreenSpec = bluegreen.Spec

// DeploymentSpec is the configuration of a service's deployments.
type DeploymentSpec struct {
	// Strategy is the deployment strategy: Rolling, with which ECS replaces the tasks step by step, or the traffic
	// shift of a blue/green deployment by CodeDeploy. A change from or to Rolling replaces the ECS service: for some
	// minutes no task runs.
	Strategy string `json:"strategy" default:"Rolling"`
	fargateservice.RollingSpec
	BlueGreenSpec
	fargateservice.RollbackSpec
}

// BlueGreen reports whether CodeDeploy deploys the service.
func (d *DeploymentSpec) BlueGreen() bool { return d.Strategy != StrategyRolling }

// validate checks the deployments of a service whose keys begin with the prefix.
func (d *DeploymentSpec) validate(prefix string, service *fargateservice.Spec, found *problems.List) {
	const section = "deployment."
	key := prefix + section
	// BlueGreen checks its strategy too. Only a stack file can also choose Rolling.
	found.OneOf(key+"strategy", d.Strategy, append([]string{StrategyRolling}, bluegreen.Strategies()...)...)
	d.BlueGreenSpec.Validate(key, found)
	if !d.BlueGreen() && d.ReadyWaitMinutes != 0 {
		found.Add(key+"readyWaitMinutes", d.ReadyWaitMinutes, "0 with the strategy Rolling, which has no traffic to reroute")
	}
	d.RollbackSpec.Validate(key, found)
	d.RollbackSpec.ValidateReached(prefix, section, service, found)
	d.RollingSpec.Validate(key, service, d.BlueGreen(), found)
}
