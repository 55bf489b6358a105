package stack_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// options returns the options of the stack test in the sandbox, with a new state
// directory.
func options() stack.Options {
	state, err := os.MkdirTemp("", "state-")
	if err != nil {
		log.Fatal(err)
	}
	return stack.Options{
		Stack: "test", Program: program.Run, Validate: program.Validate, Place: stack.Sandbox, StateDir: state,
	}
}

// A script brings a stack up, reads its outputs, and destroys it.
func ExampleOpen() {
	ctx, o := context.Background(), options()
	defer os.RemoveAll(o.StateDir)
	s, err := stack.Open(ctx, o)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	up, err := s.Up(ctx)
	if err != nil {
		log.Fatal(err)
	}
	urls := up.Outputs["serviceUrls"].(map[string]any)
	fmt.Println("services:", len(urls), "changes:", up.Changes.Any() > 0)

	destroyed, err := s.Destroy(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("all deleted:", destroyed.Changes.Delete == up.Changes.Create)
	// Output:
	// services: 1 changes: true
	// all deleted: true
}

// Config overrides keys of the stack file, in the sandbox and in an emulator. The result lists
// the steps of a preview.
func ExampleStack_Preview() {
	ctx, o := context.Background(), options()
	defer os.RemoveAll(o.StateDir)
	o.Config = map[string]any{"natGatewayStrategy": "Single", "assignPublicIp": false}
	s, err := stack.Open(ctx, o)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	preview, err := s.Preview(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range preview.Steps {
		if step.Type == "aws:ec2/natGateway:NatGateway" {
			fmt.Println(step.Op, step.Type)
		}
	}
	// Output: create aws:ec2/natGateway:NatGateway
}

// ReadConfiguration needs neither an engine nor an account.
func ExampleReadConfiguration() {
	read, err := stack.ReadConfiguration(stack.Options{Stack: "prod"})
	if err != nil {
		log.Fatal(err)
	}
	config, err := program.Parse(read.Project, read.Stack, read.Values)
	if err != nil {
		log.Fatal(err)
	}
	for _, service := range config.Services {
		fmt.Println(service.Name, service.Deployment.Strategy)
	}
	// Output:
	// web ECSAllAtOnce
	// welcomer Rolling
}
