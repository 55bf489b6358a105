package sandbox

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// each calls visit for every known value at a path such as "stages[].actions[].name", in which "[]" stands for all
// elements of a list. visit gets the path with the indices of the elements.
func each(p resource.PropertyMap, path string, visit func(at string, v resource.PropertyValue)) {
	descend(resource.NewProperty(p), "", strings.Split(path, "."), visit)
}

func descend(v resource.PropertyValue, at string, rest []string, visit func(string, resource.PropertyValue)) {
	if len(rest) == 0 {
		visit(at, v)
		return
	}
	if !v.IsObject() {
		return
	}
	name, list := strings.CutSuffix(rest[0], "[]")
	child, ok := v.ObjectValue()[resource.PropertyKey(name)]
	if !ok || child.IsNull() || child.IsComputed() {
		return
	}
	if at = join(at, name); !list {
		descend(child, at, rest[1:], visit)
		return
	}
	if !child.IsArray() {
		return
	}
	for i, element := range child.ArrayValue() {
		if !element.IsComputed() {
			descend(element, at+"["+strconv.Itoa(i)+"]", rest[1:], visit)
		}
	}
}

// join appends a property's name to a path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value returns the first known value at a path.
func value(p resource.PropertyMap, path string) (resource.PropertyValue, bool) {
	var found *resource.PropertyValue
	each(p, path, func(_ string, v resource.PropertyValue) {
		if found == nil {
			found = &v
		}
	})
	if found == nil {
		return resource.PropertyValue{}, false
	}
	return *found, true
}

// text returns the first known string at a path, or "".
func text(p resource.PropertyMap, path string) string {
	if v, ok := value(p, path); ok && v.IsString() {
		return v.StringValue()
	}
	return ""
}

// texts returns all known strings at a path.
func texts(p resource.PropertyMap, path string) []string {
	var all []string
	each(p, path, func(_ string, v resource.PropertyValue) {
		if v.IsString() {
			all = append(all, v.StringValue())
		}
	})
	return all
}

// number returns the first known number at a path, and reports whether there is one.
func number(p resource.PropertyMap, path string) (float64, bool) {
	v, ok := value(p, path)
	if !ok || !v.IsNumber() {
		return 0, false
	}
	return v.NumberValue(), true
}

// flag reports whether the value at a path is known to be true.
func flag(p resource.PropertyMap, path string) bool {
	v, ok := value(p, path)
	return ok && v.IsBool() && v.BoolValue()
}

// show formats a value for error messages.
func show(v resource.PropertyValue) string {
	switch {
	case v.IsString():
		return strconv.Quote(v.StringValue())
	case v.IsNumber():
		return strconv.FormatFloat(v.NumberValue(), 'f', -1, 64)
	case v.IsBool():
		return strconv.FormatBool(v.BoolValue())
	default:
		return v.TypeString()
	}
}

// transform returns v with replace applied to each value that is neither a list nor an object.
func transform(v resource.PropertyValue, replace func(resource.PropertyValue) resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsArray():
		list := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, element := range v.ArrayValue() {
			list[i] = transform(element, replace)
		}
		return resource.NewProperty(list)
	case v.IsObject():
		object := resource.PropertyMap{}
		for key, element := range v.ObjectValue() {
			object[key] = transform(element, replace)
		}
		return resource.NewProperty(object)
	default:
		return replace(v)
	}
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
