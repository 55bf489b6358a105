package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// rule checks the values at a path, or the inputs as a whole.
type rule struct {
	path  string
	value func(v resource.PropertyValue) string // returns the reason for a failure, or ""
	whole func(p resource.PropertyMap) []failure
}

// apply returns the failures of the inputs.
func (r rule) apply(p resource.PropertyMap) []failure {
	if r.whole != nil {
		return r.whole(p)
	}
	var failures []failure
	each(p, r.path, func(at string, v resource.PropertyValue) {
		if wrong := r.value(v); wrong != "" {
			failures = append(failures, failure{at, fmt.Sprintf("is %s; %s", show(v), wrong)})
		}
	})
	return failures
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// matches allows strings that the pattern matches completely; allowed describes the pattern in words.
func matches(path, pattern, allowed string) rule {
	form := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return rule{path: path, value: func(v resource.PropertyValue) string {
		if !v.IsString() || form.MatchString(v.StringValue()) {
			return ""
		}
		return "allowed is " + allowed
	}}
}

// known allows the strings that the program registers. The sandbox knows no others.
func known(path string, values ...string) rule {
	return rule{path: path, value: func(v resource.PropertyValue) string {
		if !v.IsString() || slices.Contains(values, v.StringValue()) {
			return ""
		}
		return "the sandbox does not know this value, only " + strings.Join(values, ", ")
	}}
}

// needs requires inputs that AWS requires, but the SDK's types do not.
func needs(paths ...string) rule {
	return whole(func(p resource.PropertyMap) []failure {
		var failures []failure
		for _, path := range paths {
			v := resource.NewProperty(p)
			for name := range strings.SplitSeq(path, ".") {
				if v.IsObject() {
					v = v.ObjectValue()[resource.PropertyKey(name)]
				}
			}
			if !v.HasValue() {
				failures = append(failures, failure{path, "is required and not set"})
			}
		}
		return failures
	})
}

// count allows lists of low to high elements.
func count(path string, low, high int) rule {
	return rule{path: path, value: func(v resource.PropertyValue) string {
		if v.IsArray() && (len(v.ArrayValue()) < low || len(v.ArrayValue()) > high) {
			return fmt.Sprintf("%d elements; allowed is %d to %d", len(v.ArrayValue()), low, high)
		}
		return ""
	}}
}

// policy allows a JSON policy document in which each statement has an effect and an action.
func policy(path string) rule {
	return rule{path: path, value: func(v resource.PropertyValue) string {
		if !v.IsString() {
			return ""
		}
		var document struct{ Statement []map[string]any }
		if err := json.Unmarshal([]byte(v.StringValue()), &document); err != nil {
			return "MalformedPolicyDocument: allowed is a JSON policy document: " + err.Error()
		}
		if len(document.Statement) == 0 {
			return "MalformedPolicyDocument: allowed is a document with at least one statement"
		}
		for i, s := range document.Statement {
			if wrong := statement(s); wrong != "" {
				return fmt.Sprintf("MalformedPolicyDocument: statement %d %s", i, wrong)
			}
		}
		return ""
	}}
}

func statement(s map[string]any) string {
	if s["Effect"] != "Allow" && s["Effect"] != "Deny" {
		return `has no Effect; allowed is "Allow" or "Deny"`
	}
	if s["Action"] == nil && s["NotAction"] == nil {
		return "has neither Action nor NotAction"
	}
	for _, name := range []string{"Action", "Resource"} {
		if list, ok := s[name].([]any); ok && len(list) == 0 {
			return "has an empty " + name
		}
	}
	return ""
}

// document allows well-formed JSON.
func document(path string) rule {
	return rule{path: path, value: func(v resource.PropertyValue) string {
		if v.IsString() && !json.Valid([]byte(v.StringValue())) {
			return "allowed is a JSON document"
		}
		return ""
	}}
}

// whole returns a rule that checks several inputs together.
func whole(check func(p resource.PropertyMap) []failure) rule { return rule{whole: check} }

// exclusive allows at most one of some inputs.
func exclusive(paths ...string) rule {
	return whole(func(p resource.PropertyMap) []failure {
		var given []string
		for _, path := range paths {
			if _, ok := value(p, path); ok {
				given = append(given, path)
			}
		}
		if len(given) < 2 {
			return nil
		}
		return []failure{{given[1], "conflicts with " + given[0] + "; allowed is one of " + strings.Join(paths, ", ")}}
	})
}
