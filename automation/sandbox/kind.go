package sandbox

import (
	"fmt"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// outputs are what AWS adds to a resource's inputs.
type outputs = map[string]any

// kind is one row of the table: all the sandbox knows about one type of resource.  A new type is a new row;
// paths are those of each.
type kind struct {
	token string
	args  typed // the SDK's Args: which inputs there are, and of which type
	state typed // the SDK's State: which outputs there are besides the inputs

	name   *naming // the input that is made up from the logical name when the program does not give it
	need   string  // what must be given of that of which the types do not tell: lists, maps, values of any type
	fixed  string  // paths of inputs whose change replaces the resource
	later  string  // inputs that AWS fills in when absent: unknown in a preview, and not missed when taken away
	moving string  // outputs that an update changes: unknown when an update is previewed

	global  bool    // one name space for all regions
	foreign bool    // may be the user's own, which the sandbox does not know
	key     string  // output that tells two resources with the same id apart; "" = the id does
	unique  *unique // inputs that two resources must not share
	refs    []ref   // inputs that name other resources
	rules   []rule  // what AWS or the provider checks in the inputs' values

	// mint returns the id, and the outputs known once the resource exists.
	mint func(a *account, p resource.PropertyMap) (id string, out outputs)
	// admit refuses a creation or update that AWS refuses for the state of other resources.  Optional.
	admit func(a *account, p resource.PropertyMap) error
	// alter refuses an update that AWS refuses, or returns the outputs it changes.  Optional.
	alter func(a *account, old, p resource.PropertyMap) (outputs, error)
	// release refuses a deletion that AWS refuses.  Optional.
	release func(a *account, it item) error
}

// unique says which inputs, taken together, two resources of a kind must not share, and AWS's error code.
type unique struct{ paths, code string }

// kinds is the table by type token.  It is made in init because rows have functions that look things up in it.
var kinds map[string]*kind

func init() {
	kinds = table(networkKinds, ecsKinds, balancerKinds, storageKinds, identityKinds, deliveryKinds, monitoringKinds,
		apiKinds)
}

func table(groups ...[]kind) map[string]*kind {
	all := map[string]*kind{}
	for _, group := range groups {
		for i := range group {
			all[group[i].token] = &group[i]
		}
	}
	return all
}

// kindOf returns the row of a type.
func kindOf(token string) (*kind, error) {
	if k, ok := kinds[token]; ok {
		return k, nil
	}
	return nil, fmt.Errorf("the sandbox does not know %s yet; it knows %s. Add a row to the table in "+
		"automation/sandbox, or run against an emulator with --endpoint", token, strings.Join(tokens(kinds), ", "))
}

func tokens[T any](m map[string]T) []string {
	all := make([]string, 0, len(m))
	for token := range m {
		all = append(all, token)
	}
	sort.Strings(all)
	return all
}

// check returns every fault of the inputs.
func (k *kind) check(p resource.PropertyMap) []failure {
	faults := conform(p, k.args.ElementType())
	for _, path := range strings.Fields(k.need) {
		faults = append(faults, needed(p, path)...)
	}
	if len(faults) > 0 {
		return faults // a rule may rely on types
	}
	for _, r := range k.rules {
		faults = append(faults, r.apply(p)...)
	}
	return faults
}

// needed reports a list or map that is absent or empty wherever its parent is given.
func needed(p resource.PropertyMap, path string) []failure {
	parent, last := "", path
	if i := strings.LastIndex(path, "."); i >= 0 {
		parent, last = path[:i], path[i+1:]
	}
	var faults []failure
	look := func(at string, v resource.PropertyValue) {
		if !v.IsObject() {
			return
		}
		got, ok := v.ObjectValue()[resource.PropertyKey(last)]
		if !ok || got.IsNull() || (got.IsArray() && len(got.ArrayValue()) == 0) {
			faults = append(faults, failure{join(at, last), "is required and must not be empty"})
		}
	}
	if parent == "" {
		look("", resource.NewProperty(p))
	} else {
		each(p, parent, look)
	}
	return faults
}

// pure returns the names of the properties that are outputs only.
func (k *kind) pure() []string {
	args, state := fieldsOf(k.args.ElementType()), fieldsOf(k.state.ElementType())
	for name := range args {
		delete(state, name)
	}
	return names(state)
}

// complete adds to a created resource's properties the outputs that mint returned, and an empty value for
// those the real provider always reports but mint left out.
func (k *kind) complete(p resource.PropertyMap, out outputs) {
	absent := func(name string) bool { _, ok := p[resource.PropertyKey(name)]; return !ok }
	for name, v := range out {
		if absent(name) { // an input of the program is never overwritten
			set(p, outputs{name: v})
		}
	}
	state := fieldsOf(k.state.ElementType())
	for _, name := range k.pure() {
		if absent(name) {
			set(p, outputs{name: empty(state[name])})
		}
		if name == "ownerId" { // whatever belongs to somebody belongs to the account
			set(p, outputs{name: AccountID})
		}
	}
}

// set puts plain Go values among the properties.
func set(p resource.PropertyMap, out outputs) {
	for name, v := range out {
		p[resource.PropertyKey(name)] = resource.NewPropertyValue(v)
	}
}

// pending adds to a previewed creation's properties an unknown for all that AWS would only tell later.
func (k *kind) pending(p resource.PropertyMap) {
	for name, v := range unknown(strings.Join(k.pure(), " ") + " " + k.later) {
		if _, ok := p[resource.PropertyKey(name)]; !ok {
			set(p, outputs{name: v})
		}
	}
}

// unknown returns the named properties as values that only AWS can tell.
func unknown(properties string) outputs {
	out := outputs{}
	for _, name := range strings.Fields(properties) {
		out[name] = resource.Computed{Element: resource.NewProperty("")}
	}
	return out
}
