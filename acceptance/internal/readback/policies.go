//go:build acceptance

package readback

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// statement is a statement of an IAM policy. IAM may return a list with one element as a string.
type statement struct {
	Effect      string
	Principal   any
	Action      any
	NotAction   any
	Resource    any
	NotResource any
	Condition   map[string]map[string]any
}

// statements returns the statements of a policy document.
func statements(t *testing.T, document string) []statement {
	t.Helper()
	var policy struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(document), &policy), "policy %s", document)
	return policy.Statement
}

// rights returns the permissions that a statement grants to a role. If the program does not
// use the form of the statement, it returns the statement itself, which no system needs.
func (s statement) rights(role string) []string {
	if s.Effect != "Allow" || s.NotAction != nil || s.NotResource != nil {
		return []string{fmt.Sprintf("%s has the statement %+v", role, s)}
	}
	var lines []string
	for _, action := range list(s.Action) {
		for _, resource := range list(s.Resource) {
			lines = append(lines, fmt.Sprintf("%s may %s on %s%s", role, action, resource, s.when()))
		}
	}
	return lines
}

// principals returns the principals of a statement.
func (s statement) principals() map[string]bool {
	found := map[string]bool{}
	kinds, ok := s.Principal.(map[string]any)
	if !ok {
		return map[string]bool{fmt.Sprint(s.Principal): true}
	}
	for _, names := range kinds {
		for _, name := range list(names) {
			found[name] = true
		}
	}
	return found
}

// when returns the condition of a statement after the word "when", or "" without a condition.
func (s statement) when() string {
	var tests []string
	for operator, keys := range s.Condition {
		for key, values := range keys {
			tests = append(tests, fmt.Sprintf("%s %s %s", key, operator, strings.Join(list(values), " or ")))
		}
	}
	if len(tests) == 0 {
		return ""
	}
	slices.Sort(tests)
	return " when " + strings.Join(tests, " and ")
}

// list returns a string or a list of strings as a list.
func list(value any) []string {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		var texts []string
		for _, each := range value {
			texts = append(texts, fmt.Sprint(each))
		}
		return texts
	default:
		return []string{fmt.Sprint(value)}
	}
}
