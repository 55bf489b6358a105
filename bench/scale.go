package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// scaleText is the text of the section. Its parameters are the number of repeated runs and the table.
const scaleText = "Stacks in the sandbox, which has none of AWS's own waiting times. So the times are those of the program, the Pulumi engine and\n" +
	"the sandbox. Each service has a CodeCommit repository and rolling deployments. The first `up` runs once; `preview` before it\n" +
	"and `up` after it are medians (runs: %d). The ratio to the smallest stack is in parentheses. Memory is the highest resident\n" +
	"memory of all processes of the first `up` together.\n\n" +
	"%s"

// scaleResult holds the measured values of a stack with the given number of services.
type scaleResult struct {
	services          int
	preview, up, same time.Duration
	memory            int64
}

// scale brings up stacks of several sizes in the sandbox.
func (b *bench) scale(ctx context.Context) (string, error) {
	counts := []int{1, 10, 50, 100}
	if b.short {
		counts = []int{1, 10}
	}
	var results []scaleResult
	for _, count := range counts {
		measured, err := b.measureStack(ctx, count)
		if err != nil {
			return "", fmt.Errorf("%d services: %w", count, err)
		}
		progress("%d services: preview %s, up %s, up without change %s, %s", count,
			seconds(measured.preview), seconds(measured.up), seconds(measured.same), mebibytes(measured.memory))
		results = append(results, measured)
	}
	return fmt.Sprintf(scaleText, b.runs, scaleTable(results)), nil
}

// measureStack measures a new stack with the given number of services: a preview, the first `up`, and `up` without a change.
func (b *bench) measureStack(ctx context.Context, services int) (scaleResult, error) {
	measured := scaleResult{services: services}
	project, err := os.ReadFile(filepath.Join(b.root, "Pulumi.yaml"))
	if err != nil {
		return measured, fmt.Errorf("reading the project: %w", err)
	}
	s := side{dir: filepath.Join(b.scratch, fmt.Sprintf("services-%d", services)), unchanged: oursUnchanged}
	files := map[string]string{"Pulumi.yaml": string(project), "Pulumi.scale.yaml": manyServices(services)}
	if err := writeFiles(s.dir, files); err != nil {
		return measured, err
	}
	run := func(name string, unchanged bool) (measurement, error) {
		return s.do(ctx, []string{b.command, name, "--stack", "scale", "--sandbox", "--json"}, unchanged)
	}
	if measured.preview, err = b.repeat(func() (measurement, error) { return run("preview", false) }); err != nil {
		return measured, err
	}
	up, err := run("up", false)
	if err != nil {
		return measured, err
	}
	measured.up, measured.memory = up.wall, up.memory
	measured.same, err = b.repeat(func() (measurement, error) { return run("up", true) })
	return measured, err
}

// repeat returns the median duration of b.runs runs.
func (b *bench) repeat(run func() (measurement, error)) (time.Duration, error) {
	var walls []time.Duration
	for range b.runs {
		m, err := run()
		if err != nil {
			return 0, err
		}
		walls = append(walls, m.wall)
	}
	return median(walls), nil
}

// manyServices returns a stack file with the given number of services.
func manyServices(count int) string {
	var file strings.Builder
	file.WriteString(`config:
  aws:region: eu-central-1
  fargate-cd:natGatewayStrategy: None
  fargate-cd:quotas: { rulesPerSecurityGroup: 100 } # AWS's default is 60
  fargate-cd:assignPublicIp: true
  fargate-cd:services:
`)
	for i := range count {
		fmt.Fprintf(&file, `    - name: service-%[1]d
      source: { provider: CodeCommit, repository: service-%[1]d }
      pathPatterns: [/%[1]d/*]
      priority: %[1]d
`, i+1)
	}
	return file.String()
}

// scaleTable returns a table with a row for each stack, and a row for the cost of each added service.
func scaleTable(results []scaleResult) string {
	first, last := results[0], results[len(results)-1]
	times := func(d, of time.Duration) string { return fmt.Sprintf("%s (%s)", seconds(d), ratio(d, of)) }
	var rows [][]string
	for _, s := range results {
		rows = append(rows, []string{
			fmt.Sprint(s.services), times(s.preview, first.preview), times(s.up, first.up), times(s.same, first.same),
			fmt.Sprintf("%s (%s)", mebibytes(s.memory), ratio(s.memory, first.memory)),
		})
	}
	if added := last.services - first.services; added > 0 {
		each := func(of func(scaleResult) time.Duration) string {
			d := (of(last) - of(first)) / time.Duration(added)
			return times(d, of(first))
		}
		memory := (last.memory - first.memory) / int64(added)
		rows = append(rows, []string{
			"each added service", each(func(s scaleResult) time.Duration { return s.preview }),
			each(func(s scaleResult) time.Duration { return s.up }), each(func(s scaleResult) time.Duration { return s.same }),
			fmt.Sprintf("%s (%s)", mebibytes(memory), ratio(memory, first.memory)),
		})
	}
	return table([]string{"services", "preview", "up", "up, nothing changed", "memory"}, rows)
}
