//go:build acceptance

package lab

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"fargate-cd/internal/buildtest"
)

// RunBuild runs a project's buildspec as CodeBuild runs it in a pipeline; see [buildtest.Run].
func RunBuild(t *testing.T, project types.Project, secret string, environ map[string]string) buildtest.Build {
	t.Helper()
	return buildtest.Run(t, buildtest.Project{
		Name: aws.ToString(project.Name), Buildspec: aws.ToString(project.Source.Buildspec), Variables: variables(project),
	}, secret, environ)
}

// Variable returns the value of an environment variable of a project.
func Variable(project types.Project, name string) string {
	if value, ok := variables(project)[name]; ok {
		return value
	}
	return fmt.Sprintf("(the project has no variable %s)", name)
}

// variables returns the environment variables of a project.
func variables(project types.Project) map[string]string {
	all := map[string]string{}
	for _, each := range project.Environment.EnvironmentVariables {
		all[aws.ToString(each.Name)] = aws.ToString(each.Value)
	}
	return all
}
