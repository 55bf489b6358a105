package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// awsTimesText takes the two scales, and the table.
const awsTimesText = "The first `up` in the sandbox with `--latency`, which makes it as slow as AWS typically is\n" +
	"(`automation/sandbox/creationtimes.go`), times a factor. *Longest chain* is what AWS takes for the resources of which each is\n" +
	"created after the one before it: no `up` can be faster. A test keeps it within 5 %% of what AWS's own rules require\n" +
	"(`automation/stack/chain_test.go`).\n\n" +
	"The times at the factors %v and %v give two numbers. *Waiting* is the part that grows with AWS's times, as if the factor were\n" +
	"1. *Own work* is the rest: the Pulumi CLI, the engine, the program and the sandbox. The ratio is of both together to the\n" +
	"longest chain.\n\n%s"

// timedSystems are the stack files that are brought up with AWS's times.
var timedSystems = []struct{ name, file string }{
	{"S4", example},
	{"test", "Pulumi.test.yaml"},
	{"prod", "Pulumi.prod.yaml"},
}

// awsTimes compares `up` with the longest chain of resources. A single factor would not do: the own work does not grow with
// AWS's times, and would look larger than it is at a factor that takes seconds.
func (b *bench) awsTimes(ctx context.Context) (string, error) {
	systems, small, large := timedSystems, 0.02, 0.2
	if b.short {
		systems, large = systems[:1], 0.06
	}
	var rows [][]string
	for _, system := range systems {
		quick, chain, err := b.upAsSlowAs(ctx, system.file, small)
		if err != nil {
			return "", fmt.Errorf("%s with the factor %v: %w", system.name, small, err)
		}
		slow, _, err := b.upAsSlowAs(ctx, system.file, large)
		if err != nil {
			return "", fmt.Errorf("%s with the factor %v: %w", system.name, large, err)
		}
		waiting, own := separate(small, large, quick, slow)
		progress("%s: longest chain %s, waiting %s, own work %s (%s and %s)", system.name, chain, seconds(waiting), seconds(own),
			seconds(quick), seconds(slow))
		rows = append(rows, []string{
			system.name, seconds(chain), seconds(waiting), ratio(waiting, chain), seconds(own), ratio(waiting+own, chain),
		})
	}
	header := []string{"system", "longest chain", "waiting", "ratio", "own work", "ratio of both"}
	return fmt.Sprintf(awsTimesText, small, large, table(header, rows)), nil
}

// upAsSlowAs brings up a new stack with AWS's times, times a factor. It returns how long that took, and the longest chain
// of the stack with the factor 1.
func (b *bench) upAsSlowAs(ctx context.Context, file string, factor float64) (took, chain time.Duration, err error) {
	name := strings.Split(filepath.Base(file), ".")[1] // Pulumi.NAME.yaml
	s, err := stack.Open(ctx, stack.Options{
		Dir: b.root, Stack: name, ConfigFile: filepath.Join(b.root, filepath.FromSlash(file)),
		Program: program.Run, Place: stack.Sandbox, LatencyScale: factor,
		StateDir: filepath.Join(b.scratch, fmt.Sprintf("latency-%s-%v", name, factor)),
	})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	result, err := s.Up(ctx)
	if err != nil {
		return 0, 0, err
	}
	longest, err := s.LongestChain(ctx)
	return time.Duration(result.DurationSeconds * float64(time.Second)), longest.Takes(), err
}

// separate returns the part of a duration that is proportional to a factor, as if the factor were 1, and the rest, from the
// durations at two factors.
func separate(small, large float64, quick, slow time.Duration) (proportional, rest time.Duration) {
	proportional = time.Duration(float64(slow-quick) / (large - small))
	return proportional, quick - time.Duration(float64(proportional)*small)
}
