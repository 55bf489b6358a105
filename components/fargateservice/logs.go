package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newLogGroup creates the log group of the containers.
func (s *FargateService) newLogGroup(ctx *pulumi.Context, retentionDays int) (*cloudwatch.LogGroup, error) {
	logs, err := cloudwatch.NewLogGroup(ctx, s.name+"-logs", &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(retentionDays),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating log group: %w", err)
	}
	s.LogGroupName = logs.Name
	return logs, nil
}

// logSettings is a LogConfiguration of the Amazon ECS API.
type logSettings struct {
	LogDriver     string            `json:"logDriver"`
	Options       map[string]string `json:"options"`
	SecretOptions []secret          `json:"secretOptions,omitempty"`
}

// logConfiguration returns the log configuration of a container that logs to CloudWatch Logs.
func logConfiguration(logGroup, region, prefix string) *logSettings {
	return &logSettings{LogDriver: "awslogs", Options: map[string]string{
		"awslogs-group": logGroup, "awslogs-region": region, "awslogs-stream-prefix": prefix,
	}}
}
