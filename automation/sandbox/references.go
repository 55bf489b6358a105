package sandbox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// ref describes an input that names another resource, which must exist.
type ref struct {
	path   string // path of the input
	to     string // type of the other resource
	by     string // properties of the other resource that the input may hold, e.g. "id", "arn name"
	absent string // AWS's error when the other resource does not exist; "%s" is the input
	holds  string // AWS's error when the other resource is deleted before this one; "" = AWS allows it
	part   bool   // AWS deletes this resource with the other, such as a policy with its bucket
	strip  string // prefix of the input before the other resource's id, e.g. "integrations/"
}

// asPart returns the reference with part set and without holds: the other resource can be deleted first, and AWS then
// deletes this one with it.
func (r ref) asPart() ref {
	r.part, r.holds = true, ""
	return r
}

// resolve refuses references to resources that do not exist.
func (a *account) resolve(k *kind, p resource.PropertyMap) error {
	var wrong []error
	for _, r := range k.refs {
		each(p, r.path, func(at string, v resource.PropertyValue) {
			if err := a.follow(r, v); err != nil {
				wrong = append(wrong, fmt.Errorf("%w (%s)", err, at))
			}
		})
	}
	return errors.Join(wrong...)
}

// follow refuses a reference to a resource that does not exist.
func (a *account) follow(r ref, v resource.PropertyValue) error {
	if !v.IsString() || v.StringValue() == "" {
		return nil
	}
	given := strings.TrimPrefix(v.StringValue(), r.strip)
	if foreign(given) {
		return nil
	}
	if _, ok, err := a.find(r.to, r.by, given); ok || err != nil {
		return err
	}
	return fmt.Errorf(r.absent, given)
}

// users visits each reference to a resource, until an error.
func (a *account) users(it item, visit func(r ref, user item) error) error {
	for _, token := range sorted(kinds) {
		for _, r := range kinds[token].refs {
			if r.to != it.Type {
				continue
			}
			if err := a.usersBy(it, token, r, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// usersBy visits the references to a resource in one input of a type, until an error.
func (a *account) usersBy(it item, token string, r ref, visit func(r ref, user item) error) error {
	for _, name := range it.names(r.by) {
		users, err := a.mentioning(token, r.strip+name)
		if err != nil {
			return err
		}
		for _, user := range users {
			for _, given := range texts(user.Props, r.path) {
				if given != r.strip+name {
					continue
				}
				if err := visit(r, user); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// free refuses the deletion of a resource that another one uses.
func (a *account) free(it item) error {
	return a.users(it, func(r ref, user item) error {
		if r.holds == "" {
			return nil
		}
		return fmt.Errorf("%s (%s is used by %s)", r.holds, it.ID, user.ID)
	})
}

// drop deletes a resource with its parts.
func (a *account) drop(it item) error {
	if err := a.store.drop(it.Type, it.key()); err != nil {
		return err
	}
	return a.users(it, func(r ref, user item) error {
		if !r.part {
			return nil
		}
		return a.drop(user)
	})
}
