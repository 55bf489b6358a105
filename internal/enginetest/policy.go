package enginetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Policy returns the IAM policy in a property as one text per statement, with its effect,
// principal, actions, resources and conditions.
func (r *Resource) Policy(t *testing.T, property string) []string {
	t.Helper()
	var policy struct {
		Version   string
		Statement []struct {
			Sid, Effect      string
			Principal        any
			Action, Resource []string
			NotResource      []string
			Condition        map[string]map[string]any
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.Inputs[property].(string)), &policy))
	require.Equal(t, "2012-10-17", policy.Version)
	var sentences []string
	for _, s := range policy.Statement {
		words := []string{s.Effect}
		if s.Principal != nil {
			words = append(words, fmt.Sprint(s.Principal))
		}
		words = append(words, strings.Join(s.Action, " "))
		if len(s.Resource) > 0 {
			words = append(words, "on "+strings.Join(s.Resource, " "))
		}
		if len(s.NotResource) > 0 {
			words = append(words, "on everything but "+strings.Join(s.NotResource, " "))
		}
		var conditions []string
		for operator, test := range s.Condition {
			for key, value := range test {
				conditions = append(conditions, fmt.Sprintf("if %s %s %v", operator, key, value))
			}
		}
		slices.Sort(conditions)
		sentences = append(sentences, strings.Join(append(words, conditions...), " "))
	}
	return sentences
}
