// Package awsapi calls the APIs of Amazon ECS and Elastic Load Balancing. The functions of the Pulumi provider return
// neither a service's status, deployments and task sets, nor the rules of a listener.
package awsapi

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	provider "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/concurrent"
)

// Client has the operations of Amazon ECS and Elastic Load Balancing that the program calls. Most of them only read.
// UpdateService makes the changes of a running service that the provider cannot make: other capacity providers, a first
// load balancer, and Service Connect after ECS has rolled it back.
type Client interface {
	// DescribeServices needs ecs:DescribeServices.
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	// DescribeTaskDefinition needs ecs:DescribeTaskDefinition.
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
	// UpdateService needs ecs:UpdateService.
	UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error)
	// DescribeRules needs elasticloadbalancing:DescribeRules. The program calls it for another stack's load balancers.
	DescribeRules(context.Context, *elb.DescribeRulesInput, ...func(*elb.Options)) (*elb.DescribeRulesOutput, error)
	// DescribeTags needs elasticloadbalancing:DescribeTags. The program calls it for the same rules.
	DescribeTags(context.Context, *elb.DescribeTagsInput, ...func(*elb.Options)) (*elb.DescribeTagsOutput, error)
}

// clients implements Client with the SDK's clients of both AWS services.
type clients struct {
	*ecs.Client
	balancers *elb.Client
}

// DescribeRules returns the rules of a listener.
func (c clients) DescribeRules(ctx context.Context, in *elb.DescribeRulesInput, options ...func(*elb.Options)) (*elb.DescribeRulesOutput, error) {
	return c.balancers.DescribeRules(ctx, in, options...)
}

// DescribeTags returns the tags of rules.
func (c clients) DescribeTags(ctx context.Context, in *elb.DescribeTagsInput, options ...func(*elb.Options)) (*elb.DescribeTagsOutput, error) {
	return c.balancers.DescribeTags(ctx, in, options...)
}

// key is the context key of the client that WithClient sets.
type key struct{}

// WithClient returns a context in which New returns the given client.
func WithClient(ctx *pulumi.Context, client Client) *pulumi.Context {
	return ctx.WithValue(key{}, client)
}

// NewForEndpoint returns a client for an emulator of the AWS API at the given URL.
func NewForEndpoint(endpoint, region, accessKeyID, secretAccessKey string) Client {
	keys := credentials.NewStaticCredentialsProvider(accessKeyID, secretAccessKey, "")
	return clients{
		ecs.New(ecs.Options{Region: region, BaseEndpoint: aws.String(endpoint), Credentials: keys}),
		elb.New(elb.Options{Region: region, BaseEndpoint: aws.String(endpoint), Credentials: keys}),
	}
}

// New returns the client that WithClient has set. By default it returns a client with the
// settings of the default AWS provider: the keys of the namespace aws in the stack's
// configuration, and AWS's usual environment variables and files.
//
// New fails if the client's account or region differs from the account or region of the
// provider in opts. In another account or region the program would not find an existing
// service, and would deploy the bootstrap image.
func New(ctx *pulumi.Context, opts ...pulumi.InvokeOption) (Client, error) {
	if client, given := ctx.Value(key{}).(Client); given {
		return observe(ctx, client), nil
	}
	s, err := readSettings(ctx)
	if err != nil {
		return nil, err
	}
	loaded, err := s.load(ctx.Context())
	if err != nil {
		return nil, fmt.Errorf("loading the AWS settings: %w", err)
	}
	var providerIdentity *provider.GetCallerIdentityResult
	var providerRegion *provider.GetRegionResult
	var identity *sts.GetCallerIdentityOutput
	errs := concurrent.Run(3,
		func() (err error) { providerIdentity, err = provider.GetCallerIdentity(ctx, nil, opts...); return err },
		func() (err error) { providerRegion, err = provider.GetRegion(ctx, nil, opts...); return err },
		func() (err error) {
			identity, err = s.sts(loaded).GetCallerIdentity(ctx.Context(), &sts.GetCallerIdentityInput{})
			return err
		},
	)
	switch { // only the first error: all three often have the same cause
	case errs[0] != nil:
		return nil, fmt.Errorf("reading the account of the AWS provider: %w", errs[0])
	case errs[1] != nil:
		return nil, fmt.Errorf("reading the region of the AWS provider: %w", errs[1])
	case providerRegion.Name != loaded.Region:
		return nil, fmt.Errorf("the AWS provider uses region %s, but the program itself uses %q: set the region of both by the "+
			"configuration aws:region", providerRegion.Name, loaded.Region)
	case errs[2] != nil:
		return nil, fmt.Errorf("reading the account of the program's own credentials: %w", errs[2])
	case aws.ToString(identity.Account) != providerIdentity.AccountId:
		return nil, fmt.Errorf("the AWS provider uses account %s, but the program's own credentials are of account %s: "+
			"set the credentials of both by the configuration aws:profile or by environment variables such as AWS_PROFILE",
			providerIdentity.AccountId, aws.ToString(identity.Account))
	}
	return observe(ctx, clients{
		ecs.NewFromConfig(loaded, func(o *ecs.Options) { o.BaseEndpoint = s.endpoint("ecs", o.BaseEndpoint) }),
		elb.NewFromConfig(loaded, func(o *elb.Options) { o.BaseEndpoint = s.endpoint("elbv2", o.BaseEndpoint) }),
	}), nil
}

// sts returns an STS client with the resolved settings.
func (s *settings) sts(loaded aws.Config) *sts.Client {
	return sts.NewFromConfig(loaded, func(o *sts.Options) { o.BaseEndpoint = s.endpoint("sts", o.BaseEndpoint) })
}

// load resolves the settings as the AWS provider does: static keys take precedence over
// a profile, and either can assume a role.
func (s *settings) load(ctx context.Context) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(s.Region),
		config.WithSharedConfigProfile(s.Profile),
	}
	if len(s.SharedConfigFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(s.SharedConfigFiles))
	}
	if len(s.SharedCredentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(s.SharedCredentialsFiles))
	}
	if s.AccessKey != "" {
		options = append(options, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, s.Token)))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, err
	}
	if web := s.AssumeRoleWithWebIdentity; web.RoleArn != "" {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(s.sts(loaded), web.RoleArn, web,
			func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = web.SessionName }))
	}
	if role := s.AssumeRole; role != nil {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(s.sts(loaded), role.RoleArn,
			func(o *stscreds.AssumeRoleOptions) {
				if role.ExternalID != "" {
					o.ExternalID = aws.String(role.ExternalID)
				}
				if role.SessionName != "" {
					o.RoleSessionName = role.SessionName
				}
			}))
	}
	return loaded, nil
}
