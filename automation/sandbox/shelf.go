package sandbox

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// shelf holds the resources of one type in memory. Its index finds a resource by any string among its values, so that
// the cost of a lookup does not grow with the number of resources.
type shelf struct {
	items map[string]item     // by key
	index map[string][]string // by text; the keys of the resources that contain it
}

func newShelf() *shelf { return &shelf{items: map[string]item{}, index: map[string][]string{}} }

func (sh *shelf) put(it item) {
	key := it.key()
	sh.drop(key)
	sh.items[key] = it
	for text := range it.texts() {
		sh.index[text] = append(sh.index[text], key)
	}
}

func (sh *shelf) drop(key string) {
	for text := range sh.items[key].texts() {
		keys := slices.DeleteFunc(sh.index[text], func(other string) bool { return other == key })
		if sh.index[text] = keys; len(keys) == 0 {
			delete(sh.index, text)
		}
	}
	delete(sh.items, key)
}

// pick returns the resources with the given keys.
func (sh *shelf) pick(keys []string) []item {
	items := make([]item, len(keys))
	for i, key := range keys {
		items[i] = sh.items[key]
	}
	return items
}

// texts returns the strings under which the index lists a resource: its id, each string in its properties, and the
// fingerprint of the inputs that must be unique.
func (it item) texts() map[string]bool {
	found := map[string]bool{it.ID: true}
	collect(resource.NewProperty(it.Props), found)
	if k := kinds[it.Type]; k != nil && k.unique != nil {
		found[fingerprint(it.Props, k.unique.paths)] = true
	}
	return found
}

// collect adds each string in v to a set.
func collect(v resource.PropertyValue, found map[string]bool) {
	switch {
	case v.IsString():
		found[v.StringValue()] = true
	case v.IsArray():
		for _, element := range v.ArrayValue() {
			collect(element, found)
		}
	case v.IsObject():
		for _, element := range v.ObjectValue() {
			collect(element, found)
		}
	}
}
