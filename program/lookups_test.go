package program

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/awsapi"
	"fargate-cd/internal/enginetest"
)

// deployMany runs the program with count services and a fake ECS that returns the errors of answer.
func deployMany(t *testing.T, count int, answer func(service string) error) (*enginetest.Engine, error) {
	t.Helper()
	var all []string
	for i := range count {
		all = append(all, service(fmt.Sprintf("s%d", i), fmt.Sprintf(`"pathPatterns": ["/%d/*"]`, i)))
	}
	engine := &enginetest.Engine{Preview: true}
	return engine, engine.Run(func(ctx *pulumi.Context) error {
		return Run(awsapi.WithClient(ctx, &answering{engine, answer}))
	}, map[string]string{"fargate-cd:services": services(all...)})
}

type answering struct {
	*enginetest.Engine
	answer func(service string) error
}

func (a *answering) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, options ...func(*ecs.Options),
) (*ecs.DescribeServicesOutput, error) {
	if err := a.answer(in.Services[0]); err != nil {
		return nil, err
	}
	return a.Engine.DescribeServices(ctx, in, options...)
}

// Reading a hundred services one after another would take 10 to 20 seconds.
func TestServicesAreReadAtTheSameTime(t *testing.T) {
	var mutex sync.Mutex
	asking := 0
	together := make(chan struct{})
	engine, err := deployMany(t, maxLookups+2, func(string) error {
		mutex.Lock()
		if asking++; asking == maxLookups {
			close(together)
		}
		mutex.Unlock()
		select {
		case <-together:
			return nil
		case <-time.After(20 * time.Second):
			return errors.New("the program waits for an answer before it asks again")
		}
	})
	require.NoError(t, err)
	require.Len(t, engine.All("ecs.Service"), maxLookups+2)
	require.Equal(t, maxLookups+2, asking, "each service is read once")
}

// The message does not depend on which answer comes first, and no service is registered when one cannot be read.
func TestUnreadableServices(t *testing.T) {
	for range 3 {
		engine, err := deployMany(t, 12, func(service string) error {
			if strings.HasSuffix(service, "1") { // s1 and s11
				return errors.New("no answer for " + service)
			}
			return nil
		})
		require.ErrorContains(t, err, "reading the state of service s1 in cluster fargate-cd-test: no answer for s1\n"+
			"reading the state of service s11 in cluster fargate-cd-test: no answer for s11")
		require.Empty(t, engine.All("fargate-cd:components:FargateService"))
	}
}
