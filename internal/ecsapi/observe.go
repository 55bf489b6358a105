package ecsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// observerKey is where a Pulumi context holds the function of Observe.
type observerKey struct{}

// Observe returns a context whose clients pass every task definition that AWS describes on to a function, which may be
// called by several goroutines at once.
func Observe(ctx *pulumi.Context, seen func(context.Context, *types.TaskDefinition)) *pulumi.Context {
	return ctx.WithValue(observerKey{}, seen)
}

// observed is a client whose answers are passed on.
type observed struct {
	Client
	seen func(context.Context, *types.TaskDefinition)
}

// observe returns the client, with the observer of the context if there is one.
func observe(ctx *pulumi.Context, client Client) Client {
	if seen, given := ctx.Value(observerKey{}).(func(context.Context, *types.TaskDefinition)); given {
		return observed{Client: client, seen: seen}
	}
	return client
}

// DescribeTaskDefinition asks the client and passes the answer on.
func (o observed) DescribeTaskDefinition(
	ctx context.Context, input *ecs.DescribeTaskDefinitionInput, options ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	output, err := o.Client.DescribeTaskDefinition(ctx, input, options...)
	if err == nil && output.TaskDefinition != nil {
		o.seen(ctx, output.TaskDefinition)
	}
	return output, err
}
