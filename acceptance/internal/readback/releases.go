//go:build acceptance

package readback

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// ownStack is the name of the stack that a system describes.
const ownStack = "STACK"

// releases returns the bucket of the releases that a stack receives for the service.
func (s Service) releases(stack string) string {
	return fmt.Sprintf("%s-releases-of-%s", s.Name, stack)
}

// nameReleases records the names of the buckets to which the services release, and from
// which they deploy. Both stacks know a bucket only by its name, which ends with the
// first 12 digits of the SHA-256 of project, stack, service, account and region.
func (s System) nameReleases(t *testing.T, d *lab.Stack, names *lab.Book) {
	t.Helper()
	for _, each := range s.Services {
		add := func(stack, name string) {
			hash := sha256.Sum256([]byte(strings.Join([]string{"fargate-cd", stack, each.Name, lab.Account, d.Region}, "/")))
			names.Add(t, fmt.Sprintf("%s-releases-%x", each.Name, hash[:6]), each.releases(name))
		}
		if each.Release != "" {
			add(each.Release, each.Release)
		}
		if each.Source.Stack != "" {
			add(d.Name, ownStack)
		}
	}
}
