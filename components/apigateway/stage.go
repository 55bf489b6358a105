package apigateway

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// StageName is the name of the stage of an ApiGateway.
const StageName = "$default"

// newStage creates the default stage after the routes. The stage deploys every change
// of the API automatically.
func (g *ApiGateway) newStage(ctx *pulumi.Context, routes []pulumi.Resource) error {
	logs, err := cloudwatch.NewLogGroup(ctx, g.name+"-access", &cloudwatch.LogGroupArgs{
		// Log groups without this prefix use space in one resource policy of 5,120 characters ("Avoiding Amazon
		// CloudWatch Logs resource policy size restrictions", Step Functions Developer Guide). The name is unique in the
		// account and region.
		Name:            pulumi.String("/aws/vendedlogs/apigateway/" + g.args.Environment.FixedName()),
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
		Name:       pulumi.String(StageName),
		AutoDeploy: pulumi.Bool(true),
		AccessLogSettings: apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn, Format: pulumi.String(format),
		},
		DefaultRouteSettings: apigatewayv2.StageDefaultRouteSettingsArgs{
			// The quotas of an account are 10,000 and 5,000. With these limits one API cannot exhaust them.
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

// accessLog is the format of a line in the access log. JSON sorts the keys of a map.
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
