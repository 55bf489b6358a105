package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// median is the middle value, of an even number of values the lower one of the
// two in the middle: a value that was measured.
func median[T time.Duration | int64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// ratio compares two values; "–" where one of them is unknown.
func ratio[T time.Duration | int64](ours, theirs T) string {
	if ours == 0 || theirs == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(ours)/float64(theirs))
}

// seconds shows a duration with as many digits as mean something.
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

// spread shows the median of several runs, and the fastest where they differ.
func spread(runs []time.Duration) string {
	middle, fastest := seconds(median(runs)), seconds(slices.Min(runs))
	if middle == fastest {
		return middle
	}
	return fmt.Sprintf("%s (%s)", middle, fastest)
}

// mebibytes shows an amount of memory; "–" where it is unknown.
func mebibytes(bytes int64) string {
	if bytes == 0 {
		return "–"
	}
	return fmt.Sprintf("%d MiB", (bytes+1<<19)>>20)
}

// table is a Markdown table whose columns after the first are numbers.
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
