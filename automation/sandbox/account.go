package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// account is one region of the AWS account, with the resources that the hooks of a kind can see.
type account struct {
	store  *store
	region string
}

// get returns the resource of a type with an id and a state in the engine, and reports whether it exists.
func (a *account) get(token, id string, state resource.PropertyMap) (item, bool, error) {
	return a.store.get(token, keyOf(token, a.region, id, state))
}

// all returns the resources of a type that are visible in the region.
func (a *account) all(token string) ([]item, error) {
	items, err := a.store.all(token)
	return a.local(token, items), err
}

// mentioning returns the resources of a type that are visible in the region and have a text among their values.
func (a *account) mentioning(token, text string) ([]item, error) {
	items, err := a.store.mentioning(token, text)
	return a.local(token, items), err
}

// local returns the resources that are visible in the region.
func (a *account) local(token string, items []item) []item {
	if k := kinds[token]; k != nil && k.global {
		return items
	}
	return slices.DeleteFunc(items, func(it item) bool { return it.Region != a.region })
}

// find returns the resource of a type that has the given value in one of the properties in by, e.g. "arn name", and
// reports whether there is one.
func (a *account) find(token, by, given string) (item, bool, error) {
	items, err := a.mentioning(token, given)
	if err != nil {
		return item{}, false, err
	}
	for _, it := range items {
		if it.called(by, given) {
			return it, true, nil
		}
	}
	return item{}, false, nil
}

// called reports whether one of the properties in by has the given value.
func (it item) called(by, given string) bool { return slices.Contains(it.names(by), given) }

// names returns the values of the properties in by that are set.
func (it item) names(by string) []string {
	var names []string
	for _, property := range strings.Fields(by) {
		name := it.ID
		if property != "id" {
			name = text(it.Props, property)
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// distinct refuses inputs that must be unique but that another resource of the kind already has.
func (a *account) distinct(k *kind, self string, p resource.PropertyMap) error {
	if k.unique == nil {
		return nil
	}
	mine := fingerprint(p, k.unique.paths)
	items, err := a.mentioning(k.token, mine)
	if err != nil {
		return err
	}
	for _, it := range items {
		if it.ID != self && fingerprint(it.Props, k.unique.paths) == mine {
			return fmt.Errorf("%s: %s exists already (%s)", k.unique.code, mine, it.ID)
		}
	}
	return nil
}

// fingerprint formats the values at some paths, for comparison and for error messages.
func fingerprint(p resource.PropertyMap, paths string) string {
	var parts []string
	for _, path := range strings.Fields(paths) {
		if v, ok := value(p, path); ok {
			parts = append(parts, path+" "+show(v))
		}
	}
	return strings.Join(parts, ", ")
}

// permit refuses a creation or update that AWS refuses because of other resources. It resolves references in changed
// inputs only, because an update does not send the others.
func (a *account) permit(k *kind, self string, p, changed resource.PropertyMap) error {
	if err := errors.Join(a.resolve(k, changed), a.distinct(k, self, p)); err != nil {
		return err
	}
	if k.admit == nil || len(k.refs) > 0 && !k.refers(changed) {
		return nil
	}
	return k.admit(a, p)
}

// refers reports whether some of the inputs can name other resources.
func (k *kind) refers(p resource.PropertyMap) bool {
	for _, r := range k.refs {
		top, _, _ := strings.Cut(strings.ReplaceAll(r.path, "[]", ""), ".")
		if _, ok := p[resource.PropertyKey(top)]; ok {
			return true
		}
	}
	return false
}
