//go:build acceptance

// Package acceptance proves the program with the real AWS provider against an
// emulator of AWS's API: what a stack file gives is read back through that API,
// by AWS's own SDK and never from Pulumi's state, and compared with what the
// file's system demands; pushes are followed to the service that runs them.
//
//	go test -tags acceptance ./acceptance/...
//
// It needs the AWS provider plugin on PATH and the emulator's URL in
// AWS_ENDPOINT_URL; README.md says how to come by both. What AWS does by itself
// after a call (builds, pipelines, deployments) the emulator must play: see
// emulator_test.go. On two cores it takes about seven minutes; give a slower
// machine -timeout 20m.
package acceptance

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"fargate-cd/automation/cli"
)

// plugin is the AWS provider, which Pulumi starts by this name.
const plugin = "pulumi-resource-aws"

// endpointVariable holds the emulator's URL.
const endpointVariable = "AWS_ENDPOINT_URL"

// endpoint is the emulator's URL, the same for every case.
var endpoint = os.Getenv(endpointVariable)

// atOnce is how many cases run at the same time: they mostly wait for the
// emulator, and for the polling intervals of the provider.
const atOnce = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := ready(); err != nil {
		fmt.Fprintf(os.Stderr, "acceptance: %v\n", err)
		os.Exit(1)
	}
	if !isGiven("test.parallel") {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			fmt.Fprintf(os.Stderr, "acceptance: running %s cases at once: %v\n", atOnce, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// ready says what is missing for the suite to run, and what to do about it.
func ready() error {
	if _, err := exec.LookPath(plugin); err != nil {
		return fmt.Errorf("the AWS provider plugin %s is not on PATH: %w; "+
			"`pulumi plugin install resource aws 6.83.2` puts it into plugins/resource-aws-v6.83.2 of Pulumi's home; put that folder on PATH", plugin, err)
	}
	if endpoint == "" {
		return fmt.Errorf("%s is not set: start an emulator of AWS's API (README.md, Emulator) and set it to its URL, "+
			"such as http://127.0.0.1:5000", endpointVariable)
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(endpoint)
	if err != nil {
		return fmt.Errorf("nothing answers at %s=%s: %w; start the emulator (README.md, Emulator)", endpointVariable, endpoint, err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("asking %s: %w", endpoint, err)
	}
	if err := emulator.play(); err != nil {
		return err
	}
	// Every case needs Pulumi's CLI: obtaining it takes minutes, once, which is better seen than suspected.
	_, err = cli.Find(context.Background(), os.Stderr)
	return err
}

// isGiven tells whether the command line sets a flag.
func isGiven(name string) bool {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}
