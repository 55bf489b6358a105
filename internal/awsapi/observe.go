package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// observerKey is the context key of the function that Observe sets.
type observerKey struct{}

// Observe returns a context in which the clients of New call seen with every task definition that AWS returns. Several
// goroutines may call seen at the same time.
func Observe(ctx *pulumi.Context, seen func(context.Context, *types.TaskDefinition)) *pulumi.Context {
	return ctx.WithValue(observerKey{}, seen)
}

// observed is a client that passes each task definition that it reads to seen.
type observed struct {
	Client
	seen func(context.Context, *types.TaskDefinition)
}

// observe returns the client. If the context has an observer, it wraps the client in observed.
func observe(ctx *pulumi.Context, client Client) Client {
	if seen, given := ctx.Value(observerKey{}).(func(context.Context, *types.TaskDefinition)); given {
		return observed{Client: client, seen: seen}
	}
	return client
}

// DescribeTaskDefinition calls the client, and passes the task definition to seen.
func (o observed) DescribeTaskDefinition(
	ctx context.Context, input *ecs.DescribeTaskDefinitionInput, options ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	output, err := o.Client.DescribeTaskDefinition(ctx, input, options...)
	if err == nil && output.TaskDefinition != nil {
		o.seen(ctx, output.TaskDefinition)
	}
	return output, err
}
