package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

const (
	databaseSecret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web/database-AbC123"
	tokenParameter = "arn:aws:ssm:eu-central-1:111122223333:parameter/web/token"
	secretsKey     = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef"
)

// The tasks get the secrets, and the execution role may read these and no others.
func TestSecrets(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		Secrets: map[string]string{
			"TOKEN": tokenParameter, "DATABASE_USER": databaseSecret + ":user::", "DATABASE_PASSWORD": databaseSecret + ":password:AWSCURRENT:",
		},
		SecretsKmsKeyArns: pulumi.StringArray{pulumi.String(secretsKey)},
	}}}.program)
	require.Equal(t, list{
		object{"name": "DATABASE_PASSWORD", "valueFrom": databaseSecret + ":password:AWSCURRENT:"},
		object{"name": "DATABASE_USER", "valueFrom": databaseSecret + ":user::"},
		object{"name": "TOKEN", "valueFrom": tokenParameter},
	}, r.One(t, "ecs.TaskDefinition", "web").Container(t)["secrets"])
	require.Equal(t, []string{
		"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/web-logs:*",
		"Allow secretsmanager:GetSecretValue on " + databaseSecret,
		"Allow ssm:GetParameters on " + tokenParameter,
		"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [secretsmanager.* ssm.*]",
	}, r.One(t, "iam.RolePolicy", "web-execution").Policy(t, "policy"))
	for _, variable := range r.One(t, "ecs.TaskDefinition", "web").Container(t)["environment"].(list) {
		require.Equal(t, "WHOAMI_PORT_NUMBER", variable.(object)["name"], "anyone who may describe the task can read the environment")
	}
}

// The ARNs of the keys can be outputs, which are checked when they are known.
func TestSecretsKeysOfOutputs(t *testing.T) {
	with := func(key string) setup {
		return setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
			Secrets: map[string]string{"TOKEN": tokenParameter}, SecretsKmsKeyArns: pulumi.ToStringArray([]string{key}).ToStringArrayOutput(),
		}}}
	}
	r := &enginetest.Engine{}
	r.MustRun(t, with(secretsKey).program)
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-execution").Policy(t, "policy"),
		"Allow kms:Decrypt on "+secretsKey+" if StringLike kms:ViaService [ssm.*]")

	r = &enginetest.Engine{}
	require.ErrorContains(t, r.Run(with("alias/web").program, nil),
		`secretsKmsKeyArns[0]: "alias/web" is not allowed: the ARN of a KMS key, not of an alias`)
	require.NotContains(t, enginetest.Names(r.All("iam.RolePolicy")), "web-execution")

	unneeded := with(secretsKey)
	unneeded.service.Secrets = nil
	require.ErrorContains(t, new(enginetest.Engine).Run(unneeded.program, nil), "secretsKmsKeyArns: an output is not allowed: none without secrets")
}

func TestSecretsAndTaskRoleRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		given fargateservice.Spec
		want  string
	}{
		"a name": {fargateservice.Spec{Secrets: map[string]string{"1X": tokenParameter}},
			`secrets: "1X" is not allowed: letters, digits and underscores`},
		"a variable and a secret": {fargateservice.Spec{Secrets: map[string]string{"A": tokenParameter}, Environment: map[string]string{"A": "1"}},
			`secrets: "A" is not allowed: an environment variable already has this name`},
		"the first image's variable": {fargateservice.Spec{Secrets: map[string]string{"WHOAMI_PORT_NUMBER": tokenParameter}},
			`secrets: "WHOAMI_PORT_NUMBER" is not allowed: an environment variable already has this name`},
		// The permission would not match, as the ARN of a secret ends in six random characters.
		"an incomplete ARN": {fargateservice.Spec{Secrets: map[string]string{"A": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web"}},
			`secrets.A: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web" is not allowed: the complete ARN`},
		"a JSON key without the rest": {fargateservice.Spec{Secrets: map[string]string{"A": databaseSecret + ":user"}},
			`secrets.A: "` + databaseSecret + `:user" is not allowed: the complete ARN`},
		"a parameter's name": {fargateservice.Spec{Secrets: map[string]string{"A": "/web/token"}},
			`secrets.A: "/web/token" is not allowed: the complete ARN`},
		"an alias": {fargateservice.Spec{Secrets: map[string]string{"A": tokenParameter}, SecretsKmsKeyArns: pulumi.StringArray{pulumi.String("alias/web")}},
			`secretsKmsKeyArns[0]: "alias/web" is not allowed: the ARN of a KMS key, not of an alias`},
		"a key for nothing": {fargateservice.Spec{SecretsKmsKeyArns: pulumi.StringArray{pulumi.String(secretsKey)}},
			`secretsKmsKeyArns: ["` + secretsKey + `"] is not allowed: none without secrets`},
		"a policy's name": {fargateservice.Spec{TaskRolePolicyArns: []string{"AmazonS3ReadOnlyAccess"}},
			`taskRolePolicyArns[0]: "AmazonS3ReadOnlyAccess" is not allowed: the ARN of a managed policy`},
		"a policy twice": {fargateservice.Spec{TaskRolePolicyArns: []string{"arn:aws:iam::aws:policy/A", "arn:aws:iam::111122223333:policy/A"}},
			`taskRolePolicyArns[1]: "arn:aws:iam::111122223333:policy/A" is not allowed: each name of a policy only once`},
		"all actions": {fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{Actions: []string{"*"}, Resources: pulumi.StringArray{pulumi.String("*")}}}},
			`taskRoleStatements[0].actions[0]: "*" is not allowed: an action of a service`},
		"no actions": {fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{Resources: pulumi.StringArray{pulumi.String("*")}}}},
			"taskRoleStatements[0].actions: is missing"},
		"no resources": {fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{Actions: []string{"s3:Get*"}}}},
			"taskRoleStatements[0].resources: is missing"},
		"a resource": {fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{Actions: []string{"s3:Get*"}, Resources: pulumi.StringArray{pulumi.String("bucket")}}}},
			`taskRoleStatements[0].resources[0]: "bucket" is not allowed: an ARN, or *`},
		"an operator": {fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{Actions: []string{"s3:Get*"}, Resources: pulumi.StringArray{pulumi.String("*")},
			Conditions: map[string]map[string][]string{"aws:SourceVpc": {"a": {"b"}}}}}},
			`taskRoleStatements[0].conditions: "aws:SourceVpc" is not allowed: an operator of IAM`},
		"no values": {fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{Actions: []string{"s3:Get*"}, Resources: pulumi.StringArray{pulumi.String("*")},
			Conditions: map[string]map[string][]string{"StringEquals": {"aws:SourceVpc": nil}}}}},
			"taskRoleStatements[0].conditions.StringEquals.aws:SourceVpc: is missing: a list of values"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			require.ErrorContains(t, r.Run(setup{service: &fargateservice.Args{Spec: test.given}}.program, nil), "the configuration is not valid: "+test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
	many := &fargateservice.Args{}
	for i := range 26 {
		many.TaskRolePolicyArns = append(many.TaskRolePolicyArns, "arn:aws:iam::aws:policy/"+string(rune('A'+i)))
	}
	require.ErrorContains(t, (&enginetest.Engine{}).Run(setup{service: many}.program, nil), "taskRolePolicyArns: 26 is not allowed: 25 policies or fewer")
	many.TaskRolePolicyArns = many.TaskRolePolicyArns[:25]
	require.NoError(t, (&enginetest.Engine{}).Run(setup{service: many}.program, nil))
}
