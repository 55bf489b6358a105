package awsapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/awsapi"
	"fargate-cd/internal/enginetest"
)

// emulate starts a server that responds like STS and ECS, and returns its URL. It appends the access key and the
// operation or target of each request to calls.
func emulate(t *testing.T, calls *[]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.ParseForm())
		_, key, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, _, _ = strings.Cut(key, "/")
		operation := r.Form.Get("Action") + r.Header.Get("X-Amz-Target")
		*calls = append(*calls, key+" "+operation)
		switch r.Form.Get("Action") {
		case "GetCallerIdentity":
			fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, enginetest.AccountID)
		case "AssumeRole":
			require.Equal(t, "arn:aws:iam::111122223333:role/deploy", r.Form.Get("RoleArn"))
			require.Equal(t, "secret", r.Form.Get("ExternalId"))
			fmt.Fprint(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
				`<SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
		default:
			fmt.Fprint(w, `{"services": [{"serviceName": "web", "status": "ACTIVE"}]}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// describe runs a program that calls DescribeServices, with a provider of the given account and the given configuration.
func describe(t *testing.T, account string, config map[string]string) error {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
	engine := &enginetest.Engine{Functions: map[string]enginetest.Function{
		"aws:index/getCallerIdentity:getCallerIdentity": func(map[string]any) (map[string]any, error) {
			return map[string]any{"accountId": account}, nil
		},
	}}
	return pulumi.RunErr(func(ctx *pulumi.Context) error { // not engine.Run, which sets the client
		client, err := awsapi.New(ctx)
		if err != nil {
			return err
		}
		output, err := client.DescribeServices(ctx.Context(), &ecs.DescribeServicesInput{Services: []string{"web"}})
		if err != nil {
			return err
		}
		require.Equal(t, "ACTIVE", aws.ToString(output.Services[0].Status))
		return nil
	}, pulumi.WithMocks(enginetest.Project, enginetest.Stack, engine), func(info *pulumi.RunInfo) { info.Config = config })
}

// The client uses the provider's settings. In another account the program would not find
// an existing service, and would deploy the bootstrap image.
func TestNew(t *testing.T) {
	var calls []string
	url := emulate(t, &calls)
	keys := map[string]string{
		"aws:region": "eu-central-1", "aws:accessKey": "KEY", "aws:secretKey": "s",
		"aws:endpoints": fmt.Sprintf(`[{"ecs": %q}, {"sts": %q}]`, url, url),
	}
	const identity, services = " GetCallerIdentity", " AmazonEC2ContainerServiceV20141113.DescribeServices"

	require.NoError(t, describe(t, enginetest.AccountID, keys))
	require.Equal(t, []string{"KEY" + identity, "KEY" + services}, calls)

	calls = nil
	keys["aws:assumeRole"] = `{"roleArn": "arn:aws:iam::111122223333:role/deploy", "externalId": "secret"}`
	require.NoError(t, describe(t, enginetest.AccountID, keys))
	require.Equal(t, []string{"KEY AssumeRole", "ROLE" + identity, "ROLE" + services}, calls)

	calls = nil
	err := describe(t, "444455556666", keys)
	require.ErrorContains(t, err, "the AWS provider uses account 444455556666, but the program's own credentials are of account 111122223333")
	require.NotContains(t, calls, "ROLE"+services, "no call to ECS in another account")

	keys["aws:assumeRole"] = `[]`
	require.ErrorContains(t, describe(t, enginetest.AccountID, keys), "reading the configuration aws:assumeRole: ")

	delete(keys, "aws:assumeRole")
	keys["aws:region"] = "eu-west-1"
	require.ErrorContains(t, describe(t, enginetest.AccountID, keys),
		`the AWS provider uses region eu-central-1, but the program itself uses "eu-west-1"`)
}
