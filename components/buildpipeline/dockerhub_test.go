package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// The ARNs of the keys can be outputs, which are checked when they are known.
func TestSecretsKeysOfOutputs(t *testing.T) {
	with := func(key string) pulumi.RunFunc {
		return pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{
			DockerHubSecretArn: pulumi.String(hubSecret),
			VariablesSpec: buildpipeline.VariablesSpec{
				Secrets: map[string]string{"URL": parameter}, SecretsKmsKeyArns: pulumi.ToStringArray([]string{key}).ToStringArrayOutput(),
			},
		}}, nil).program
	}
	r := &enginetest.Engine{}
	r.MustRun(t, with(secretsKey))
	require.Subset(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"), []string{
		"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [secretsmanager.*]",
		"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [ssm.*]",
	})
	require.ErrorContains(t, new(enginetest.Engine).Run(with("alias/ci"), nil),
		`secretsKmsKeyArns[0]: "alias/ci" is not allowed: the ARN of a KMS key, not of an alias`)
}

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
				VariablesSpec:      buildpipeline.VariablesSpec{Secrets: test.secrets, SecretsKmsKeyArns: pulumi.StringArray{pulumi.String(secretsKey)}},
			}}, nil).program)
			policy := r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy")
			require.Equal(t, append([]string{
				"Allow secretsmanager:GetSecretValue on " + hubSecret,
				"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [secretsmanager.*]",
			}, test.want...), policy[4:6+len(test.want)])
		})
	}
}
