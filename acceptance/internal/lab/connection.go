//go:build acceptance

package lab

import (
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/stretchr/testify/require"
)

// Connection returns the ARN of the connection through which the pipeline reads the repository.
func (d *Delivery) Connection() string {
	d.t.Helper()
	name := d.pipeline()
	pipeline := Ask(d.t, d.CodePipeline.GetPipeline, &codepipeline.GetPipelineInput{Name: &name}).Pipeline
	return pipeline.Stages[0].Actions[0].Configuration["ConnectionArn"]
}

// Authorize authorizes a connection, as a person does in the console.
func (d *Delivery) Authorize(connection string) {
	d.t.Helper()
	require.NoError(d.t, post("connection-state", map[string]string{"arn": connection, "status": "AVAILABLE", "region": d.Region}, nil))
}
