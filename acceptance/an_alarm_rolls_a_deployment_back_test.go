//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestAlarmRollsADeploymentBack makes the service's alarm fire while a tenth of the traffic goes
// to a new version. CodeDeploy rolls the deployment back.
func TestAlarmRollsADeploymentBack(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.prod.yaml", map[string]any{"testIngressCidrBlocks": []any{"203.0.113.0/24"}, "apiMfa": nil, "alarms": false}).Alone()
	configured := d.Services()[0]
	configured["deployment"] = map[string]any{"strategy": "ECSCanary10Percent15Minutes", "terminationWaitMinutes": 0, "max5xxPerMinute": 10}
	delete(configured, "api")
	d.Up()
	w := lab.Follow(d, "web", "web")
	image := w.Arrives()
	traffic := w.Traffic(w.ProductionPort())

	w.Change()
	_, execution := w.Push()
	w.InProgress()
	alarm := d.SetAlarm(types.StateValueAlarm, "11 answers with 500 in a minute")
	w.Fails(execution, "Deploy/Deploy: ", alarm)
	w.Runs(image)
	require.Equal(t, traffic, w.Traffic(w.ProductionPort()), "traffic after the alarm")

	// After the alarm is reset, the same version can be deployed.
	d.SetAlarm(types.StateValueOk, "no answers with 500")
	require.NotEqual(t, image, w.Arrives())
	d.RequireUnchanged()
	d.End()
}
