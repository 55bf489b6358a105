package examples

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
		ManagedPolicyArns        []string `yaml:"ManagedPolicyArns"`
		Policies                 []struct {
			PolicyDocument document `yaml:"PolicyDocument"`
		} `yaml:"Policies"`
	} `yaml:"Properties"`
}

type document struct {
	Statement []statement `yaml:"Statement"`
}

type statement struct {
	Sid       string                    `yaml:"Sid"`
	Effect    string                    `yaml:"Effect"`
	Action    texts                     `yaml:"Action"`
	Resource  texts                     `yaml:"Resource"`
	Condition map[string]map[string]any `yaml:"Condition"`
}

// texts is a text or a list of texts.
type texts []string

func (t *texts) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*t = texts{node.Value}
		return nil
	}
	return node.Decode((*[]string)(t))
}

// Each role trusts only one kind of workflow run of one repository. The role for previews only reads, because code of a
// pull request runs with it. The role for deployments changes only roles and keys of the project.
func TestRolesForGitHub(t *testing.T) {
	content, err := os.ReadFile("github-oidc-role/template.yaml")
	require.NoError(t, err)
	var template struct {
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	require.NoError(t, yaml.Unmarshal(content, &template))
	for name, test := range map[string]struct {
		subject string
		require func(t *testing.T, s statement, action string)
	}{
		"PreviewRole": {"repo:${Repository}:pull_request", requireReads},
		"DeployRole":  {"repo:${Repository}:environment:${Environment}", requireOwn},
	} {
		t.Run(name, func(t *testing.T) {
			var r role
			node := template.Resources[name]
			require.NoError(t, node.Decode(&r))
			trust := r.Properties.AssumeRolePolicyDocument.Statement
			require.Len(t, trust, 1)
			require.Equal(t, map[string]map[string]any{"StringEquals": {
				"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
				"token.actions.githubusercontent.com:sub": test.subject,
			}}, trust[0].Condition)
			require.Empty(t, r.Properties.ManagedPolicyArns)
			require.NotEmpty(t, r.Properties.Policies)
			for _, policy := range r.Properties.Policies {
				for _, s := range policy.PolicyDocument.Statement {
					require.NotEmpty(t, s.Action, "%s needs Action: NotAction allows too much", s.Sid)
					require.NotEmpty(t, s.Resource, "%s needs Resource: NotResource allows too much", s.Sid)
					for _, action := range s.Action {
						require.Regexp(t, `^[a-z0-9-]+:`, action, s.Sid)
						if s.Effect == "Allow" {
							test.require(t, s, action)
						}
					}
				}
			}
		})
	}
}

// The template accepts the repository as in both forms of a subject, with ids and without. It accepts no wildcard, and
// nothing that would end the repository's part of the subject.
func TestRepositoryOfTheRoles(t *testing.T) {
	content, err := os.ReadFile("github-oidc-role/template.yaml")
	require.NoError(t, err)
	var template struct {
		Parameters map[string]struct {
			AllowedPattern string `yaml:"AllowedPattern"`
		} `yaml:"Parameters"`
	}
	require.NoError(t, yaml.Unmarshal(content, &template))
	// CloudFormation matches the pattern with the whole value.
	allowed := regexp.MustCompile("^(" + template.Parameters["Repository"].AllowedPattern + ")$")
	for _, repository := range []string{"acme/delivery", "acme@1234567/delivery@7654321", "a-b/c.d_e"} {
		require.Regexp(t, allowed, repository)
	}
	for _, repository := range []string{"acme", "acme/*", "acme@1234567/delivery@*", "acme@/delivery@", "repo:acme/delivery", "acme/delivery:ref"} {
		require.NotRegexp(t, allowed, repository)
	}
}

// stateResources maps the actions on the states, and on the key of their secrets, to their only resource.
var stateResources = map[string]string{
	"kms:Decrypt": "SecretsKeyArn", "kms:Encrypt": "SecretsKeyArn",
	"s3:GetObject": "arn:${AWS::Partition}:s3:::${BackendBucket}/.pulumi/*", "s3:ListBucket": "arn:${AWS::Partition}:s3:::${BackendBucket}",
}

// descriptions matches the actions that read settings, but neither secrets nor data.
var descriptions = regexp.MustCompile(`^((ec2|ecs|elasticloadbalancing):Describe\w+|route53:(Get|List)\w+|` +
	`(codeconnections|codestar-connections):(GetConnection|ListTagsForResource))$`)

// requireReads requires that an action reads the states, their secrets, or settings.
func requireReads(t *testing.T, s statement, action string) {
	t.Helper()
	if resource, known := stateResources[action]; known && action != "kms:Encrypt" {
		require.Equal(t, texts{resource}, s.Resource, "%s: %s", s.Sid, action)
		return
	}
	require.Regexp(t, descriptions, action, s.Sid)
}

// ownLimits maps each action on roles and keys to the condition that limits it. Other changes of roles and keys need the
// project's tag on the resource. This includes the Tag actions: otherwise the role could tag any role or key, and then
// change it.
var ownLimits = map[string]string{
	"iam:CreateRole": "aws:RequestTag/pulumi:project", "kms:CreateKey": "aws:RequestTag/pulumi:project",
	"iam:PassRole": "iam:PassedToService", "iam:CreateServiceLinkedRole": "iam:AWSServiceName",
	"kms:Decrypt": "kms:ViaService", "kms:GenerateDataKey": "kms:ViaService",
}

// harmless matches the actions on roles and keys that need no condition.
var harmless = regexp.MustCompile(`^(iam:(Get|List)\w+|kms:(DescribeKey|EnableKeyRotation|GetKeyPolicy|GetKeyRotationStatus|ListResourceTags))$`)

// requireOwn requires that an action is limited to the project's roles and keys, to one region, or to resources by name.
func requireOwn(t *testing.T, s statement, action string) {
	t.Helper()
	service, _, _ := strings.Cut(action, ":")
	key := "aws:RequestedRegion"
	switch {
	case stateResources[action] != "" && slices.Equal(s.Resource, texts{stateResources[action]}), harmless.MatchString(action):
		return
	case service == "iam" || service == "kms":
		require.NotContains(t, action, "*", s.Sid)
		key = cmp.Or(ownLimits[action], "aws:ResourceTag/pulumi:project")
	case service == "s3":
		for _, resource := range s.Resource {
			require.Regexp(t, `:::(\*-[a-z-]+-\*|\$\{BackendBucket\}(/\.pulumi/\*)?)$`, resource, "%s: %s", s.Sid, action)
		}
		return
	case service == "route53":
		require.NotContains(t, action, "*", s.Sid)
		return
	}
	require.Contains(t, s.Condition["StringEquals"], key, "%s: %s", s.Sid, action)
	if strings.HasSuffix(key, "Tag/pulumi:project") {
		require.Equal(t, "Project", s.Condition["StringEquals"][key], "%s: %s", s.Sid, action)
	}
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
