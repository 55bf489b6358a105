// Package problemtest has helpers for tests of configuration checks.
package problemtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/problems"
)

// Of returns the problems of a specification, under keys that begin with "p.".
func Of(spec interface {
	Validate(string, *problems.List)
}) error {
	var found problems.List
	spec.Validate("p.", &found)
	return found.Err()
}

// OfName returns the problems that a check finds in a name, under the key "name".
func OfName(check func(key, name string, found *problems.List), name string) error {
	var found problems.List
	check("name", name, &found)
	return found.Err()
}

// Require requires exactly one problem that contains the text, or no problem if the text is empty.
func Require(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, want)
	require.ErrorContains(t, err, "the configuration is not valid: ", "exactly one problem")
}
