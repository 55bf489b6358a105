//go:build acceptance

package acceptance

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codecommit"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// clients are AWS's API in one region of the emulator.
type clients struct {
	region       string
	apigateway   *apigatewayv2.Client
	cloudwatch   *cloudwatch.Client
	codebuild    *codebuild.Client
	codecommit   *codecommit.Client
	codedeploy   *codedeploy.Client
	codepipeline *codepipeline.Client
	cognito      *cognitoidentityprovider.Client
	ec2          *ec2.Client
	ecr          *ecr.Client
	ecs          *ecs.Client
	elb          *elasticloadbalancingv2.Client
	events       *eventbridge.Client
	iam          *iam.Client
	kms          *kms.Client
	logs         *cloudwatchlogs.Client
	s3           *s3.Client
}

// newClients never looks for the user's own settings or credentials.
func newClients(region string) *clients {
	config := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
	return &clients{
		region:       region,
		apigateway:   apigatewayv2.NewFromConfig(config),
		cloudwatch:   cloudwatch.NewFromConfig(config), // go.mod has a version before CBOR, which emulators lack
		codebuild:    codebuild.NewFromConfig(config),
		codecommit:   codecommit.NewFromConfig(config),
		codedeploy:   codedeploy.NewFromConfig(config),
		codepipeline: codepipeline.NewFromConfig(config),
		cognito:      cognitoidentityprovider.NewFromConfig(config),
		ec2:          ec2.NewFromConfig(config),
		ecr:          ecr.NewFromConfig(config),
		ecs:          ecs.NewFromConfig(config),
		elb:          elasticloadbalancingv2.NewFromConfig(config),
		events:       eventbridge.NewFromConfig(config),
		iam:          iam.NewFromConfig(config),
		kms:          kms.NewFromConfig(config),
		logs:         cloudwatchlogs.NewFromConfig(config),
		// An emulator is one host: a bucket cannot be part of its name.
		s3: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}
