package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"time"

	"fargate-cd/automation/signin"
)

// signInTime is the time that a person has to sign in.
const signInTime = 5 * time.Minute

// token signs a person in and writes the access token, and nothing else, to stdout.
func token(ctx context.Context, outputs map[string]any, stdout, stderr io.Writer) error {
	client, err := signin.FromOutputs(outputs)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, signInTime, errors.New("nobody signed in within 5 minutes"))
	defer cancel()
	got, err := client.Token(ctx, func(address string) {
		fmt.Fprintf(stderr, "Sign in on this page:\n%s\n", address)
		browse(ctx, address)
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, got)
	return nil
}

// browse opens the page in the person's browser, if there is one. The address is also printed.
func browse(ctx context.Context, address string) {
	command := map[string][]string{
		"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"},
	}[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open"}
	}
	opener := exec.CommandContext(ctx, command[0], append(command[1:], address)...)
	if opener.Start() == nil {
		go func() { _ = opener.Wait() }()
	}
}
