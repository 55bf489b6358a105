package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// existing is a source in a CodeCommit repository that the stack does not create.
var existing = buildpipeline.SourceSpec{
	Provider: buildpipeline.SourceCodeCommit, Repository: "shared", CodeCommitSpec: buildpipeline.CodeCommitSpec{ExistingRepository: true},
}

func TestExistingRepository(t *testing.T) {
	const arn = "arn:aws:codecommit:eu-central-1:111122223333:shared"
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: existing}, nil).program)

	require.Empty(t, r.All("codecommit.Repository"), "the stack neither creates nor deletes it")
	source := r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list)[0].(object)["actions"].(list)[0].(object)
	require.Equal(t, "shared", source["configuration"].(object)["RepositoryName"])
	require.Contains(t, r.One(t, "cloudwatch.EventRule", "web-push").Inputs["eventPattern"], arn)
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"),
		"Allow codecommit:CancelUploadArchive codecommit:GetBranch codecommit:GetCommit codecommit:GetRepository "+
			"codecommit:GetUploadArchiveStatus codecommit:UploadArchive on "+arn)
}
