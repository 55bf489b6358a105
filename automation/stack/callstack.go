package stack

import (
	"fmt"
	"runtime/debug"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// onNewStack returns the program on a goroutine of its own, whose call stack begins with it. The SDK sends the call stack
// of each registration to the engine, which keeps it in the state (pulumi/pulumi#20430). The Automation API calls the
// program below 15 functions of its gRPC server, with long paths: they were a third of the state of 100 services.
func onNewStack(run pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		ended := make(chan error, 1)
		go func() {
			// The Automation API makes an error of a panic only if it is on its own goroutine.
			defer func() {
				if cause := recover(); cause != nil {
					ended <- fmt.Errorf("the program panicked: %v\n%s", cause, debug.Stack())
				}
			}()
			ended <- run(ctx)
		}()
		return <-ended
	}
}
