package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// median returns the middle value. For an even number of values it returns the lower of
// the two middle values, so that the result is always a measured value.
func median[T time.Duration | int64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// ratio returns the ratio of a value to a base as text, or "–" if one of them is unknown (0).
func ratio[T time.Duration | int64](value, base T) string {
	if value == 0 || base == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(value)/float64(base))
}

// seconds returns a duration as text with about three significant digits.
func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	case s < 100:
		return fmt.Sprintf("%.1f s", s)
	default:
		return fmt.Sprintf("%.0f s", s)
	}
}

// spread returns the median of several runs as text, followed by the fastest run if it
// differs.
func spread(runs []time.Duration) string {
	middle, fastest := seconds(median(runs)), seconds(slices.Min(runs))
	if middle == fastest {
		return middle
	}
	return fmt.Sprintf("%s (%s)", middle, fastest)
}

// mebibytes returns an amount of memory as text, or "–" if it is unknown (0).
func mebibytes(bytes int64) string {
	if bytes == 0 {
		return "–"
	}
	return fmt.Sprintf("%d MiB", (bytes+1<<19)>>20)
}

// table returns a Markdown table. All columns except the first contain numbers.
func table(header []string, rows [][]string) string {
	var out strings.Builder
	line := func(cells []string) { fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	fmt.Fprintf(&out, "|---|%s\n", strings.Repeat("---:|", len(header)-1))
	for _, row := range rows {
		line(row)
	}
	return out.String()
}
