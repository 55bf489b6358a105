// Package codeconnection creates connections of AWS CodeConnections, through which pipelines read the repositories of a Git
// provider.
package codeconnection

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codestarconnections"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:Connection"

// Providers lists the Git providers to which New can create a connection. A connection to a self-managed server also
// needs a host ("Connection", AWS CodeConnections API Reference), so the program only uses such a connection by its
// ARN.
var Providers = []string{"GitHub", "GitLab", "Bitbucket"}

// pending is the status of a connection that no person has authorized yet.
const pending = "PENDING"

// Args are the inputs of a Connection.
type Args struct {
	// Provider is the Git provider: GitHub, GitLab or Bitbucket. Required.
	Provider string
	// Account is the account and the region of the stack: that of an Environment, or environment.LookupAccount. Required.
	Account environment.Account
}

// Connection is a connection to a Git provider. All pipelines of a stack that read repositories of the provider share it.
type Connection struct {
	pulumi.ResourceState

	// Arn is the ARN of the connection.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Pending reports whether a person must still authorize the connection. The program reads the status from AWS in
	// each update, because Pulumi's state holds the status at the time of creation.
	Pending pulumi.BoolOutput `pulumi:"pending"`
	// SetupURL is the URL of the console page where a person authorizes the connection.
	SetupURL pulumi.StringOutput `pulumi:"setupUrl"`
}

// New registers a Connection. A connection that a program creates is pending until a person authorizes it in the console
// ("Update a pending connection", Developer Tools console User Guide).
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Connection, error) {
	if args == nil {
		return nil, errors.New("the arguments of Connection " + name + " are missing")
	}
	var found problems.List
	found.OneOf("provider", args.Provider, Providers...)
	if args.Account == (environment.Account{}) {
		found.Missing("account", "the account and the region of the stack")
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	c := &Connection{}
	if err := ctx.RegisterComponentResource(typeToken, name, c, opts...); err != nil {
		return nil, fmt.Errorf("registering connection %s: %w", name, err)
	}
	created, err := codestarconnections.NewConnection(ctx, name, &codestarconnections.ConnectionArgs{
		ProviderType: pulumi.String(args.Provider),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("creating the connection to %s: %w", args.Provider, err)
	}
	c.Arn = created.Arn
	region := args.Account.Region
	c.SetupURL = pulumi.Sprintf("https://%s.console.aws.amazon.com/codesuite/settings/connections?region=%s", region, region)
	status := codestarconnections.LookupConnectionOutput(ctx, codestarconnections.LookupConnectionOutputArgs{
		Arn: created.Arn.ToStringPtrOutput(),
	}, pulumi.Parent(c)).ConnectionStatus()
	c.Pending = pulumi.All(status, created.Name, c.SetupURL).ApplyT(func(known []any) (bool, error) {
		if known[0] != pending {
			return false, nil
		}
		return true, ctx.Log.Warn(fmt.Sprintf("The connection %s to %s waits for a person, and no push starts a pipeline until then. "+
			"Open %s, choose the connection and Update pending connection, then run up again.", known[1], args.Provider, known[2]),
			&pulumi.LogArgs{Resource: c})
	}).(pulumi.BoolOutput)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "pending": c.Pending, "setupUrl": c.SetupURL})
}

// Name returns the name of the component for a provider. The name of the connection in AWS begins with it. It is short,
// because the name of a connection has at most 32 characters.
func Name(provider string) string { return strings.ToLower(provider) }
