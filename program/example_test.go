package program_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// A script runs the program on a stack in the sandbox. With the place stack.AWS and without a state directory, the
// stack is in AWS.
func ExampleRun() {
	ctx := context.Background()
	state, err := os.MkdirTemp("", "state-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(state)
	s, err := stack.Open(ctx, stack.Options{
		Stack: "test", Program: program.Run, Validate: program.Validate, Place: stack.Sandbox, StateDir: state,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	result, err := s.Preview(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Command, result.Result)
	// Output: preview succeeded
}

// Parse needs no engine: a script can check a configuration, or read it with all its defaults.
func ExampleParse() {
	config, err := program.Parse("fargate-cd", "dev", map[string]string{
		"fargate-cd:services": `[{"name": "web", "source": {"provider": "CodeCommit", "repository": "web"}}]`,
	})
	if err != nil {
		log.Fatal(err)
	}
	web := config.Services[0]
	fmt.Println(web.Cpu, web.Memory, web.Deployment.Strategy)

	_, err = program.Parse("fargate-cd", "dev", map[string]string{"fargate-cd:listenerPort": "70000"})
	fmt.Println(err)
	// Output:
	// 256 512 Rolling
	// the configuration has 2 problems:
	//   - fargate-cd:listenerPort: 70000 is not allowed: a whole number from 1 to 65535
	//   - fargate-cd:services: is missing: a list of services, each with a name and a source
}
