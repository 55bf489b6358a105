package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page has a warning if other processes used the machine, so that nobody quotes its seconds.
func TestPage(t *testing.T) {
	for load, busy := range map[string]bool{"0.40": false, "3.20": true, "unknown": false} {
		var out strings.Builder
		p := page{
			Machine:  machine{Processor: "a processor", Cores: 2, Load: load},
			Versions: []version{{"Go", "1.2.3"}},
			Sections: []part{{"First", "Some text."}, {"Second", "More text."}},
		}
		require.NoError(t, p.write(&out))
		require.Contains(t, out.String(), "| load before the run | "+load+" of 2 |\n| Go | 1.2.3 |\n")
		require.Equal(t, busy, strings.Contains(out.String(), "Other processes used the machine"), load)
		require.True(t, strings.HasSuffix(out.String(), "\n\n## First\n\nSome text.\n\n## Second\n\nMore text.\n"), out.String())
	}
}
