package codeconnection_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/codeconnection"
	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// account is the AWS account of the test engine.
var account = environment.Account{Region: pulumi.String(enginetest.Region).ToStringOutput()}

// status returns a test engine in which every connection has the given status.
func status(text string) *enginetest.Engine {
	return &enginetest.Engine{Functions: map[string]enginetest.Function{
		"aws:codestarconnections/getConnection:getConnection": func(map[string]any) (map[string]any, error) {
			return map[string]any{"connectionStatus": text}, nil
		},
	}}
}

func TestConnection(t *testing.T) {
	for text, pending := range map[string]bool{"PENDING": true, "AVAILABLE": false, "ERROR": false} { // AWS retries after an error
		r := status(text)
		known := make(chan any, 3)
		r.MustRun(t, func(ctx *pulumi.Context) error {
			c, err := codeconnection.New(ctx, "gitlab", &codeconnection.Args{Provider: "GitLab", Account: environment.LookupAccount(ctx)})
			if err != nil {
				return err
			}
			for _, output := range []pulumi.Output{c.Arn, c.Pending, c.SetupURL} {
				output.ApplyT(func(value any) any { known <- value; return value })
			}
			return nil
		})
		const arn = "arn:aws:codestarconnections:eu-central-1:111122223333:connection/gitlab"
		require.ElementsMatch(t, []any{
			arn, pending, "https://eu-central-1.console.aws.amazon.com/codesuite/settings/connections?region=eu-central-1",
		}, []any{<-known, <-known, <-known})
		require.Equal(t, map[string]any{"providerType": "GitLab"}, r.One(t, "codestarconnections.Connection", "gitlab").Inputs)
		require.Equal(t, map[string]int{"codestarconnections.Connection": 1}, r.Children(t, "Connection", "gitlab"))
		require.Equal(t, map[string]any{"arn": arn}, r.LastArgs["codestarconnections.getConnection"], "the status comes from AWS")
	}
}

// New refuses arguments before it registers anything. Without the account it could not form the URL of the console page.
func TestRefuses(t *testing.T) {
	for want, args := range map[string]*codeconnection.Args{
		"the arguments of Connection web are missing":                                    nil,
		`provider: "GitLabSelfManaged" is not allowed: one of GitHub, GitLab, Bitbucket`: {Provider: "GitLabSelfManaged", Account: account},
		"account: is missing: the account and the region of the stack":                   {Provider: "GitLab"},
	} {
		r := &enginetest.Engine{}
		err := r.Run(func(ctx *pulumi.Context) error {
			_, err := codeconnection.New(ctx, "web", args)
			return err
		}, nil)
		require.ErrorContains(t, err, want)
		require.Empty(t, r.Registered, "nothing is registered")
	}
}

// A connection's name has 32 characters at most, of which Pulumi's suffix takes 8.
func TestName(t *testing.T) {
	for _, provider := range codeconnection.Providers {
		require.LessOrEqual(t, len(codeconnection.Name(provider)), 24)
	}
}
