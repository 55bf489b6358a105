package apigateway

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// newStage creates the default stage, which takes over every change of the API,
// once there is something to serve.
func (g *ApiGateway) newStage(ctx *pulumi.Context, routes []pulumi.Resource) error {
	logs, err := cloudwatch.NewLogGroup(ctx, g.name+"-access", &cloudwatch.LogGroupArgs{
		// A log group with another beginning takes a place in one resource policy of 5,120 characters ("Avoiding
		// Amazon CloudWatch Logs resource policy size restrictions", Step Functions Developer Guide). The name of
		// the cluster is unique in the account and region, and so is this name.
		Name:            pulumi.String("/aws/vendedlogs/apigateway/" + g.args.Environment.Cluster()),
		RetentionInDays: pulumi.Int(g.args.LogRetentionDays),
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating log group of the API: %w", err)
	}
	format, err := deterministic.JSON(accessLog)
	if err != nil {
		return fmt.Errorf("writing the format of the access log: %w", err)
	}
	stage, err := apigatewayv2.NewStage(ctx, g.name, &apigatewayv2.StageArgs{
		ApiId:      g.api.ID(),
		Name:       pulumi.String("$default"),
		AutoDeploy: pulumi.Bool(true),
		AccessLogSettings: apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn, Format: pulumi.String(format),
		},
		DefaultRouteSettings: apigatewayv2.StageDefaultRouteSettingsArgs{
			// The quota of an account is 10,000 and 5,000: one API never takes all of it.
			ThrottlingRateLimit:  pulumi.Float64(1000),
			ThrottlingBurstLimit: pulumi.Int(500),
		},
	}, pulumi.Parent(g), pulumi.DependsOn(routes))
	if err != nil {
		return fmt.Errorf("creating stage: %w", err)
	}
	g.URL = stage.InvokeUrl
	return nil
}

// accessLog is one line of the access log; a map's keys are written in order.
var accessLog = map[string]string{
	"requestId":        "$context.requestId",
	"requestTime":      "$context.requestTime",
	"ip":               "$context.identity.sourceIp",
	"routeKey":         "$context.routeKey",
	"path":             "$context.path",
	"status":           "$context.status",
	"responseLength":   "$context.responseLength",
	"authorizerError":  "$context.authorizer.error",
	"integrationError": "$context.integrationErrorMessage",
	"latencyMs":        "$context.responseLatency",
}
