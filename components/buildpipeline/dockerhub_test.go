package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// Without the permission to use the key of the secret, the image build cannot log in to Docker Hub.
func TestDockerHubKey(t *testing.T) {
	for name, test := range map[string]struct {
		secrets map[string]string
		want    []string
	}{
		"alone": {nil, nil},
		"with a parameter": {map[string]string{"URL": parameter}, []string{
			"Allow ssm:GetParameters on " + parameter, "Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [ssm.*]",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{
				DockerHubSecretArn: pulumi.String(hubSecret),
				VariablesSpec:      buildpipeline.VariablesSpec{Secrets: test.secrets, SecretsKmsKeyArns: []string{secretsKey}},
			}}, nil).program)
			policy := r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy")
			require.Equal(t, append([]string{
				"Allow secretsmanager:GetSecretValue on " + hubSecret,
				"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [secretsmanager.*]",
			}, test.want...), policy[4:6+len(test.want)])
		})
	}
}
