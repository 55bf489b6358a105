package problems_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

func TestRetention(t *testing.T) {
	for days, valid := range map[int]bool{1: true, 7: true, 365: true, 3653: true, 0: false, 2: false, 364: false, 3654: false} {
		var found problems.List
		found.Retention("logRetentionDays", days)
		want := ""
		if !valid {
			want = fmt.Sprintf("logRetentionDays: %d is not allowed: one of 1, 3, 5,", days)
		}
		problemtest.Require(t, found.Err(), want)
	}
}

func TestCidrBlocks(t *testing.T) {
	for given, valid := range map[string]bool{
		"10.0.0.0/8": true, "0.0.0.0/0": true, "203.0.113.7/32": true,
		"10.0.0.1/8": false, "10.0.0.0": false, "10.0.0.0/33": false, "::/0": false, "anywhere": false, "": false,
	} {
		t.Run(given, func(t *testing.T) {
			var found problems.List
			found.CidrBlocks("ingressCidrBlocks", []string{"192.0.2.0/24", given})
			want := ""
			if !valid {
				want = "ingressCidrBlocks[1]: " + problems.Shown(given) + " is not allowed: an IPv4 network such as 10.0.0.0/16"
			}
			problemtest.Require(t, found.Err(), want)
		})
	}
}

// A check that runs for each element of a list can find the same problem several times. A person has to solve it once.
func TestEachProblemOnce(t *testing.T) {
	var found, other problems.List
	for range 2 {
		found.Missing("environment", "a domain name")
		found.Add("services", 51, "50 or fewer")
		found.Unknown("a", 1, []string{"b"})
	}
	other.Missing("environment", "a domain name")
	other.Missing("name", "a name")
	found.Append(other)
	require.EqualError(t, found.Err(), `the configuration has 4 problems:
  - environment: is missing: a domain name
  - services: 51 is not allowed: 50 or fewer
  - a: there is no such key (its value is 1): the keys are b
  - name: is missing: a name`)
}

// The value of an output is not known when a message is written.
func TestShownOutput(t *testing.T) {
	unknown := pulumi.String("x").ToStringOutput()
	for want, value := range map[string]any{
		`"x"`: pulumi.String("x"), `["x"]`: pulumi.ToStringArray([]string{"x"}), "null": pulumi.StringArrayInput(nil),
		"an output": pulumi.StringArray{pulumi.String("x"), unknown},
	} {
		require.Equal(t, want, problems.Shown(value))
	}
	require.Equal(t, "an output", problems.Shown(unknown))
}

func TestKnown(t *testing.T) {
	unknown := pulumi.String("x").ToStringOutput()
	text, known := problems.KnownText(pulumi.String("x"))
	require.Equal(t, "x", text)
	require.True(t, known)
	_, known = problems.KnownText(unknown)
	require.False(t, known)
	text, known = problems.KnownText(nil)
	require.Empty(t, text)
	require.True(t, known, "an absent text is known to be absent")

	texts, known := problems.KnownTexts(pulumi.ToStringArray([]string{"x", "y"}))
	require.Equal(t, []string{"x", "y"}, texts)
	require.True(t, known)
	_, known = problems.KnownTexts(pulumi.StringArray{pulumi.String("x"), unknown})
	require.False(t, known, "one element is unknown")
	texts, known = problems.KnownTexts(nil)
	require.Empty(t, texts)
	require.True(t, known, "an absent list is known to be absent")
}

func TestErr(t *testing.T) {
	var found problems.List
	require.NoError(t, found.Err())
	found.Add("a", "x", "a letter from %s to %s", "b", "c")
	require.EqualError(t, found.Err(), `the configuration is not valid: a: "x" is not allowed: a letter from b to c`)
	found.Missing("b", "a number")
	found.Unknown("c", []string{"%d"}, []string{"a", "b"}) // the value is not a format string
	require.EqualError(t, found.Err(), `the configuration has 3 problems:
  - a: "x" is not allowed: a letter from b to c
  - b: is missing: a number
  - c: there is no such key (its value is ["%d"]): the keys are a, b`)
}
