package fargateservice

import (
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// SecretArn is the pattern of the complete ARN of a secret in Secrets Manager, which ends in a hyphen and six characters.
const SecretArn = `arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}`

// secretPattern matches the valueFrom of a secret in Secrets Manager: its complete ARN,
// and optionally a JSON key, a version stage and a version id ("Pass Secrets Manager
// secrets through Amazon ECS environment variables", Amazon ECS Developer Guide).
//
// parameterPattern matches the valueFrom of a parameter in Systems Manager Parameter
// Store. ECS also accepts its name, but the permission to read it needs the ARN.
var (
	secretPattern    = regexp.MustCompile(`^(` + SecretArn + `)(:[^:]*:[^:]*:[^:]*)?$`)
	parameterPattern = regexp.MustCompile(`^arn:aws[\w-]*:ssm:[\w-]+:\d{12}:parameter/[\w./-]+$`)
)

type secret struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

func (s *Spec) validateSecrets(prefix string, found *problems.List) {
	environment := s.Environment
	if _, given := s.Secrets[bootstrapPortVariable]; given {
		environment = s.withBootstrap().Environment
	}
	validateSecretValues(prefix, s.Secrets, environment, found)
	validateSecretKeys(prefix, s.SecretsKmsKeyArns, len(s.allSecrets()), found)
}

// ValidateSecretReferences reports secret references and KMS keys that an IAM permission cannot name. The map has a
// reference for each variable name. The configuration keys of the problems begin with the prefix. others is the number
// of secrets without a variable that use the same KMS keys.
func ValidateSecretReferences(prefix string, secrets map[string]string, others int, keys pulumi.StringArrayInput, found *problems.List) {
	validateReferences(prefix, secrets, found)
	validateSecretKeys(prefix, keys, len(secrets)+others, found)
}

func validateReferences(prefix string, secrets map[string]string, found *problems.List) {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		validateReference(prefix+"secrets."+name, secrets[name], found)
	}
}

func validateReference(key, from string, found *problems.List) {
	if !secretPattern.MatchString(from) && !parameterPattern.MatchString(from) {
		found.Add(key, from, "the complete ARN of a Secrets Manager secret, with the six characters at its end, and optionally "+
			":json-key:version-stage:version-id, or the ARN of a parameter of Systems Manager")
	}
}

// validateSecretKeys checks the KMS keys of the given number of secrets.
func validateSecretKeys(prefix string, keys pulumi.StringArrayInput, secrets int, found *problems.List) {
	decryptionKeys(prefix, keys, found)
	if problems.GivenList(keys) && secrets == 0 {
		found.Add(prefix+"secretsKmsKeyArns", keys, "none without secrets")
	}
}

// decryptionKeys checks the ARNs of the KMS keys of secrets and returns them.
func decryptionKeys(prefix string, keys pulumi.StringArrayInput, found *problems.List) pulumi.StringArrayInput {
	return found.Inputs(keys, func(arns []string, found *problems.List) {
		for i, arn := range arns {
			found.KMSKey(prefix+problems.Indexed("secretsKmsKeyArns", i), pulumi.String(arn))
		}
	})
}

// validateSecretValues checks the secrets of a container with the given environment variables.
func validateSecretValues(prefix string, secrets, environment map[string]string, found *problems.List) {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		found.VariableName(prefix+"secrets", name)
		if _, taken := environment[name]; taken {
			// RegisterTaskDefinition refuses one name for both (Secret, Amazon ECS API Reference).
			found.Add(prefix+"secrets", name, "an environment variable already has this name")
		}
	}
	validateReferences(prefix, secrets, found)
}

// secretList returns the secrets of a container, sorted by name.
func secretList(secrets map[string]string) []secret {
	var list []secret
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		list = append(list, secret{name, secrets[name]})
	}
	return list
}

// allSecrets returns the references of the secrets of all containers.
func (s *Spec) allSecrets() []string {
	all := slices.Collect(maps.Values(s.Secrets))
	for i := range s.Sidecars {
		all = slices.AppendSeq(all, maps.Values(s.Sidecars[i].Secrets))
	}
	if s.LogRouter != nil {
		all = slices.AppendSeq(all, maps.Values(s.LogRouter.SecretOptions))
	}
	return all
}

// readSecrets returns the statements that allow the execution role to read exactly the
// configured secrets ("Amazon ECS task execution IAM role", Amazon ECS Developer Guide).
func (s *Spec) readSecrets() []policy.Statement {
	return ReadSecrets(s.allSecrets(), s.SecretsKmsKeyArns)
}

// ReadSecrets returns the statements that allow a role to read exactly the secrets that
// the references name, and to decrypt them with the given KMS keys.
func ReadSecrets(references []string, keys pulumi.StringArrayInput) []policy.Statement {
	var secrets, parameters pulumi.StringArray
	var services pulumi.StringArray
	for _, from := range slices.Compact(slices.Sorted(slices.Values(references))) {
		if found := secretPattern.FindStringSubmatch(from); found != nil {
			if arn := pulumi.String(found[1]); !slices.Contains(secrets, pulumi.StringInput(arn)) {
				secrets = append(secrets, arn)
			}
		} else {
			parameters = append(parameters, pulumi.String(from))
		}
	}
	var statements []policy.Statement
	if len(secrets) > 0 {
		statements = append(statements, policy.Statement{Sid: "Secrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: secrets})
		services = append(services, pulumi.String("secretsmanager.*"))
	}
	if len(parameters) > 0 {
		statements = append(statements, policy.Statement{Sid: "Parameters", Actions: []string{"ssm:GetParameters"}, Resources: parameters})
		services = append(services, pulumi.String("ssm.*"))
	}
	if problems.GivenList(keys) && len(services) > 0 {
		statements = append(statements, DecryptSecrets("SecretsKey", keys, services))
	}
	return statements
}

// DecryptSecrets returns the statement that allows a role to decrypt secrets with the given
// KMS keys, through services such as secretsmanager.*. Its policy fails if a key that was
// not known yet is not the ARN of a KMS key.
func DecryptSecrets(sid string, keys pulumi.StringArrayInput, services pulumi.StringArray) policy.Statement {
	return policy.Statement{
		Sid: sid, Actions: []string{"kms:Decrypt"},
		Resources:  decryptionKeys("", keys, new(problems.List)), // the components have reported the problems of known keys
		Conditions: []policy.Condition{policy.If("StringLike", "kms:ViaService", services)},
	}
}
