package program

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/ecsapi"
)

// cloud answers for every resource with the same outputs, and keeps the inputs by type and name.
type cloud struct {
	mutex sync.Mutex
	made  map[string]map[string]any
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.made == nil {
		c.made = map[string]map[string]any{}
	}
	c.made[args.TypeToken+" "+args.Name] = args.Inputs.Mappable()
	outputs := args.Inputs.Copy()
	for _, name := range []string{"dnsName", "invokeUrl", "repositoryUrl", "cloneUrlHttp", "cloneUrlSsh", "clientSecret"} {
		outputs[resource.PropertyKey(name)] = resource.NewProperty(name + " of " + args.Name)
	}
	if !outputs.HasValue("name") {
		outputs["name"] = resource.NewProperty("name of " + args.Name)
	}
	return "id of " + args.Name, outputs, nil
}

func (*cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.NewPropertyMapFromMap(map[string]any{
		"accountId": "111122223333", "name": "eu-central-1", "partition": "aws", "names": []any{"eu-central-1a", "eu-central-1b"},
	}), nil
}

// DescribeServices says that there is no cluster yet.
func (*cloud) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return nil, &types.ClusterNotFoundException{}
}

func (*cloud) DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	return nil, &types.ClientException{}
}

func (c *cloud) preview(program pulumi.RunFunc, config map[string]string) error {
	asking := func(ctx *pulumi.Context) error { return program(ecsapi.With(ctx, c)) }
	return pulumi.RunErr(asking, pulumi.WithMocks("fargate-cd", "dev", c), func(info *pulumi.RunInfo) {
		info.Config, info.DryRun = config, true
	})
}

// The SDK has no function for all of a stack's configuration, and the program
// looks for it inside: an SDK that has it elsewhere must fail here, not by
// taking every stack for one without configuration.
func TestStackConfig(t *testing.T) {
	given := map[string]string{"aws:region": "eu-central-1", "fargate-cd:services": "[]", "fargate-cd:vpcId": ""}
	var got map[string]string
	require.NoError(t, new(cloud).preview(func(ctx *pulumi.Context) error {
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
		"a priority twice": {"fargate-cd:services", services(service("a", ""), service("b", "")),
			"fargate-cd:services[1].priority: 100 is not allowed: unique in the stack, and service a has it already"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{}
			err := c.preview(Run, map[string]string{"fargate-cd:services": minimal, test.key: test.value})
			require.ErrorContains(t, err, test.want)
			require.Empty(t, c.made)
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
				"serviceUrls":    map[string]any{"web": "http://dnsName of dev-alb/"},
				"repositoryUrls": map[string]any{"web": "repositoryUrl of web"},
				"pipelineNames":  map[string]any{"web": "name of web"},
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
					"a": "http://dnsName of dev-alb:8000/a/", "b": "http://dnsName of dev-alb:8000/b/x",
					"c": "invokeUrl of dev/c/", "d": "invokeUrl of dev/d", // only the API reaches them
				},
				"testUrls": map[string]any{ // rolling services have no second version to show
					"b": "http://dnsName of dev-alb:8080/b/x", "c": "http://dnsName of dev-internal:8080/c/",
				},
				"repositoryUrls": map[string]any{
					"a": "repositoryUrl of a", "b": "repositoryUrl of b", "c": "repositoryUrl of c", "d": "repositoryUrl of d",
				},
				"pipelineNames": map[string]any{"a": "name of a", "b": "name of b", "c": "name of c", "d": "name of d"},
				"cloneUrls": map[string]any{
					"a": map[string]any{"https": "cloneUrlHttp of a", "ssh": "cloneUrlSsh of a"},
					"b": map[string]any{"https": "cloneUrlHttp of b", "ssh": "cloneUrlSsh of b"},
					"c": map[string]any{"https": "cloneUrlHttp of c", "ssh": "cloneUrlSsh of c"},
					"d": map[string]any{"https": "cloneUrlHttp of d", "ssh": "cloneUrlSsh of d"},
				},
				"apiUrl": "invokeUrl of dev", "userPoolId": "id of dev", "userPoolClientId": "id of dev",
				"signInUrl":       "https://my-api.auth.eu-central-1.amazoncognito.com",
				"callbackUrls":    []string{"http://localhost:8400/callback"},
				"scopes":          []string{"openid", "a/read"},
				"machineClientId": "id of dev-machines", "machineClientSecret": "clientSecret of dev-machines",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]any
			require.NoError(t, new(cloud).preview(func(ctx *pulumi.Context) error {
				config, err := Load(ctx)
				require.NoError(t, err)
				outputs, err := Deploy(ctx, config)
				secret, isSecret := outputs["machineClientSecret"]
				require.Equal(t, name == "full", isSecret)
				require.Equal(t, isSecret, isSecret && pulumi.IsSecret(secret.(pulumi.Output)), "the secret stays one in the state")
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

// One key is for the machine that builds and for the tasks that run the image.
func TestArchitecture(t *testing.T) {
	c := &cloud{}
	require.NoError(t, c.preview(Run, map[string]string{
		"fargate-cd:services": services(service("web", `"build": {"architecture": "ARM64"}`)),
	}))
	definition, project := c.made["aws:ecs/taskDefinition:TaskDefinition web"], c.made["aws:codebuild/project:Project web-image"]
	require.Equal(t, "ARM64", definition["runtimePlatform"].(map[string]any)["cpuArchitecture"])
	require.Equal(t, "ARM_CONTAINER", project["environment"].(map[string]any)["type"])
}

func TestTag(t *testing.T) {
	c := &cloud{}
	require.NoError(t, c.preview(func(ctx *pulumi.Context) error {
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

	require.Equal(t, map[string]map[string]any{
		"aws:s3/bucketV2:BucketV2 own": {
			"tags": map[string]any{"pulumi:project": "fargate-cd", "pulumi:stack": "mine", "team": "a"},
		},
		"aws:s3/bucketV2:BucketV2 late": {
			"tags": map[string]any{"pulumi:project": "fargate-cd", "pulumi:stack": "mine", "team": "a"},
		},
		"aws:s3/bucketV2:BucketV2 none": {
			"tags": map[string]any{"pulumi:project": "fargate-cd", "pulumi:stack": "dev"},
		},
		"aws:iam/rolePolicy:RolePolicy untaggable": {"role": "r", "policy": "{}"},
	}, c.made)
}
