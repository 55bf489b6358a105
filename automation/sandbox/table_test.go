package sandbox

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// leads tells whether a path of the table exists in a plain struct of the SDK.
func leads(t reflect.Type, path string) bool {
	for _, part := range strings.Split(path, ".") {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() == reflect.Map {
			return true
		}
		if t.Kind() != reflect.Struct {
			return false
		}
		name, list := strings.CutSuffix(part, "[]")
		field, ok := fieldsOf(t)[name]
		if !ok || (list && field.Kind() != reflect.Slice) {
			return false
		}
		if t = field; list {
			t = field.Elem()
		}
	}
	return true
}

// TestRowsNameWhatTheSdkHas finds misspelt paths: a rule or reference on a path that no input has never
// does anything.
func TestRowsNameWhatTheSdkHas(t *testing.T) {
	for token, k := range kinds {
		paths := strings.Fields(k.need + " " + k.fixed + " " + k.later)
		if k.unique != nil {
			paths = append(paths, strings.Fields(k.unique.paths)...)
		}
		if k.name != nil {
			paths = append(paths, k.name.property)
		}
		for _, r := range k.refs {
			paths = append(paths, r.path)
			require.Contains(t, kinds, r.to, "%s refers to a type without a row", token)
			require.Equal(t, 1, strings.Count(r.absent, "%s"), "%s %s", token, r.path)
		}
		for _, r := range k.rules {
			if r.whole == nil {
				paths = append(paths, r.path)
			}
		}
		for _, path := range paths {
			if path == "namePrefix" || path == "name" && k.unique != nil {
				continue // shared rules name inputs that not every type has
			}
			require.True(t, leads(k.args.ElementType(), path), "%s: %s", token, path)
		}
		for _, output := range strings.Fields(k.moving) {
			require.Contains(t, fieldsOf(k.state.ElementType()), output, token)
		}
	}
}

// TestEveryResourceHasItsOutputs creates one of every type from nothing and looks for outputs AWS always has.
func TestEveryResourceHasItsOutputs(t *testing.T) {
	for token, k := range kinds {
		d := newDesk(t)
		p := resource.PropertyMap{}
		for name, field := range fieldsOf(k.args.ElementType()) {
			if field.Kind() == reflect.String || name == "name" || strings.Contains(k.need, name) {
				p[resource.PropertyKey(name)] = resource.NewProperty("given")
			}
		}
		if k.name != nil {
			p[resource.PropertyKey(k.name.property)] = resource.NewProperty("given")
		}
		id, out := k.mint(d.in.account(d.server.store), p)
		k.complete(p, out)
		require.NotEmpty(t, id, token)
		for _, output := range k.pure() {
			require.Contains(t, p, resource.PropertyKey(output), token)
			if output == "arn" {
				require.Regexp(t, `^arn:aws:[a-z0-9-]+:`, text(p, "arn"), token)
			}
		}
		for output := range out {
			require.Contains(t, fieldsOf(k.state.ElementType()), output, "%s has no such output", token)
		}
	}
}
