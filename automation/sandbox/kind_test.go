package sandbox

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// leads reports whether a path of a row exists in a plain struct of the SDK.
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

// TestRowsNameWhatTheSdkHas finds misspelt paths: a rule or reference on such a path never does anything.
func TestRowsNameWhatTheSdkHas(t *testing.T) {
	for token, k := range kinds {
		paths := strings.Fields(k.fixed)
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
			require.True(t, leads(k.inputs, path), "%s: %s", token, path)
		}
		for output := range k.out {
			require.Contains(t, k.properties, output, token)
		}
	}
}

// TestRowsAreInTheFileOfTheirService checks that each row is in the file of its AWS service.
func TestRowsAreInTheFileOfTheirService(t *testing.T) {
	for token := range kinds {
		service, _, _ := strings.Cut(strings.TrimPrefix(token, "aws:"), "/")
		content, err := os.ReadFile("kinds_" + service + ".go")
		require.NoError(t, err)
		require.Contains(t, string(content), " "+service+".New"+token[strings.LastIndex(token, ":")+1:]+",")
	}
}

// TestEveryResourceHasItsOutputs creates a resource of every type and looks for outputs that AWS always has.
func TestEveryResourceHasItsOutputs(t *testing.T) {
	d := newDesk(t)
	network, _ := d.create(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	given := resource.NewProperty("arn:aws:given:x") // some outputs are made from a parent's ARN
	for token, k := range kinds {
		p := resource.PropertyMap{}
		for name, field := range fieldsOf(k.inputs) {
			if field.Kind() == reflect.String || field == reflect.TypeFor[*string]() {
				p[resource.PropertyKey(name)] = given
			}
		}
		if k.name != nil {
			p[resource.PropertyKey(k.name.property)] = given
		}
		p["vpcId"] = resource.NewProperty(network)
		id := k.complete(d.in.account(d.server.store), p)
		require.NotEmpty(t, id, token)
		require.NotContains(t, id, "{", token)
		for _, output := range k.onlyOutputs() {
			require.Contains(t, p, resource.PropertyKey(output), token)
			if output == "arn" {
				require.Regexp(t, `^arn:aws:[a-z0-9-]+:[^{}]+$`, text(p, "arn"), token)
			}
		}
	}
}
