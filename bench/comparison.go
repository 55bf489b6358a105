package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// The comparison needs the URL of an emulator in this environment variable, and this
// plugin on PATH.
const (
	endpointVariable = "AWS_ENDPOINT_URL"
	plugin           = "pulumi-resource-aws"
)

// comparisonText is the text of the section. Its parameters are the version of
// Terraform's provider, the number of runs, and the table.
const comparisonText = "The system of `examples/s4-manual-reroute`, and the same system as a Terraform configuration (`bench/s4-terraform`), on the\n" +
	"same emulator in the same run. The two sides take turns in each step, with the default settings of their tools. Each side\n" +
	"makes one plan before the measurement, so that neither pays for the first reads of the machine and the emulator. Both sides\n" +
	"run the code of the AWS provider's major version 5: ours in `pulumi-resource-aws`, Terraform's is %s.\n\n" +
	"Times are medians, with the fastest run in parentheses (runs: %d). Memory is the highest resident memory of all processes of a\n" +
	"command together. A ratio is ours to Terraform's: below 1, ours is faster or smaller. By default our commands do not refresh,\n" +
	"and Terraform's do. So Terraform gets `-refresh=false` in both steps with *nothing changed*, and *refresh and plan* compares\n" +
	"our `preview --refresh` with Terraform's plain `plan`. The times to create and destroy are mostly the provider's waiting\n" +
	"intervals.\n\n" +
	"%s"

// step is a command line of each side. Both sides run a step before the next one.
type step struct {
	name            string
	ours, terraform []string
	creates         bool // creates the resources
	destroys        bool // deletes all resources
	unchanged       bool // must change no resource
}

func (b *bench) steps(name string) []step {
	ours := func(command string, args ...string) []string {
		common := []string{b.command, command, "--stack", name, "--config-file", "Pulumi." + name + ".yaml", "--json"}
		return append(common, args...)
	}
	terraform := func(command string, args ...string) []string {
		common := []string{"terraform", command, "-no-color", "-input=false", "-var=name=" + name + "-tf"}
		return append(common, args...)
	}
	apply := func(args ...string) []string { return terraform("apply", append(args, "-auto-approve")...) }
	steps := []step{{name: "plan of everything", ours: ours("preview"), terraform: terraform("plan")}}
	if b.short {
		return steps
	}
	return append(steps,
		step{name: "create everything", ours: ours("up"), terraform: apply(), creates: true},
		step{name: "plan, nothing changed", ours: ours("preview"), terraform: terraform("plan", "-refresh=false"), unchanged: true},
		step{name: "apply, nothing changed", ours: ours("up"), terraform: apply("-refresh=false"), unchanged: true},
		step{name: "refresh", ours: ours("refresh"), terraform: apply("-refresh-only"), unchanged: true},
		step{name: "refresh and plan", ours: ours("preview", "--refresh"), terraform: terraform("plan"), unchanged: true},
		step{name: "destroy everything", ours: ours("destroy"), terraform: terraform("destroy", "-auto-approve"), destroys: true},
	)
}

// comparison runs system S4 as this project's example and as a Terraform
// configuration, step by step in turn, on the same emulator.
func (b *bench) comparison(ctx context.Context) (text string, err error) {
	if err := missing(); err != nil {
		return "", err
	}
	// Each run has a new name, because an earlier run may have left resources in the emulator.
	name := fmt.Sprintf("s4-%04x", time.Now().UnixMilli()&0xffff)
	ours, err := b.prepareOurs(name)
	if err != nil {
		return "", err
	}
	terraform, err := b.prepareTerraform(ctx)
	if err != nil {
		return "", err
	}
	steps := b.steps(name)
	progress("planning once, without measuring")
	_, oursErr := ours.do(ctx, steps[0].ours, false)
	_, terraformErr := terraform.do(ctx, steps[0].terraform, false)
	if err := errors.Join(oursErr, terraformErr); err != nil {
		return "", err
	}
	results := make([]stepResult, len(steps))
	left := false // whether the steps so far have left resources
	defer func() {
		if left {
			last := steps[len(steps)-1]
			_, oursErr := ours.do(context.WithoutCancel(ctx), last.ours, false)
			_, terraformErr := terraform.do(context.WithoutCancel(ctx), last.terraform, false)
			err = errors.Join(err, oursErr, terraformErr)
		}
	}()
	for run := range b.runs {
		for i, s := range steps {
			left = left || s.creates
			first := func() error { return results[i].ours.measure(ctx, ours, s.ours, s.unchanged) }
			second := func() error { return results[i].terraform.measure(ctx, terraform, s.terraform, s.unchanged) }
			if run%2 == 1 { // the sides take turns in going first
				first, second = second, first
			}
			if err := errors.Join(first(), second()); err != nil {
				return "", fmt.Errorf("%s: %w", s.name, err)
			}
			left = left && !s.destroys
			progress("%s, run %d of %d: %s, Terraform %s", s.name, run+1, b.runs,
				seconds(results[i].ours.last()), seconds(results[i].terraform.last()))
		}
	}
	return describe(steps, results, providerVersion(ctx, terraform.dir)), nil
}

// missing returns an error that names what the comparison lacks on this machine, or nil.
func missing() error {
	for _, tool := range []string{"terraform", plugin} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: %s is not on PATH", errMissing, tool)
		}
	}
	endpoint := os.Getenv(endpointVariable)
	if endpoint == "" {
		return fmt.Errorf("%w: an emulator of AWS's API, whose URL is in %s", errMissing, endpointVariable)
	}
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Get(endpoint)
	if err != nil {
		return fmt.Errorf("%w: nothing answers at %s: %w", errMissing, endpointVariable, err)
	}
	return answer.Body.Close()
}

// series holds the measured values of one side for a step, in the order of the runs.
type series struct {
	walls    []time.Duration
	memories []int64
	output   string // of the latest run
}

func (s *series) measure(ctx context.Context, on side, args []string, unchanged bool) error {
	m, err := on.do(ctx, args, unchanged)
	s.walls, s.memories, s.output = append(s.walls, m.wall), append(s.memories, m.memory), m.output
	return err
}

func (s *series) last() time.Duration { return s.walls[len(s.walls)-1] }

// stepResult holds the measured values of both sides for a step.
type stepResult struct{ ours, terraform series }

// describe returns the section's text: a table of all steps, and the numbers of created resources.
func describe(steps []step, results []stepResult, provider string) string {
	header := []string{"", "fargate-cd", "Terraform", "ratio", "our memory", "Terraform's", "ratio"}
	var rows [][]string
	var created string
	for i, s := range steps {
		ours, terraform := results[i].ours, results[i].terraform
		oursMemory, terraformMemory := median(ours.memories), median(terraform.memories)
		rows = append(rows, []string{
			s.name, spread(ours.walls), spread(terraform.walls), ratio(median(ours.walls), median(terraform.walls)),
			mebibytes(oursMemory), mebibytes(terraformMemory), ratio(oursMemory, terraformMemory),
		})
		if s.creates {
			created = fmt.Sprintf("\nWe create %s resources, which include the stack and its components; Terraform creates %s.\n",
				oursCreated(ours.output), terraformCreated(terraform.output))
		}
	}
	return fmt.Sprintf(comparisonText, provider, len(results[0].ours.walls), table(header, rows)) + created
}
