package buildpipeline

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// secretPattern matches the complete ARN of a secret.
var secretPattern = regexp.MustCompile(`^` + fargateservice.SecretArn + `$`)

// dockerHubSecret checks the ARN of the secret for Docker Hub and returns it; nil without one.
func (b *BuildSpec) dockerHubSecret(prefix string, found *problems.List) pulumi.StringInput {
	return found.OptionalInput(prefix+"dockerHubSecretArn", b.DockerHubSecretArn, secretPattern,
		"the complete ARN of a secret of Secrets Manager, which ends in a hyphen and six characters; "+
			"aws secretsmanager describe-secret shows it, and IAM permissions require it")
}

// dockerHubAccess returns the permissions to read the secret for Docker Hub.
func (p *BuildPipeline) dockerHubAccess() []policy.Statement {
	if p.dockerHub == nil {
		return nil
	}
	out := []policy.Statement{{
		Sid: "DockerHub", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: pulumi.StringArray{p.dockerHub},
	}}
	if keys := p.args.Build.SecretsKmsKeyArns; problems.GivenList(keys) {
		out = append(out, fargateservice.DecryptSecrets("DockerHubKey", keys, pulumi.StringArray{pulumi.String("secretsmanager.*")}))
	}
	return out
}
