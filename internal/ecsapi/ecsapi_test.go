package ecsapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

const account = "111122223333"

// mocks is an AWS provider that works in an account.
type mocks struct{ account string }

func (m mocks) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return args.Name, args.Inputs, nil
}

func (m mocks) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.NewPropertyMapFromMap(map[string]any{"accountId": m.account, "name": "eu-central-1"}), nil
}

// emulate answers as STS and ECS do, and keeps who asked: the access key, and the operation or target.
func emulate(t *testing.T, asked *[]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.ParseForm())
		_, key, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, _, _ = strings.Cut(key, "/")
		what := r.Form.Get("Action") + r.Header.Get("X-Amz-Target")
		*asked = append(*asked, key+" "+what)
		switch r.Form.Get("Action") {
		case "GetCallerIdentity":
			fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, account)
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

// describe asks for a service in a program with a configuration.
func describe(t *testing.T, provider mocks, config map[string]string) error {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		client, err := New(ctx)
		if err != nil {
			return err
		}
		found, err := client.DescribeServices(ctx.Context(), &ecs.DescribeServicesInput{Services: []string{"web"}})
		if err != nil {
			return err
		}
		require.Equal(t, "ACTIVE", aws.ToString(found.Services[0].Status))
		return nil
	}, pulumi.WithMocks("project", "stack", provider), func(info *pulumi.RunInfo) { info.Config = config })
}

// The program asks with the provider's settings. Another account's services
// would look like none, and get the bootstrap image.
func TestNew(t *testing.T) {
	var asked []string
	url := emulate(t, &asked)
	keys := map[string]string{
		"aws:region": "eu-central-1", "aws:accessKey": "KEY", "aws:secretKey": "s",
		"aws:endpoints": fmt.Sprintf(`[{"ecs": %q}, {"sts": %q}]`, url, url),
	}
	const identity, services = " GetCallerIdentity", " AmazonEC2ContainerServiceV20141113.DescribeServices"

	require.NoError(t, describe(t, mocks{account}, keys))
	require.Equal(t, []string{"KEY" + identity, "KEY" + services}, asked)

	asked = nil
	keys["aws:assumeRole"] = `{"roleArn": "arn:aws:iam::111122223333:role/deploy", "externalId": "secret"}`
	require.NoError(t, describe(t, mocks{account}, keys))
	require.Equal(t, []string{"KEY AssumeRole", "ROLE" + identity, "ROLE" + services}, asked)

	asked = nil
	err := describe(t, mocks{"444455556666"}, keys)
	require.ErrorContains(t, err, "the AWS provider works in account 444455556666 and the program's own credentials in 111122223333")
	require.NotContains(t, asked, "ROLE"+services, "nothing is asked of another account")

	keys["aws:assumeRole"] = `[]`
	require.ErrorContains(t, describe(t, mocks{account}, keys), "reading the configuration aws:assumeRole: ")

	delete(keys, "aws:assumeRole")
	keys["aws:region"] = "eu-west-1"
	require.ErrorContains(t, describe(t, mocks{account}, keys),
		`the AWS provider works in region eu-central-1 and the program itself in "eu-west-1"`)
}
