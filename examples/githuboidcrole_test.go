package examples

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// role holds the fields of a role in the template that the tests read. The value of a CloudFormation function, such as
// !Sub, is its text.
type role struct {
	Properties struct {
		AssumeRolePolicyDocument document `yaml:"AssumeRolePolicyDocument"`
		Policies                 []struct {
			PolicyDocument document `yaml:"PolicyDocument"`
		} `yaml:"Policies"`
	} `yaml:"Properties"`
}

type document struct {
	Statement []struct {
		Sid       string                    `yaml:"Sid"`
		Effect    string                    `yaml:"Effect"`
		Action    yaml.Node                 `yaml:"Action"`
		Condition map[string]map[string]any `yaml:"Condition"`
	} `yaml:"Statement"`
}

// The role for previews only reads. Each role trusts only one kind of workflow run of one repository.
func TestRolesForGitHub(t *testing.T) {
	content, err := os.ReadFile("github-oidc-role/template.yaml")
	require.NoError(t, err)
	var template struct {
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	require.NoError(t, yaml.Unmarshal(content, &template))
	for name, subject := range map[string]string{
		"PreviewRole": "repo:${Repository}:pull_request",
		"DeployRole":  "repo:${Repository}:environment:${Environment}",
	} {
		var r role
		node := template.Resources[name]
		require.NoError(t, node.Decode(&r), name)
		trust := r.Properties.AssumeRolePolicyDocument.Statement
		require.Len(t, trust, 1, name)
		require.Equal(t, map[string]map[string]any{"StringEquals": {
			"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
			"token.actions.githubusercontent.com:sub": subject,
		}}, trust[0].Condition, name)
		require.NotEmpty(t, r.Properties.Policies, name)
		for _, policy := range r.Properties.Policies {
			for _, statement := range policy.PolicyDocument.Statement {
				var actions []string
				require.NoError(t, statement.Action.Decode(&actions), statement.Sid)
				for _, action := range actions {
					requireNarrow(t, name, statement.Effect, action, statement.Condition)
				}
			}
		}
	}
}

// requireNarrow requires that an action is not *. The role for previews must only read, encrypt and decrypt. For the
// role for deployments, changes of roles and all actions of EC2 must have a condition.
func requireNarrow(t *testing.T, role, effect, action string, condition map[string]map[string]any) {
	t.Helper()
	_, operation, _ := strings.Cut(action, ":")
	reads := strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List") || strings.HasPrefix(operation, "Describe")
	switch {
	case action == "kms:Decrypt" || action == "kms:Encrypt":
	case role == "PreviewRole":
		require.True(t, reads, "%s of %s does not only read", action, role)
	case strings.HasPrefix(action, "iam:") && effect == "Allow" && !reads, strings.HasPrefix(action, "ec2:"):
		require.NotEmpty(t, condition, "%s of %s", action, role)
	}
	require.NotEqual(t, "*", action)
}

// services maps each package of the provider's SDK to the prefixes of its IAM actions.
var services = map[string][]string{
	"acm": {"acm"}, "apigatewayv2": {"apigateway"}, "appautoscaling": {"application-autoscaling"}, "cloudwatch": {"cloudwatch", "events", "logs"},
	"codebuild": {"codebuild"}, "codecommit": {"codecommit"}, "codedeploy": {"codedeploy"}, "codepipeline": {"codepipeline"},
	"codestarconnections": {"codestar-connections", "codeconnections"}, "cognito": {"cognito-idp"}, "ec2": {"ec2"}, "ecr": {"ecr"}, "ecs": {"ecs"},
	"iam": {"iam"}, "kms": {"kms"}, "lb": {"elasticloadbalancing"}, "route53": {"route53"}, "s3": {"s3"}, "scheduler": {"scheduler"},
	"servicediscovery": {"servicediscovery"}, "sns": {"sns"}, "vpc": {"ec2"}, "wafv2": {"wafv2"},
}

// The role for deployments allows actions of every AWS service whose resources a component registers.
func TestRoleForDeploymentsKnowsEveryService(t *testing.T) {
	content, err := os.ReadFile("github-oidc-role/template.yaml")
	require.NoError(t, err)
	_, deployment, found := strings.Cut(string(content), "DeployRole:")
	require.True(t, found)
	sdk := regexp.MustCompile(`"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/(\w+)"`)
	err = filepath.WalkDir("../components", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range sdk.FindAllSubmatch(source, -1) {
			prefixes, known := services[string(match[1])]
			require.True(t, known, "%s: allow %s in template.yaml, and add its prefix to services", path, match[1])
			for _, prefix := range prefixes {
				require.Regexp(t, `[-,\[] ?`+prefix+`:[A-Z*]`, deployment, "%s: the role may not use %s", path, prefix)
			}
		}
		return err
	})
	require.NoError(t, err)
}
