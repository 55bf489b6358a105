package components

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys gives a map an order that is the same on every run.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

// ptr is a pointer to a copy of the value.
func ptr[T any](value T) *T { return &value }
