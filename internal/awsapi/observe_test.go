package awsapi

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"
)

// answering is a client that returns the same result for every call.
type answering struct {
	Client
	output *ecs.DescribeTaskDefinitionOutput
	err    error
}

func (a answering) DescribeTaskDefinition(
	context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	return a.output, a.err
}

// The observer and the program get the same task definition. The observer gets no failed call.
func TestObserved(t *testing.T) {
	var seen []string
	note := func(_ context.Context, definition *types.TaskDefinition) {
		seen = append(seen, aws.ToString(definition.Family))
	}
	answer := &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{Family: aws.String("web")}}
	got, err := observed{answering{output: answer}, note}.DescribeTaskDefinition(t.Context(), nil)
	require.NoError(t, err)
	require.Same(t, answer, got)
	require.Equal(t, []string{"web"}, seen)

	_, err = observed{answering{err: errors.New("throttled")}, note}.DescribeTaskDefinition(t.Context(), nil)
	require.ErrorContains(t, err, "throttled")
	require.Len(t, seen, 1)
}
