package fargateservice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems"
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

func TestFirstImageWithoutInternet(t *testing.T) {
	for name, test := range map[string]struct{ image, want string }{
		"in ECR":        {image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web@sha256:0"},
		"in ECR, China": {image: "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/web:1"},
		"none":          {want: "p.image: is missing: an image in a private registry of Amazon ECR"},
		"public":        {image: "public.ecr.aws/docker/library/httpd:2.4", want: `p.image: "public.ecr.aws/docker/library/httpd:2.4" is not allowed: an image in a private registry`},
		"no tag":        {image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web", want: "with its tag or digest"},
	} {
		t.Run(name, func(t *testing.T) {
			var found, elsewhere problems.List
			spec := fargateservice.Spec{Image: test.image}
			spec.ValidateImages("p.", true, &found)
			spec.ValidateImages("p.", false, &elsewhere)
			require.NoError(t, elsewhere.Err())
			if test.want == "" {
				require.NoError(t, found.Err())
			} else {
				require.ErrorContains(t, found.Err(), test.want)
			}
		})
	}
}
