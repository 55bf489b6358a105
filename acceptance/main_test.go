//go:build acceptance

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

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/automation/cli"
	"fargate-cd/internal/providers"
)

// atOnce is the number of cases that run in parallel. A case mostly waits for the
// emulator and for the polling intervals of the provider.
const atOnce = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := prepare(); err != nil {
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

// prepare checks that the provider plugin and the emulator are available, starts the
// emulator's simulation, and finds or installs Pulumi's CLI. Its errors say what is
// missing and how to fix it.
func prepare() error {
	if _, err := exec.LookPath(lab.Plugin); err != nil {
		return fmt.Errorf("the AWS provider plugin %[1]s is not on PATH: %[2]w; `pulumi plugin install resource aws %[3]s` installs it in "+
			"plugins/resource-aws-v%[3]s of Pulumi's home; put that folder on PATH", lab.Plugin, err, providers.AWS)
	}
	if lab.Endpoint == "" {
		return fmt.Errorf("%s is not set: start an emulator of AWS's API (README.md, Emulator) and set it to its URL, "+
			"such as http://127.0.0.1:5555", lab.EndpointVariable)
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(lab.Endpoint)
	if err != nil {
		return fmt.Errorf("nothing answers at %s=%s: %w; start the emulator (README.md, Emulator)", lab.EndpointVariable, lab.Endpoint, err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("calling %s: %w", lab.Endpoint, err)
	}
	if err := lab.Play(); err != nil {
		return err
	}
	// Every case needs Pulumi's CLI. Its first installation takes minutes, so it happens here, with visible progress.
	_, err = cli.Find(context.Background(), os.Stderr)
	return err
}

// isGiven reports whether the command line sets a flag.
func isGiven(name string) bool {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}
