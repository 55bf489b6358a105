package environment

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// PullThroughCacheSpec configures the cache through which builds pull base images of Docker Hub.
type PullThroughCacheSpec struct {
	// DockerHubSecretArn is the complete ARN of a Secrets Manager secret with the keys username and accessToken. The
	// name of the secret begins with ecr-pullthroughcache/, and the secret is in the account and region of the stack.
	// With it the stack creates a pull through cache rule in Amazon ECR. The repositories that ECR creates for the rule
	// remain when the stack is destroyed.
	DockerHubSecretArn pulumi.StringInput `json:"dockerHubSecretArn"`
	// Prefix is the prefix of the names of the repositories that cache the images, unique in the account and region. By
	// default the name of the stack in lower case and -hub. Without dockerHubSecretArn it is the prefix of a rule that
	// exists already.
	Prefix string `json:"prefix"`
}

// Patterns of a pull through cache rule ("CreatePullThroughCacheRule", Amazon ECR API Reference).
var (
	pullThroughSecretPattern = regexp.MustCompile(`^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:ecr-pullthroughcache/[\w/+=.@-]*-[A-Za-z0-9]{6}$`)
	pullThroughPrefixPattern = regexp.MustCompile(`^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$`)
)

// validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *PullThroughCacheSpec) validate(prefix string, found *problems.List) {
	s.secret(prefix, found)
	if s.Prefix != "" && (!pullThroughPrefixPattern.MatchString(s.Prefix) || len(s.Prefix) < 2 || len(s.Prefix) > 30) {
		found.Add(prefix+"prefix", s.Prefix, "2 to 30 lower-case letters and digits, separated by single . _ - or /")
	}
}

// secret checks the ARN of the secret and returns it, or nil if there is none.
func (s *PullThroughCacheSpec) secret(prefix string, found *problems.List) pulumi.StringPtrInput {
	return found.OptionalInput(prefix+"dockerHubSecretArn", s.DockerHubSecretArn, pullThroughSecretPattern,
		"the complete ARN of a secret whose name begins with ecr-pullthroughcache/")
}

// newPullThroughCache creates the pull through cache rule for Docker Hub if dockerHubSecretArn is set. Otherwise it
// uses the configured prefix of an existing rule.
func (e *Environment) newPullThroughCache(ctx *pulumi.Context, name string) error {
	spec := e.spec.PullThroughCache
	secret := spec.secret("", new(problems.List)) // validate has reported its problems
	if secret == nil {
		if spec.Prefix != "" {
			e.pullThrough = pulumi.String(spec.Prefix)
		}
		return nil
	}
	rule, err := ecr.NewPullThroughCacheRule(ctx, name, &ecr.PullThroughCacheRuleArgs{
		EcrRepositoryPrefix: pulumi.String(cmp.Or(spec.Prefix, strings.ToLower(name)+"-hub")),
		UpstreamRegistryUrl: pulumi.String("registry-1.docker.io"),
		CredentialArn:       secret,
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating pull through cache rule: %w", err)
	}
	e.pullThrough = rule.EcrRepositoryPrefix
	return nil
}

// PullThroughPrefix returns the prefix of the repositories in which Amazon ECR caches images of Docker Hub; nil for
// none.
func (e *Environment) PullThroughPrefix() pulumi.StringInput { return e.pullThrough }
