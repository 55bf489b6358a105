package stack

import (
	"fmt"
	"runtime/debug"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// onNewStack returns a program that runs run on a new goroutine, so that its call stack begins with run. The SDK sends
// the call stack of each registration to the engine, which keeps it in the state (pulumi/pulumi#20430). The Automation
// API calls the program through 15 functions of its gRPC server, whose long paths were a third of the state of 100
// services.
func onNewStack(run pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		ended := make(chan error, 1)
		go func() {
			// The Automation API turns a panic into an error only on its own goroutine.
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
