//go:build acceptance

package acceptance

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"
)

// regions are some that have all of the program's services, AWS's own default
// not among them: whatever forgets its region would end up there.
var regions = []string{
	"af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1", "eu-central-1", "eu-north-1", "eu-south-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "sa-east-1", "us-east-2",
	"us-west-1", "us-west-2",
}

// taken are the regions of the cases that run.
var taken = struct {
	sync.Mutex
	regions map[string]bool
}{regions: map[string]bool{}}

// takeRegion finds a region for a case, until its end. Some of a stack's names
// are fixed, so a region in which a killed run left its stack is not used.
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
	require.FailNow(t, "no region is free", "all %d regions hold what killed runs left: restart the emulator", len(regions))
	return ""
}

// isOccupied tells whether a region has a cluster or a repository for images,
// which every stack has.
func isOccupied(t *testing.T, region string) bool {
	t.Helper()
	api := newClients(region)
	repositories := ask(t, api.ecr.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories
	return len(clusters(t, api))+len(repositories) > 0
}
