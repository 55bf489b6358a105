package program

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// preview runs a preview of a program on the stack dev.
func preview(e *enginetest.Engine, program pulumi.RunFunc, config map[string]string) error {
	e.Stack, e.Preview = "dev", true
	return e.Run(program, config)
}

// The program reads the configuration from an unexported map of the SDK. This test must
// fail if an SDK no longer has this map. Without it, every stack would seem to have no
// configuration.
func TestStackConfig(t *testing.T) {
	given := map[string]string{"aws:region": "eu-central-1", "fargate-cd:services": "[]", "fargate-cd:vpcId": ""}
	var got map[string]string
	require.NoError(t, preview(&enginetest.Engine{}, func(ctx *pulumi.Context) error {
		got = stackConfig(ctx)
		return nil
	}, given))
	require.Equal(t, given, got)
}

func TestRunRefusesBeforeAnythingIsRegistered(t *testing.T) {
	for name, test := range map[string]struct{ key, value, want string }{
		"an unknown key": {"fargate-cd:service", "web", `fargate-cd:service: there is no such key (its value is "web")`},
		"a wrong type":   {"fargate-cd:listenerPort", "http", `fargate-cd:listenerPort: "http" is not allowed: a whole number`},
		"a pair of CPU and memory": {"fargate-cd:services", services(service("a", `"cpu": 1024, "memory": 512`)),
			"fargate-cd:services[0].memory: 512 is not allowed: with cpu 1024 Fargate has 2048 to 8192 MiB in steps of 1024"},
		"a priority twice": {"fargate-cd:services", services(service("a", `"priority": 100`), service("b", `"priority": 100`)),
			"fargate-cd:services[1].priority: 100 is not allowed: unique in the stack, and service a has it already"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &enginetest.Engine{}
			err := preview(e, Run, map[string]string{"fargate-cd:services": minimal, test.key: test.value})
			require.ErrorContains(t, err, test.want)
			require.Empty(t, e.Registered)
		})
	}
}

func TestOutputs(t *testing.T) {
	for name, test := range map[string]struct {
		config map[string]string
		want   map[string]any
	}{
		"minimal": {
			config: map[string]string{"fargate-cd:services": minimal},
			want: map[string]any{
				"clusterName":    "fargate-cd-dev",
				"serviceUrls":    map[string]any{"web": "http://dev-alb.elb.example/"},
				"repositoryUrls": map[string]any{"web": "ecr.example/web"},
				"pipelineNames":  map[string]any{"web": "web-0abcdef"},
			},
		},
		"full": {
			config: map[string]string{
				"fargate-cd:listenerPort": "8000", "fargate-cd:testListenerPort": "8080", "fargate-cd:apiDomainPrefix": "my-api",
				"fargate-cd:testIngressCidrBlocks": `["203.0.113.0/24"]`,
				"fargate-cd:services": services(
					service("a", `"priority": 1, "pathPatterns": ["/a/*", "/b"], "api": {"publicListener": true, "scopes": ["a/read"]}`),
					service("b", `"deployment": {"strategy": "ECSAllAtOnce"}, "pathPatterns": ["/b/x"]`),
					service("c", `"priority": 2, "deployment": {"strategy": "ECSAllAtOnce"}, "pathPatterns": ["/c/*"], "api": {}`),
					service("d", `"priority": 3, "api": {"routeKeys": ["GET /d"]}`),
				),
			},
			want: map[string]any{
				"clusterName": "fargate-cd-dev",
				"serviceUrls": map[string]any{
					"a": "http://dev-alb.elb.example:8000/a/", "b": "http://dev-alb.elb.example:8000/b/x",
					"c": "https://dev.execute-api.example/c/", "d": "https://dev.execute-api.example/d", // reached only by the API
				},
				"testUrls": map[string]any{ // only blue/green services use the test listener
					"b": "http://dev-alb.elb.example:8080/b/x", "c": "http://dev-internal.elb.example:8080/c/",
				},
				"repositoryUrls": map[string]any{
					"a": "ecr.example/a", "b": "ecr.example/b", "c": "ecr.example/c", "d": "ecr.example/d",
				},
				"pipelineNames": map[string]any{"a": "a-0abcdef", "b": "b-0abcdef", "c": "c-0abcdef", "d": "d-0abcdef"},
				"cloneUrls": map[string]any{
					"a": map[string]any{"https": "https://codecommit.example/a", "ssh": "ssh://codecommit.example/a"},
					"b": map[string]any{"https": "https://codecommit.example/b", "ssh": "ssh://codecommit.example/b"},
					"c": map[string]any{"https": "https://codecommit.example/c", "ssh": "ssh://codecommit.example/c"},
					"d": map[string]any{"https": "https://codecommit.example/d", "ssh": "ssh://codecommit.example/d"},
				},
				"apiUrl": "https://dev.execute-api.example/", "userPoolId": "dev-userpool", "userPoolClientId": "dev-userpoolclient",
				"signInUrl":       "https://my-api.auth.eu-central-1.amazoncognito.com",
				"callbackUrls":    []string{"http://localhost:8400/callback"},
				"scopes":          []string{"openid", "a/read"},
				"machineClientId": "dev-machines-userpoolclient", "machineClientSecret": "secret of dev-machines",
			},
		},
		"hosts": {
			config: map[string]string{
				"fargate-cd:testListenerPort": "8080", "fargate-cd:testIngressCidrBlocks": `["203.0.113.0/24"]`,
				"fargate-cd:services": services(service("web", `"hostHeaders": ["*.example.com", "api.example.com"], "pathPatterns": ["/v1/*"],
					"deployment": {"strategy": "ECSAllAtOnce"}`)),
			},
			want: map[string]any{
				"clusterName":          "fargate-cd-dev",
				"serviceUrls":          map[string]any{"web": "http://api.example.com/v1/"},
				"testUrls":             map[string]any{"web": "http://api.example.com:8080/v1/"},
				"loadBalancerDnsNames": map[string]any{"public": "dev-alb.elb.example"}, // the target of the name's DNS record
				"repositoryUrls":       map[string]any{"web": "ecr.example/web"},
				"pipelineNames":        map[string]any{"web": "web-0abcdef"},
				"cloneUrls":            map[string]any{"web": map[string]any{"https": "https://codecommit.example/web", "ssh": "ssh://codecommit.example/web"}},
			},
		},
		"workers": {
			config: map[string]string{"fargate-cd:services": services(service("a", `"pathPatterns": []`), service("b", `"pathPatterns": []`))},
			want: map[string]any{
				"clusterName":    "fargate-cd-dev",
				"repositoryUrls": map[string]any{"a": "ecr.example/a", "b": "ecr.example/b"},
				"pipelineNames":  map[string]any{"a": "a-0abcdef", "b": "b-0abcdef"},
				"cloneUrls": map[string]any{
					"a": map[string]any{"https": "https://codecommit.example/a", "ssh": "ssh://codecommit.example/a"},
					"b": map[string]any{"https": "https://codecommit.example/b", "ssh": "ssh://codecommit.example/b"},
				},
			},
		},
		"HTTPS": {
			config: map[string]string{
				"fargate-cd:certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
				"fargate-cd:domainName":     "app.example.com", "fargate-cd:testListenerPort": "8080",
				"fargate-cd:testIngressCidrBlocks": `["203.0.113.0/24"]`,
				"fargate-cd:services":              `[{"name": "web", "source": {"repository": "acme/web", "connectionArn": "arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"}, "deployment": {"strategy": "ECSAllAtOnce"}}]`,
			},
			want: map[string]any{
				"clusterName":          "fargate-cd-dev",
				"serviceUrls":          map[string]any{"web": "https://app.example.com/"},
				"testUrls":             map[string]any{"web": "https://app.example.com:8080/"},
				"loadBalancerDnsNames": map[string]any{"public": "dev-alb.elb.example"}, // the target of the name's DNS record
				"repositoryUrls":       map[string]any{"web": "ecr.example/web"},
				"pipelineNames":        map[string]any{"web": "web-0abcdef"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]any
			require.NoError(t, preview(&enginetest.Engine{}, func(ctx *pulumi.Context) error {
				config, err := Load(ctx)
				require.NoError(t, err)
				outputs, err := Deploy(ctx, config)
				secret, isSecret := outputs["machineClientSecret"]
				require.Equal(t, name == "full", isSecret)
				require.Equal(t, isSecret, isSecret && pulumi.IsSecret(secret.(pulumi.Output)), "the state encrypts the secret")
				outputs.ToMapOutput().ApplyT(func(known map[string]any) any {
					got = known
					return nil
				})
				return err
			}, test.config))
			require.Equal(t, test.want, got)
		})
	}
}

// The key build.architecture sets the architecture of both the build machine and the tasks.
func TestArchitecture(t *testing.T) {
	e := &enginetest.Engine{}
	require.NoError(t, preview(e, Run, map[string]string{
		"fargate-cd:services": services(service("web", `"build": {"architecture": "ARM64"}`)),
	}))
	definition, project := e.One(t, "ecs.TaskDefinition", "web").Inputs, e.One(t, "codebuild.Project", "web-image").Inputs
	require.Equal(t, "ARM64", definition["runtimePlatform"].(map[string]any)["cpuArchitecture"])
	require.Equal(t, "ARM_CONTAINER", project["environment"].(map[string]any)["type"])
}

// An account that requires a permissions boundary refuses a single role without it.
func TestPermissionsBoundary(t *testing.T) {
	const boundary = "arn:aws:iam::111122223333:policy/boundary"
	e := &enginetest.Engine{}
	require.NoError(t, preview(e, Run, map[string]string{
		"fargate-cd:permissionsBoundaryArn": boundary,
		"fargate-cd:services":               services(service("web", `"deployment": {"strategy": "ECSAllAtOnce"}, "api": {}`)),
	}))
	roles := e.All("iam.Role")
	require.GreaterOrEqual(t, len(roles), 6)
	for _, role := range roles {
		require.Equal(t, boundary, role.Inputs["permissionsBoundary"], role.Name)
	}
	_, err := Parse("fargate-cd", "dev", map[string]string{"fargate-cd:permissionsBoundaryArn": "boundary", "fargate-cd:services": minimal})
	require.ErrorContains(t, err, `fargate-cd:permissionsBoundaryArn: "boundary" is not allowed: the ARN of a managed policy`)
}

func TestTag(t *testing.T) {
	e := &enginetest.Engine{}
	require.NoError(t, preview(e, func(ctx *pulumi.Context) error {
		if err := tag(ctx); err != nil {
			return err
		}
		_, err := s3.NewBucketV2(ctx, "own", &s3.BucketV2Args{
			Tags: pulumi.StringMap{"pulumi:stack": pulumi.String("mine"), "team": pulumi.String("a")},
		})
		require.NoError(t, err)
		_, err = s3.NewBucketV2(ctx, "late", &s3.BucketV2Args{
			Tags: pulumi.StringMap{"pulumi:stack": pulumi.String("mine"), "team": pulumi.String("a")}.ToStringMapOutput(),
		})
		require.NoError(t, err)
		if _, err = s3.NewBucketV2(ctx, "none", nil); err != nil {
			return err
		}
		_, err = iam.NewRolePolicy(ctx, "untaggable", &iam.RolePolicyArgs{Role: pulumi.String("r"), Policy: pulumi.String("{}")})
		return err
	}, nil))

	for name, want := range map[string]object{
		"own":  {"pulumi:project": "fargate-cd", "pulumi:stack": "mine", "team": "a"},
		"late": {"pulumi:project": "fargate-cd", "pulumi:stack": "mine", "team": "a"},
		"none": {"pulumi:project": "fargate-cd", "pulumi:stack": "dev"},
	} {
		require.Equal(t, object{"tags": want}, e.One(t, "s3.BucketV2", name).Inputs)
	}
	require.Equal(t, object{"role": "r", "policy": "{}"}, e.One(t, "iam.RolePolicy", "untaggable").Inputs)
}
