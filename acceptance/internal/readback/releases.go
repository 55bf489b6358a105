//go:build acceptance

package readback

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// ownStack is the name that replaces the name of the described stack.
const ownStack = "STACK"

// releases returns the name of the bucket with the releases that a stack receives for the service.
func (s Service) releases(stack string) string {
	return fmt.Sprintf("%s-releases-of-%s", s.Name, stack)
}

// nameReleases records names for the buckets into which the services release, and from which
// they deploy. Both stacks compute the real name of a bucket. It ends with the first 12
// hexadecimal digits of the SHA-256 of project, stack, service, account and region.
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
