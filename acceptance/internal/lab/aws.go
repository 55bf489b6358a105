//go:build acceptance

package lab

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codecommit"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codestarconnections"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/require"
)

// Clients are AWS's own SDK clients for one region of the emulator.
type Clients struct {
	Region       string
	ACM          *acm.Client
	AutoScaling  *applicationautoscaling.Client
	APIGateway   *apigatewayv2.Client
	CloudWatch   *cloudwatch.Client
	CodeBuild    *codebuild.Client
	CodeCommit   *codecommit.Client
	CodeDeploy   *codedeploy.Client
	CodePipeline *codepipeline.Client
	Connections  *codestarconnections.Client
	Cognito      *cognitoidentityprovider.Client
	Discovery    *servicediscovery.Client
	EC2          *ec2.Client
	ECR          *ecr.Client
	ECS          *ecs.Client
	ELB          *elasticloadbalancingv2.Client
	Events       *eventbridge.Client
	IAM          *iam.Client
	KMS          *kms.Client
	Logs         *cloudwatchlogs.Client
	Route53      *route53.Client
	S3           *s3.Client
	Scheduler    *scheduler.Client
	Secrets      *secretsmanager.Client
	SNS          *sns.Client
	WAF          *wafv2.Client
}

// newClients returns the clients for a region. They ignore the user's AWS settings and credentials.
func newClients(region string) *Clients {
	config := aws.Config{
		Region:           region,
		RetryMaxAttempts: 10, // the emulator sometimes fails to list resources while another case changes them
		BaseEndpoint:     aws.String(Endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
	return &Clients{
		Region:       region,
		ACM:          acm.NewFromConfig(config),
		AutoScaling:  applicationautoscaling.NewFromConfig(config),
		APIGateway:   apigatewayv2.NewFromConfig(config),
		CloudWatch:   cloudwatch.NewFromConfig(config), // go.mod pins a version that does not use CBOR: emulators do not support it
		CodeBuild:    codebuild.NewFromConfig(config),
		CodeCommit:   codecommit.NewFromConfig(config),
		CodeDeploy:   codedeploy.NewFromConfig(config),
		CodePipeline: codepipeline.NewFromConfig(config),
		Connections:  codestarconnections.NewFromConfig(config),
		Cognito:      cognitoidentityprovider.NewFromConfig(config),
		Discovery:    servicediscovery.NewFromConfig(config),
		EC2:          ec2.NewFromConfig(config),
		ECR:          ecr.NewFromConfig(config),
		ECS:          ecs.NewFromConfig(config),
		ELB:          elasticloadbalancingv2.NewFromConfig(config),
		Events:       eventbridge.NewFromConfig(config),
		IAM:          iam.NewFromConfig(config),
		KMS:          kms.NewFromConfig(config),
		Logs:         cloudwatchlogs.NewFromConfig(config),
		Route53:      route53.NewFromConfig(config),
		Scheduler:    scheduler.NewFromConfig(config),
		Secrets:      secretsmanager.NewFromConfig(config),
		SNS:          sns.NewFromConfig(config),
		WAF:          wafv2.NewFromConfig(config),
		// An emulator has one host name, so a bucket's name cannot be part of it.
		S3: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// Ask calls AWS's API and returns the answer. The call must succeed.
func Ask[Input, Output, Option any](
	t *testing.T, call func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) *Output {
	t.Helper()
	output, err := call(t.Context(), input)
	require.NoError(t, err)
	return output
}

// askAtEnd registers a call of AWS's API for the end of the test. The calls run in the
// reverse order of their registration. An error is only logged.
func askAtEnd[Input, Output, Option any](
	t *testing.T, call func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) {
	t.Helper()
	t.Cleanup(func() {
		if _, err := call(context.Background(), input); err != nil {
			t.Logf("cleaning up: %v", err)
		}
	})
}
