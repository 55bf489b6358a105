package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	tests := []struct {
		values []time.Duration
		want   time.Duration
	}{
		{values: []time.Duration{5}, want: 5},
		{values: []time.Duration{9, 1, 5}, want: 5},
		{values: []time.Duration{9, 1}, want: 1}, // a measured value, never a mean
		{values: []time.Duration{4, 3, 2, 1}, want: 2},
	}
	for _, test := range tests {
		given := append([]time.Duration(nil), test.values...)
		require.Equal(t, test.want, median(test.values), "%v", test.values)
		require.Equal(t, given, test.values, "the runs keep their order")
	}
}

func TestRatio(t *testing.T) {
	require.Equal(t, "0.50", ratio(time.Second, 2*time.Second))
	require.Equal(t, "3.00", ratio(int64(6), int64(2)))
	require.Equal(t, "–", ratio(int64(6), int64(0)), "unknown memory")
	require.Equal(t, "–", ratio(int64(0), int64(6)), "unknown memory")
}

func TestUnits(t *testing.T) {
	require.Equal(t, "1.23 s", seconds(1234*time.Millisecond))
	require.Equal(t, "12.3 s", seconds(12345*time.Millisecond))
	require.Equal(t, "123 s", seconds(123456*time.Millisecond))
	require.Equal(t, "2 MiB", mebibytes(3<<19))
	require.Equal(t, "–", mebibytes(0))
	require.Equal(t, "2.00 s (1.00 s)", spread([]time.Duration{3 * time.Second, time.Second, 2 * time.Second}))
	require.Equal(t, "2.00 s", spread([]time.Duration{2 * time.Second}))
}

func TestTable(t *testing.T) {
	require.Equal(t, "| step | ours | ratio |\n|---|---:|---:|\n| plan | 1.00 s | 0.50 |\n",
		table([]string{"step", "ours", "ratio"}, [][]string{{"plan", "1.00 s", "0.50"}}))
}

func TestScaleTable(t *testing.T) {
	results := []scaleResult{
		{services: 1, preview: time.Second, up: 2 * time.Second, same: time.Second, memory: 100 << 20},
		{services: 11, preview: 2 * time.Second, up: 22 * time.Second, same: time.Second, memory: 200 << 20},
	}
	require.Equal(t, `| services | preview | up | up, nothing changed | memory |
|---|---:|---:|---:|---:|
| 1 | 1.00 s (1.00) | 2.00 s (1.00) | 1.00 s (1.00) | 100 MiB (1.00) |
| 11 | 2.00 s (2.00) | 22.0 s (11.00) | 1.00 s (1.00) | 200 MiB (2.00) |
| each added service | 0.10 s (0.10) | 2.00 s (1.00) | 0.00 s (–) | 10 MiB (0.10) |
`, scaleTable(results))
}

// The name of a process can contain spaces and parentheses, which separate the fields.
func TestParseStat(t *testing.T) {
	const numbers = " 5 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 4096 "
	p, ok := parseStat("42 (a) b (c) S 7" + numbers + "123 18446744073709551615")
	require.True(t, ok)
	require.Equal(t, process{id: 42, parent: 7, pages: 123}, p)
	for _, broken := range []string{"", "42 (a", "42 (a) S 7", "42 (a) S seven" + numbers + "123"} {
		_, ok := parseStat(broken)
		require.False(t, ok, broken)
	}
}

// The tables contain only packages that were compiled, not cached packages or other actions.
func TestCompilationTables(t *testing.T) {
	packages, err := compiled([]byte(`[
		{"Mode": "build", "Package": "net/http", "CmdUser": 2000000000},
		{"Mode": "build", "Package": "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs", "CmdUser": 5000000000, "CmdSys": 1000000000},
		{"Mode": "build", "Package": "cached"},
		{"Mode": "link", "Package": "fargate-cd/automation", "CmdUser": 9000000000}]`),
		readMemories("net/http 2048\nnet/http 1024\ngithub.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs 4096\n"))
	require.NoError(t, err)
	require.Len(t, packages, 2)
	require.Equal(t, `| package | CPU | share | memory |
|---|---:|---:|---:|
| `+"`aws/ecs`"+` | 6.00 s | 75.0 % | 4 MiB |
`, packageTable(packages))
	byGroup := groupTable(packages)
	require.Contains(t, byGroup, "| AWS SDK for Pulumi | 1 | 6.00 s | 75.0 % | 4 MiB |\n")
	require.Contains(t, byGroup, "| the standard library | 1 | 2.00 s | 25.0 % | 2 MiB |\n")
	require.Contains(t, byGroup, "| all | 2 | 8.00 s | 100.0 % | 4 MiB |\n")
	_, err = compiled([]byte("{"), nil)
	require.ErrorContains(t, err, "reading the build's actions")
}

func TestGroupOf(t *testing.T) {
	for path, want := range map[string]string{
		"github.com/pulumi/pulumi/sdk/v3/go/auto/events": "Pulumi Automation API",
		"github.com/pulumi/pulumi/sdk/v3/proto/go":       "Pulumi SDK",
		"github.com/pulumi/esc":                          "other modules",
		"fargate-cd/program":                             "this project",
		"encoding/json":                                  "the standard library",
	} {
		require.Equal(t, want, groupOf(path), path)
	}
}

func TestUnchanged(t *testing.T) {
	require.NoError(t, oursUnchanged(`{"changes": {"same": 86}}`))
	require.ErrorIs(t, oursUnchanged(`{"changes": {"same": 85, "update": 1}}`), errChanged)
	require.ErrorContains(t, oursUnchanged(`no result`), "reading the result")
	require.NoError(t, terraformUnchanged("No changes. Your infrastructure matches the configuration."))
	require.NoError(t, terraformUnchanged("Apply complete! Resources: 0 added, 0 changed, 0 destroyed."))
	require.ErrorIs(t, terraformUnchanged("Plan: 0 to add, 1 to change, 0 to destroy."), errChanged)
}

func TestSeparate(t *testing.T) {
	// 300 s of waiting and 4 s of own work.
	waiting, own := separate(0.02, 0.2, 10*time.Second, 64*time.Second)
	require.InDelta(t, 300, waiting.Seconds(), 0.001)
	require.InDelta(t, 4, own.Seconds(), 0.001)
}
