package program

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
	"fargate-cd/internal/stackfiles"
)

// Only the program uses all components, so these tests run the program.

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)

// twoOfEverything has two services of each kind: rolling and blue/green, from
// GitHub and from CodeCommit, with a package and without, behind the API and not.
const twoOfEverything = `
config:
  fargate-cd:domainName: app.example.com
  fargate-cd:hostedZoneId: Z0123456789ABCDEFGHIJ
  fargate-cd:testListenerPort: 8080
  fargate-cd:testIngressCidrBlocks: [203.0.113.0/24]
  fargate-cd:ingressCidrBlocks: [192.0.2.0/24, 198.51.100.0/24]
  fargate-cd:services:
    - { name: web, priority: 1, pathPatterns: [/web, /web/*], api: {},
        source: { repository: acme/web, connectionArn: &connection "arn:aws:codeconnections:eu-central-1:111122223333:connection/1", pullRequests: {} } }
    - { name: web-2, priority: 2, pathPatterns: [/web-2/*], api: { publicListener: true, scopes: [web/read, web-2/read] }, egressPorts: [443, 5432],
        source: { provider: CodeCommit, repository: web }, build: { package: { commands: [make], files: [out] }, tests: &tests [
          { name: unit, commands: [make], reports: [{ name: junit, files: [a.xml] }, { name: coverage, files: [b.xml], format: CLOVERXML }] },
          { name: lint, commands: [make] }] }, smokeTest: &smoke { commands: [curl] } }
    - { name: api, priority: 3, pathPatterns: [/api/*], api: {}, deployment: { strategy: ECSAllAtOnce },
        source: { provider: CodeCommit, repository: api } }
    - { name: admin, priority: 4, deployment: { strategy: ECSCanary10Percent5Minutes, readyWaitMinutes: 5 },
        source: { repository: acme/admin, connectionArn: *connection, filePaths: ["a/**"], pullRequests: {} },
        build: { package: { commands: [make], files: [out] }, tests: *tests }, smokeTest: *smoke }
`

// runStack runs the program with the configuration of a stack file.
func runStack(t *testing.T, stack, file string) *enginetest.Engine {
	t.Helper()
	r := &enginetest.Engine{Stack: stack, Stacks: map[string]map[string]any{}}
	config := stackFileConfig(t, file)
	if strings.Contains(config["fargate-cd:environment"], `"platform"`) {
		r.Stacks[platform] = platformOutputs(t)
	}
	require.NoError(t, r.Run(Run, config))
	return r
}

// stackFileConfig returns the configuration of a stack file in the form in which the Pulumi CLI passes it to a program.
func stackFileConfig(t *testing.T, file string) map[string]string {
	t.Helper()
	var stack struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal([]byte(file), &stack))
	config := map[string]string{}
	for key, value := range stack.Config {
		if text, ok := value.(string); ok {
			config[key] = text
			continue
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		config[key] = string(text)
	}
	return config
}

func TestTwoOfEverything(t *testing.T) {
	r := runStack(t, enginetest.Stack, twoOfEverything)
	byURN := map[string]*enginetest.Resource{}
	for _, m := range r.Registered {
		require.NotContains(t, byURN, m.URN, "two resources with the same URN")
		byURN[m.URN] = m
	}
	for _, component := range []struct {
		kind  string
		names []string
	}{
		{"Environment", []string{enginetest.Stack}}, {"ApiGateway", []string{enginetest.Stack}},
		{"FargateService", []string{"admin", "api", "web", "web-2"}}, {"BuildPipeline", []string{"admin", "api", "web", "web-2"}},
		{"BlueGreen", []string{"admin", "api"}},
	} {
		require.ElementsMatch(t, component.names, enginetest.Names(r.All(enginetest.Project+":components:"+component.kind)), component.kind)
	}
	for _, m := range r.Registered {
		if m.Component {
			require.NotContains(t, byURN, m.Parent, "%s has no parent component", m.URN)
			continue
		}
		parent := byURN[m.Parent]
		require.NotNil(t, parent, "%s descends from a component", m.URN)
		require.True(t, parent.Component, "%s descends from a component", m.URN)
		require.True(t, m.Name == parent.Name || strings.HasPrefix(m.Name, parent.Name+"-"),
			"the name of %s begins with that of its component, %s", m.URN, parent.Name)
	}
}

// untaggable are the kinds of resources that have no tags. All other kinds must have
// the stack's tags.
var untaggable = map[string]bool{
	"acm.CertificateValidation": true, "cloudwatch.Dashboard": true, "wafv2.WebAclAssociation": true, "wafv2.WebAclLoggingConfiguration": true, "route53.Record": true,
	"apigatewayv2.Authorizer": true, "apigatewayv2.Integration": true, "apigatewayv2.Route": true, "cognito.UserPoolClient": true,
	"cognito.UserPoolDomain": true, "cognito.ResourceServer": true,
	"cloudwatch.EventTarget": true, "ec2.Route": true, "ecr.LifecyclePolicy": true, "iam.RolePolicy": true,
	"s3.BucketLifecycleConfigurationV2": true, "s3.BucketNotification": true, "s3.BucketOwnershipControls": true, "s3.BucketPolicy": true,
	"s3.BucketPublicAccessBlock": true, "s3.BucketServerSideEncryptionConfigurationV2": true, "s3.BucketVersioningV2": true,
}

func TestTags(t *testing.T) {
	for _, m := range runStack(t, enginetest.Stack, twoOfEverything).Registered {
		switch {
		case m.Component:
		case untaggable[m.Kind]:
			require.NotContains(t, m.Inputs, "tags", m.URN)
		default:
			require.Subset(t, m.Inputs["tags"], object{"pulumi:project": enginetest.Project, "pulumi:stack": enginetest.Stack}, m.URN)
		}
	}
}

// With inputs that differ from run to run, an update would always find changes.
func TestDeterminism(t *testing.T) {
	first := runStack(t, enginetest.Stack, twoOfEverything).Sorted()
	for range 3 {
		require.Equal(t, first, runStack(t, enginetest.Stack, twoOfEverything).Sorted())
	}
}

// A preview must plan the same resources as an update.
func TestPreviewPlansTheSame(t *testing.T) {
	preview := &enginetest.Engine{Preview: true}
	require.NoError(t, preview.Run(Run, stackFileConfig(t, twoOfEverything)))
	require.Equal(t, runStack(t, enginetest.Stack, twoOfEverything).Sorted(), preview.Sorted())
}

// No role has all actions, or all actions of a service. Only actions that do not support resources have the resource "*".
func TestRolesAreNarrow(t *testing.T) {
	everywhere := map[string]bool{
		"ecr:GetAuthorizationToken":              true,
		"elasticloadbalancing:DescribeListeners": true, "elasticloadbalancing:DescribeRules": true,
		"elasticloadbalancing:DescribeTargetGroups": true,
		"ecs:RegisterTaskDefinition":                true,
		"ecs:DescribeTaskDefinition":                true,
	}
	// An action on "*" that a condition restricts to one cluster.
	inCluster := map[string]bool{"ecs:ListTasks": true}
	policies := runStack(t, enginetest.Stack, twoOfEverything).All("iam.RolePolicy")
	require.NotEmpty(t, policies)
	for _, m := range policies {
		var policy struct {
			Statement []struct {
				Action, Resource []string
				Condition        map[string]map[string]string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(m.Inputs["policy"].(string)), &policy))
		for _, s := range policy.Statement {
			for _, action := range s.Action {
				require.Regexp(t, `^[a-z0-9-]+:[A-Z][A-Za-z]+\*?$`, action, m.Name)
				for _, resource := range s.Resource {
					narrowed := inCluster[action] && s.Condition["ArnEquals"]["ecs:cluster"] != ""
					require.True(t, resource != "*" || everywhere[action] || narrowed, "%s allows %s on all resources", m.Name, action)
				}
				if action == "iam:PassRole" {
					require.Len(t, s.Resource, 2, "%s passes the two roles of one service", m.Name)
				}
			}
		}
	}
}

// No client can bypass the API: only its VPC link reaches the production listener of the
// internal load balancer, and only this load balancer reaches the tasks.
func TestApiGatewayIsTheOnlyWay(t *testing.T) {
	r := runStack(t, enginetest.Stack, `
config:
  fargate-cd:services:
    - { name: web, source: { provider: CodeCommit, repository: web }, api: {} }
`)
	require.Equal(t, []string{"test-internal"}, enginetest.Names(r.All("lb.LoadBalancer")), "no internet-facing load balancer")
	require.Equal(t, true, r.One(t, "lb.LoadBalancer", "test-internal").Inputs["internal"])
	require.Equal(t, "arn:aws:lb:eu-central-1:111122223333:listener/test-internal-production",
		r.One(t, "lb.ListenerRule", "web-production").Inputs["listenerArn"])
	got := map[string]any{} // security group → group that it admits
	for _, rule := range r.All("vpc.SecurityGroupIngressRule") {
		require.NotContains(t, rule.Inputs, "cidrIpv4", "%s admits a network", rule.Name)
		got[rule.Inputs["securityGroupId"].(string)] = rule.Inputs["referencedSecurityGroupId"]
	}
	require.Equal(t, map[string]any{
		"test-internal-securitygroup": "test-link-securitygroup",
		"web-tasks-securitygroup":     "test-internal-securitygroup",
	}, got)
}

// The golden graphs of the repository's two stacks show in a review what a change does to the resources.
func TestGraphs(t *testing.T) {
	for _, stack := range []string{"test", "prod"} {
		t.Run(stack, func(t *testing.T) {
			golden.Compare(t, "graph-"+stack+".yaml", graph(t, runStack(t, stack, read(t, "../Pulumi."+stack+".yaml"))))
		})
	}
}

// Every stack file of the repository is valid and registers its resources.
func TestStackFiles(t *testing.T) {
	for _, file := range stackfiles.In(t, "..") {
		t.Run(file, func(t *testing.T) {
			stack := stackfiles.Stack(file)
			r := runStack(t, stack, read(t, file))
			require.Len(t, r.All("fargate-cd:components:Environment"), 1)
			if stack != "platform" { // it has an environment for other stacks only
				require.NotEmpty(t, r.All("ecs.Service"))
			}
			deploy := slices.DeleteFunc(enginetest.Names(r.All("codepipeline.Pipeline")), func(name string) bool { return strings.HasSuffix(name, "-pr") })
			require.Len(t, deploy, len(r.All("ecs.Service")))
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(content)
}

// graph returns all resources as YAML, with their dependencies, ignored changes and inputs. It parses policies,
// buildspecs and the files of a deployment, which are texts in the inputs.
func graph(t *testing.T, r *enginetest.Engine) string {
	t.Helper()
	label := map[string]string{}
	for _, m := range r.Registered {
		label[m.URN] = m.Kind + " " + m.Name
	}
	nodes := map[string]object{}
	for _, m := range r.Registered {
		node := object{"inputs": unfolded(t, m.Inputs)}
		if parent, ok := label[m.Parent]; ok {
			node["parent"] = parent
		}
		var needs []string
		for _, urn := range m.DependsOn {
			if name, ok := label[urn]; ok {
				needs = append(needs, name)
			}
		}
		for key, value := range map[string]any{"needs": needs, "ignores": m.IgnoreChanges} {
			if len(value.([]string)) > 0 {
				node[key] = value
			}
		}
		if m.Protect {
			node["protected"] = true
		}
		if m.RetainOnDelete {
			node["retained"] = true
		}
		nodes[label[m.URN]] = node
	}
	require.Len(t, nodes, len(r.Registered), "each resource has a unique kind and name")
	text, err := yaml.Marshal(nodes)
	require.NoError(t, err)
	return string(text)
}

func unfolded(t *testing.T, value any) any {
	t.Helper()
	switch value := value.(type) {
	case object:
		out := object{}
		for key, element := range value {
			if key == "contentBase64" {
				files := object{}
				for name, content := range enginetest.Unzip(t, element.(string)) {
					files[name] = content
				}
				element = files
			}
			out[key] = unfolded(t, element)
		}
		return out
	case list:
		out := make(list, len(value))
		for i, element := range value {
			out[i] = unfolded(t, element)
		}
		return out
	case string:
		var inner any
		if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			if json.Unmarshal([]byte(value), &inner) == nil {
				return inner
			}
		}
	}
	return value
}
