package sandbox

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// naming describes a generated name: the logical name, a hyphen and random hexadecimal digits.
type naming struct {
	property string // the input that holds the name
	max      int    // AWS's limit in characters
	lower    bool   // AWS accepts lower case only
}

// named returns the naming of most resources, whose name is in the input called name.
func named(limit int) *naming { return &naming{property: "name", max: limit} }

// digits is the number of random digits, as in the real provider.
const digits = 7

// fill sets the name when the program gives none. An update keeps the old generated name. A creation takes the digits
// from the engine's seed, so that a preview and the run after it generate the same name.
func (n *naming) fill(logical string, seed []byte, olds, news resource.PropertyMap) error {
	property := resource.PropertyKey(n.property)
	if v, ok := news[property]; ok && !v.IsNull() {
		return nil
	}
	news[defaultsKey] = resource.NewPropertyValue([]any{n.property})
	if old, ok := olds[property]; ok && generated(olds) {
		news[property] = old
		return nil
	}
	if n.lower {
		logical = strings.ToLower(logical)
	}
	name, err := resource.NewUniqueName(seed, logical+"-", digits, n.max, nil)
	if err != nil {
		return fmt.Errorf("no name of at most %d characters can be made from %q and %d random digits; "+
			"shorten the resource's logical name or set %q: %w", n.max, logical, digits, n.property, err)
	}
	news[property] = resource.NewProperty(name)
	return nil
}

// generated reports whether Check, not the program, gave the resource its name.
func generated(p resource.PropertyMap) bool { return p.HasValue(defaultsKey) }
