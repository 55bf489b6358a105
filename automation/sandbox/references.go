package sandbox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// ref says that an input names another resource, which must exist, and what AWS answers when it does not.
type ref struct {
	path   string // where the reference stands
	to     string // the type it must be of
	by     string // properties of that type that may be given: "id", "arn", "name" or several
	absent string // AWS's error when there is no such resource; "%s" is the given value
	holds  string // AWS's error when the other is to be deleted while this refers to it; "" lets it go
	except string // values with this beginning are AWS's own and always exist
	strip  string // what stands before the other's id, e.g. "integrations/"
}

// resolve refuses references to things that do not exist.
func (a *account) resolve(k *kind, p resource.PropertyMap) error {
	var faults []error
	for _, r := range k.refs {
		each(p, r.path, func(at string, v resource.PropertyValue) {
			if err := a.follow(r, v); err != nil {
				faults = append(faults, fmt.Errorf("%w (%s)", err, at))
			}
		})
	}
	return errors.Join(faults...)
}

func (a *account) follow(r ref, v resource.PropertyValue) error {
	if !v.IsString() || v.StringValue() == "" {
		return nil
	}
	given := strings.TrimPrefix(v.StringValue(), r.strip)
	if (r.except != "" && strings.HasPrefix(given, r.except)) || (kinds[r.to].foreign && foreign(given)) {
		return nil
	}
	if _, ok, err := a.find(r.to, r.by, given); ok || err != nil {
		return err
	}
	return fmt.Errorf(r.absent, given)
}

// free refuses the deletion of a resource that another refers to in a way that AWS counts as use.
func (a *account) free(it item) error {
	for _, token := range tokens(kinds) {
		for _, r := range kinds[token].refs {
			if r.to != it.Type || r.holds == "" {
				continue
			}
			users, err := a.all(token)
			if err != nil {
				return err
			}
			for _, user := range users {
				for _, given := range texts(user.Props, r.path) {
					if it.called(r.by, strings.TrimPrefix(given, r.strip)) {
						return fmt.Errorf("%s (%s is used by %s)", r.holds, it.ID, user.ID)
					}
				}
			}
		}
	}
	return nil
}
