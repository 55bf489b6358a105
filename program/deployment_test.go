package program

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/problems/problemtest"
)

func TestDeployment(t *testing.T) {
	const canary = `"strategy": "ECSCanary10Percent5Minutes"`
	for name, test := range map[string]struct {
		given, want string // want is empty if the deployment is accepted
	}{
		"rolling":           {`"alarmNames": ["a"], "max5xxPerMinute": 10, "terminationWaitMinutes": 0`, ""},
		"blue/green":        {canary + `, "readyWaitMinutes": 2880, "terminationWaitMinutes": 0, "alarmNames": ["a"]`, ""},
		"an unknown name":   {`"strategy": "Canary"`, `strategy: "Canary" is not allowed: one of Rolling, ECSAllAtOnce, ECSCanary10Percent5Minutes, ECSCanary10Percent15Minutes,`},
		"wait":              {canary + `, "readyWaitMinutes": 2881`, `readyWaitMinutes: 2881 is not allowed: a whole number from 0 to 2880`},
		"rolling and waits": {`"readyWaitMinutes": 1`, `readyWaitMinutes: 1 is not allowed: 0 with the strategy Rolling`},
		"alarm":             {`"alarmNames": [""]`, `alarmNames[0]: "" is not allowed: the name of an alarm`},
		"limits":            {`"maximumPercent": 201`, `maximumPercent: 201 is not allowed: a whole number from 100 to 200`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(map[string]string{"fargate-cd:services": services(service("a", `"deployment": {`+test.given+`}`))})
			if test.want != "" {
				test.want = "fargate-cd:services[0].deployment." + test.want
			}
			problemtest.Require(t, err, test.want)
		})
	}
}

func TestDeploymentDefaults(t *testing.T) {
	config, err := parse(map[string]string{"fargate-cd:services": services(service("a", ""))})
	require.NoError(t, err)
	deployment := config.Services[0].Deployment
	require.Equal(t, DeploymentSpec{
		Strategy: StrategyRolling, BlueGreenSpec: BlueGreenSpec{TerminationWaitMinutes: pulumi.IntRef(5)},
		RollingSpec: fargateservice.RollingSpec{MinimumHealthyPercent: pulumi.IntRef(100), MaximumPercent: 200},
	}, deployment)
	require.False(t, deployment.BlueGreen())
	for _, strategy := range bluegreen.Strategies() {
		config, err := parse(map[string]string{"fargate-cd:services": services(service("a", `"deployment": {"strategy": "`+strategy+`"}`))})
		require.NoError(t, err)
		require.True(t, config.Services[0].Deployment.BlueGreen())
	}
}
