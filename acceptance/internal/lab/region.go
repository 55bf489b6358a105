//go:build acceptance

package lab

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"
)

// regions lists AWS regions that have all AWS services of the program. It omits AWS's
// default, us-east-1, because a call without a region would go there.
var regions = []string{
	"af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1", "eu-central-1", "eu-north-1", "eu-south-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "sa-east-1", "us-east-2",
	"us-west-1", "us-west-2",
}

// taken holds the regions of the running cases.
var taken = struct {
	sync.Mutex
	regions map[string]bool
}{regions: map[string]bool{}}

// takeRegion reserves a free region for a case until the case ends. It skips a region in
// which a killed run left its stack, because some names in a stack are fixed.
func takeRegion(t *testing.T) string {
	t.Helper()
	taken.Lock()
	defer taken.Unlock()
	for _, i := range rand.Perm(len(regions)) {
		region := regions[i]
		if taken.regions[region] || isOccupied(t, region) {
			continue
		}
		taken.regions[region] = true
		t.Cleanup(func() {
			taken.Lock()
			defer taken.Unlock()
			delete(taken.regions, region)
		})
		return region
	}
	require.FailNow(t, "no region is free", "killed runs left something in all %d regions: restart the emulator", len(regions))
	return ""
}

// isOccupied reports whether a region has a cluster or an image repository. Every stack has at least one of them.
func isOccupied(t *testing.T, region string) bool {
	t.Helper()
	api := newClients(region)
	repositories := Ask(t, api.ECR.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories
	return len(clusters(t, api))+len(repositories) > 0
}
