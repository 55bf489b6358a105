package enginetest

import (
	"maps"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The simulated engine does not record the outputs of components, so a test compares the map that a component passes to
// RegisterResourceOutputs.

// OutputKeys returns the keys of the outputs of a struct, sorted: the pulumi tags of its own fields.
func OutputKeys[T any]() []string {
	var keys []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if key := field.Tag.Get("pulumi"); key != "" && len(field.Index) == 1 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Keys returns the keys of outputs, sorted.
func Keys[V any](outputs map[string]V) []string { return slices.Sorted(maps.Keys(outputs)) }

// Values returns a channel that receives the values of outputs when all of them are known.
func Values(outputs pulumi.Map) <-chan map[string]any {
	known := make(chan map[string]any, 1)
	outputs.ToMapOutput().ApplyT(func(values map[string]any) any { known <- values; return nil })
	return known
}
