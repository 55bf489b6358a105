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

// awsTimesText is the text of the section. Its parameters are the two factors and the table.
const awsTimesText = "The first `up` in the sandbox with `--latency`, which simulates AWS's typical creation times\n" +
	"(`automation/sandbox/creationtimes.go`), multiplied by a factor. *Longest chain* is the time that AWS needs for the longest\n" +
	"chain of resources that depend on each other: no `up` can be faster. A test keeps it within 5 %% of what AWS's own rules\n" +
	"require (`automation/stack/chain_test.go`).\n\n" +
	"*Waiting* and *own work* are computed from the times at the factors %v and %v. *Waiting* is the part that is proportional to\n" +
	"the factor, for the factor 1. *Own work* is the rest: the Pulumi CLI, the engine, the program and the sandbox. The last ratio\n" +
	"is that of their sum to the longest chain.\n\n" +
	"%s"

// timedSystems lists the stack files that awsTimes brings up with AWS's creation times.
var timedSystems = []struct{ name, file string }{
	{"S4", example},
	{"test", "Pulumi.test.yaml"},
	{"prod", "Pulumi.prod.yaml"},
}

// awsTimes compares the duration of `up` with the longest chain of resources. It measures at two factors, to separate
// the waiting from the own work of the program and its tools. Own work does not grow with AWS's times, so its share
// would be too large at a single factor that takes seconds.
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

// upAsSlowAs brings up a new stack with AWS's creation times, multiplied by a factor. It returns the duration, and the
// longest chain of the stack at the factor 1.
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

// separate splits the durations at two factors into a part that is proportional to the factor, and a constant rest. It
// returns the proportional part for the factor 1.
func separate(small, large float64, quick, slow time.Duration) (proportional, rest time.Duration) {
	proportional = time.Duration(float64(slow-quick) / (large - small))
	return proportional, quick - time.Duration(float64(proportional)*small)
}
