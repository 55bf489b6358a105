package fargateservice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// The execution role may pull a first image from Amazon ECR, even from the registry of another account.
func TestFirstImageInECR(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		Image: "999988887777.dkr.ecr.eu-west-1.amazonaws.com/team/base:1.2",
	}}}.program)
	require.Subset(t, r.One(t, "iam.RolePolicy", "web-execution").Policy(t, "policy"), []string{
		"Allow ecr:GetAuthorizationToken on *",
		"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on arn:aws:ecr:eu-west-1:999988887777:repository/team/base",
	})
}
