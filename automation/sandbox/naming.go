package sandbox

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// naming says how the provider makes up a physical name: logical name, hyphen, seven hexadecimal digits.
type naming struct {
	property string // the input that holds the name
	max      int    // AWS's limit for it
	lower    bool   // AWS takes lower case only
	start    string // what AWS wants in front, e.g. "alias/"
}

// named is the naming of most resources.
func named(limit int) *naming { return &naming{property: "name", max: limit} }

// digits is the length of the random part, which the real provider uses too.
const digits = 7

// fill sets the name among the new inputs when the program gives neither a name nor a prefix: the old one on
// an update, else a new one from the engine's seed, so that a preview and the run after it agree.
func (n *naming) fill(logical string, seed []byte, olds, news resource.PropertyMap) error {
	property := resource.PropertyKey(n.property)
	if v, ok := news[property]; ok && !v.IsNull() {
		return nil
	}
	for _, prefix := range []resource.PropertyKey{"namePrefix", "bucketPrefix"} {
		if v, ok := news[prefix]; ok && v.IsString() {
			return n.make(v.StringValue(), seed, olds, news)
		}
	}
	if n.lower {
		logical = strings.ToLower(logical)
	}
	return n.make(n.start+logical+"-", seed, olds, news)
}

func (n *naming) make(prefix string, seed []byte, olds, news resource.PropertyMap) error {
	property := resource.PropertyKey(n.property)
	news[defaultsKey] = resource.NewPropertyValue([]any{n.property})
	if old, ok := olds[property]; ok && old.IsString() && chosen(olds, n.property) {
		news[property] = old
		return nil
	}
	name, err := resource.NewUniqueName(seed, prefix, digits, n.max, nil)
	if err != nil {
		return fmt.Errorf("no name of at most %d characters can be made from %q and %d random digits; "+
			"shorten the resource's logical name or set %q: %w", n.max, prefix, digits, n.property, err)
	}
	news[property] = resource.NewProperty(name)
	return nil
}

// chosen tells whether Check, not the program, gave an input its value.
func chosen(p resource.PropertyMap, property string) bool {
	if v, ok := p[defaultsKey]; ok && v.IsArray() {
		for _, name := range v.ArrayValue() {
			if name.IsString() && name.StringValue() == property {
				return true
			}
		}
	}
	return false
}
