package cycle

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThrough(t *testing.T) {
	steps := map[string]string{"a": "x b", "b": "c", "c": "c d b a", "d": "d", "e": "a"}
	next := func(name string) []string { return strings.Fields(steps[name]) }
	for _, test := range []struct{ first, second, want string }{
		{"a", "b", "a b c a"},
		{"c", "b", "c b c"},
		{"c", "a", "c a b c"},
		{"d", "d", "d d"}, // to itself
		{"c", "d", ""},    // to a cycle that does not lead back
		{"e", "a", ""},    // nothing leads to e
		{"a", "x", ""},    // an unknown name
	} {
		require.Equal(t, test.want, strings.Join(Through(test.first, test.second, next), " "), "%s to %s", test.first, test.second)
	}
}
