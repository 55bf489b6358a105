//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestTasksRunWithoutInternet runs the tasks of a stack in private subnets without a NAT
// gateway. VPC endpoints lead to the AWS services that the tasks need. The first image
// comes from a repository that the user has created, and the pushed image from the
// service's repository.
func TestTasksRunWithoutInternet(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", map[string]any{"assignPublicIp": false}).Alone()
	base := d.Name + "-base"
	image := d.MakeImage(base)

	_, err := d.TryUp()
	require.ErrorContains(t, err, "fargate-cd:services[0].image: is missing: an image in a private registry of Amazon ECR")

	d.Services()[0]["image"] = image
	d.Up()
	require.Equal(t, []string{
		"Gateway com.amazonaws.REGION.s3 in 0 subnets, private DNS false",
		"Interface com.amazonaws.REGION.ecr.api in 2 subnets, private DNS true",
		"Interface com.amazonaws.REGION.ecr.dkr in 2 subnets, private DNS true",
		"Interface com.amazonaws.REGION.logs in 2 subnets, private DNS true",
	}, readback.Endpoints(t, d))
	lab.Follow(d, "welcomer", "welcomer").Arrives()
	d.RequireStable()
	d.End(base)
}
