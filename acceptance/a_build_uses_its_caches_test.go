//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// buildUsesItsCaches configures a cache in S3 for the image build, and a pull through cache
// in Amazon ECR for base images. A build succeeds while both are empty. The emulator imports
// no images from Docker Hub, so its pull through cache stays empty.
func buildUsesItsCaches(t *testing.T, w *lab.Delivery) {
	secret := *lab.Ask(t, w.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{
		Name: aws.String("ecr-pullthroughcache/" + w.Name), SecretString: aws.String(`{"username": "u", "accessToken": "p"}`),
	}).ARN
	defer func() {
		lab.Ask(t, w.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
	}()
	w.Config["pullThroughCache"] = map[string]any{"dockerHubSecretArn": secret}
	w.Services()[0]["build"] = map[string]any{"cache": "S3"}
	w.Up()
	w.RequireStable()
	rules := lab.Ask(t, w.ECR.DescribePullThroughCacheRules, &ecr.DescribePullThroughCacheRulesInput{}).PullThroughCacheRules
	require.Len(t, rules, 1)
	require.Equal(t, []string{w.Name + "-hub", "registry-1.docker.io", secret},
		[]string{*rules[0].EcrRepositoryPrefix, *rules[0].UpstreamRegistryUrl, *rules[0].CredentialArn})
	w.Change()
	w.Arrives()

	w.Config["pullThroughCache"] = nil
	delete(w.Services()[0], "build")
	w.Up()
	require.Empty(t, lab.Ask(t, w.ECR.DescribePullThroughCacheRules, &ecr.DescribePullThroughCacheRulesInput{}).PullThroughCacheRules)
}
