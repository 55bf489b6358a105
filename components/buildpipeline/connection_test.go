package buildpipeline_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/codeconnection"
	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// connected registers a pipeline whose source uses a connection of the stack with the given status.
func connected(t *testing.T, source buildpipeline.SourceSpec, status string) *enginetest.Engine {
	t.Helper()
	r := &enginetest.Engine{Functions: map[string]enginetest.Function{
		"aws:codestarconnections/getConnection:getConnection": func(map[string]any) (map[string]any, error) {
			return map[string]any{"connectionStatus": status}, nil
		},
	}}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		created, err := codeconnection.New(ctx, "git", &codeconnection.Args{
			Provider: source.Provider, Account: environment.Account{Region: pulumi.String("r").ToStringOutput()},
		})
		if err != nil {
			return err
		}
		return pipelineOf(buildpipeline.Args{Source: source, Connection: created}, nil).program(ctx)
	})
	return r
}

// A pipeline that was created with a pending connection has no webhook. It must change
// when the connection is authorized, so that CodePipeline creates the webhook.
func TestPipelineOfAPendingConnection(t *testing.T) {
	for _, filePaths := range [][]string{nil, {"api/**"}} {
		for status, waits := range map[string]bool{"PENDING": true, "AVAILABLE": false} {
			t.Run(fmt.Sprint(status, filePaths), func(t *testing.T) {
				r := connected(t, buildpipeline.SourceSpec{Provider: "Bitbucket", Repository: "acme/web", FilePaths: filePaths}, status)
				inputs := r.One(t, "codepipeline.Pipeline", "web").Inputs
				require.Equal(t, object{
					"ConnectionArn":    "arn:aws:codestarconnections:eu-central-1:111122223333:connection/git",
					"FullRepositoryId": "acme/web", "BranchName": "main", "OutputArtifactFormat": "CODE_ZIP",
					"DetectChanges": fmt.Sprint(!waits && filePaths == nil),
				}, inputs["stages"].(list)[0].(object)["actions"].(list)[0].(object)["configuration"])
				if waits || filePaths == nil {
					require.Empty(t, inputs["triggers"])
				} else {
					require.Len(t, inputs["triggers"], 1)
				}
			})
		}
	}
}

// The pipeline may use its connection, under both names of the service.
func TestRoleOfAConnection(t *testing.T) {
	r := connected(t, buildpipeline.SourceSpec{Provider: "GitLab", Repository: "acme/shop/web"}, "PENDING")
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"),
		"Allow codeconnections:UseConnection codestar-connections:UseConnection on "+
			"arn:aws:codestarconnections:eu-central-1:111122223333:connection/git arn:aws:codestarconnections:eu-central-1:111122223333:connection/git")
}

// The ARN of a connection can be an output of this or another stack. Then it is checked during the update, once it is
// known.
func TestRefusesAConnectionLater(t *testing.T) {
	r := &enginetest.Engine{}
	err := r.Run(func(ctx *pulumi.Context) error {
		other, err := sns.NewTopic(ctx, "other", nil) // its ARN is not the ARN of a connection
		require.NoError(t, err)
		source := fromGitHub
		source.ConnectionArn = other.Arn
		return pipelineOf(buildpipeline.Args{Source: source}, nil).program(ctx)
	}, nil)
	require.ErrorContains(t, err, `source.connectionArn: "arn:aws:sns:eu-central-1:111122223333:topic/other" is not allowed: the ARN of a connection to GitHub`)
	require.Empty(t, r.All("codepipeline.Pipeline"))
}
