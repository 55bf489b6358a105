package program

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// previewOutputs returns the outputs of a preview, and the names of those that are secret.
func previewOutputs(t *testing.T, config map[string]string) (known map[string]any, secret []string) {
	t.Helper()
	require.NoError(t, preview(&enginetest.Engine{}, func(ctx *pulumi.Context) error {
		loaded, err := Load(ctx)
		require.NoError(t, err)
		outputs, err := Deploy(ctx, loaded)
		for name, value := range outputs {
			if output, ok := value.(pulumi.Output); ok && pulumi.IsSecret(output) {
				secret = append(secret, name)
			}
		}
		outputs.ToMapOutput().ApplyT(func(all map[string]any) any {
			known = all
			return nil
		})
		return err
	}, config))
	return known, secret
}

// Outputs that do not apply to the configuration of a stack are absent.
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
			got, secret := previewOutputs(t, test.config)
			require.Equal(t, test.want, got)
			require.Empty(t, secret)
		})
	}
}

// A service that only the API reaches has a URL of the API. The state encrypts the secret of the machine client.
func TestOutputsOfAnAPI(t *testing.T) {
	got, secret := previewOutputs(t, map[string]string{
		"fargate-cd:listenerPort": "8000", "fargate-cd:testListenerPort": "8080", "fargate-cd:apiDomainPrefix": "my-api",
		"fargate-cd:testIngressCidrBlocks": `["203.0.113.0/24"]`,
		"fargate-cd:services": services(
			service("a", `"priority": 1, "pathPatterns": ["/a/*", "/b"], "api": {"publicListener": true, "scopes": ["a/read"]}`),
			service("b", `"deployment": {"strategy": "ECSAllAtOnce"}, "pathPatterns": ["/b/x"]`),
			service("c", `"priority": 2, "deployment": {"strategy": "ECSAllAtOnce"}, "pathPatterns": ["/c/*"], "api": {}`),
			service("d", `"priority": 3, "api": {"routeKeys": ["GET /d"]}`),
		),
	})
	require.Equal(t, map[string]any{
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
	}, got)
	require.Equal(t, []string{"machineClientSecret"}, secret)
}
