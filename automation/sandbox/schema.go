package sandbox

import (
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// typed is what an Args or State type of the SDK tells about itself: the plain struct behind it, whose
// `pulumi` tags name the properties.
type typed interface{ ElementType() reflect.Type }

// failure is one fault of a resource's inputs: the property's path and what is wrong with it.
type failure struct{ path, reason string }

// defaultsKey lists the inputs that were not the program's but chosen by Check, as the real provider does.
const defaultsKey = "__defaults"

// conform compares inputs with the SDK's plain struct and reports every property the struct does not have,
// every value of another type, and every required scalar or object that is missing.  Unknown values fit
// any type.
func conform(p resource.PropertyMap, t reflect.Type) []failure {
	var faults []failure
	conformObject(p, t, "", &faults)
	return faults
}

func conformObject(p resource.PropertyMap, t reflect.Type, at string, faults *[]failure) {
	fields := fieldsOf(t)
	for _, key := range p.StableKeys() {
		name := string(key)
		if name == defaultsKey {
			continue
		}
		field, ok := fields[name]
		if !ok {
			*faults = append(*faults, failure{join(at, name),
				"is not a property the provider has here; allowed: " + strings.Join(names(fields), ", ")})
			continue
		}
		conformValue(p[key], field, join(at, name), faults)
	}
	for _, name := range names(fields) {
		if v, ok := p[resource.PropertyKey(name)]; required(fields[name]) && (!ok || v.IsNull()) {
			*faults = append(*faults, failure{join(at, name), "is required and not set"})
		}
	}
}

func conformValue(v resource.PropertyValue, t reflect.Type, at string, faults *[]failure) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v.IsNull() || v.IsComputed() || t.Kind() == reflect.Interface {
		return
	}
	fits, allowed := true, ""
	switch t.Kind() {
	case reflect.String:
		fits, allowed = v.IsString(), "a string"
	case reflect.Bool:
		fits, allowed = v.IsBool(), "true or false"
	case reflect.Int:
		fits, allowed = v.IsNumber() && v.NumberValue() == math.Trunc(v.NumberValue()), "a whole number"
	case reflect.Float64:
		fits, allowed = v.IsNumber(), "a number"
	case reflect.Slice:
		if fits, allowed = v.IsArray(), "a list"; fits {
			for i, element := range v.ArrayValue() {
				conformValue(element, t.Elem(), at+"["+strconv.Itoa(i)+"]", faults)
			}
		}
	case reflect.Map:
		if fits, allowed = v.IsObject(), "a map"; fits {
			for _, key := range v.ObjectValue().StableKeys() {
				conformValue(v.ObjectValue()[key], t.Elem(), join(at, string(key)), faults)
			}
		}
	case reflect.Struct:
		if fits, allowed = v.IsObject(), "an object"; fits {
			conformObject(v.ObjectValue(), t, at, faults)
		}
	}
	if !fits {
		*faults = append(*faults, failure{at,
			fmt.Sprintf("is %s (a %s); the provider takes %s", show(v), v.TypeString(), allowed)})
	}
}

// required tells whether a field of a plain struct must be given.  The SDK's generator makes every optional
// field a pointer; of lists and maps the type does not tell, so the table's rows name the required ones.
func required(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64, reflect.Struct:
		return true
	default:
		return false
	}
}

// fieldsOf returns the properties of a plain struct by name.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		if name, ok := t.Field(i).Tag.Lookup("pulumi"); ok {
			name, _, _ = strings.Cut(name, ",")
			fields[name] = t.Field(i).Type
		}
	}
	return fields
}

func names(fields map[string]reflect.Type) []string {
	all := make([]string, 0, len(fields))
	for name := range fields {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

// empty is what a resource tells for an output that the table's row leaves out: the type's empty value.
func empty(t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return ""
	case reflect.Bool:
		return false
	case reflect.Int, reflect.Float64:
		return 0
	case reflect.Slice:
		return []any{}
	default:
		return map[string]any{}
	}
}

// typeOf returns the plain struct of a function's arguments.
func typeOf(args any) reflect.Type { return reflect.TypeOf(args) }
