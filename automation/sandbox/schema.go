package sandbox

import (
	"fmt"
	"math"
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// schema holds what the SDK says about a resource type.
type schema struct {
	token      string
	inputs     reflect.Type            // the plain struct of the inputs; its `pulumi` tags name them
	properties map[string]reflect.Type // the types of the inputs and outputs, by name
}

// schemaOf reads the schema of a resource type from its constructor, such as ecs.NewCluster. The token consists of the
// names of the package and the type: aws:ecs/cluster:Cluster.
func schemaOf(constructor any) schema {
	type typed interface{ ElementType() reflect.Type }
	signature := reflect.TypeOf(constructor) // func(*pulumi.Context, string, *Args, ...pulumi.ResourceOption) (*Resource, error)
	result := signature.Out(0).Elem()
	name := result.Name()
	s := schema{
		token:      fmt.Sprintf("aws:%s/%s%s:%s", path.Base(result.PkgPath()), strings.ToLower(name[:1]), name[1:], name),
		inputs:     reflect.Zero(signature.In(2).Elem()).Interface().(typed).ElementType(),
		properties: fieldsOf(result),
	}
	for name, field := range s.properties {
		s.properties[name] = reflect.Zero(field).Interface().(typed).ElementType()
	}
	return s
}

// failure is the path of a wrong input and the reason why it is wrong.
type failure struct{ path, reason string }

// defaultsKey is the property that lists the inputs that Check has set, not the program, as in the real provider.
const defaultsKey = "__defaults"

// conform compares inputs with the SDK's plain struct. It reports every property that the struct does not have, every
// value of a wrong type, and every required scalar or object that is missing. Unknown values fit any type.
func conform(p resource.PropertyMap, t reflect.Type) []failure {
	var failures []failure
	conformObject(p, t, "", &failures)
	return failures
}

func conformObject(p resource.PropertyMap, t reflect.Type, at string, failures *[]failure) {
	fields := fieldsOf(t)
	for _, key := range p.StableKeys() {
		name := string(key)
		if name == defaultsKey {
			continue
		}
		field, ok := fields[name]
		if !ok {
			*failures = append(*failures, failure{join(at, name),
				"is not a property the provider has here; allowed: " + strings.Join(sorted(fields), ", ")})
			continue
		}
		conformValue(p[key], field, join(at, name), failures)
	}
	for _, name := range sorted(fields) {
		if v, ok := p[resource.PropertyKey(name)]; required(fields[name]) && (!ok || v.IsNull()) {
			*failures = append(*failures, failure{join(at, name), "is required and not set"})
		}
	}
}

func conformValue(v resource.PropertyValue, t reflect.Type, at string, failures *[]failure) {
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
				conformValue(element, t.Elem(), at+"["+strconv.Itoa(i)+"]", failures)
			}
		}
	case reflect.Map:
		if fits, allowed = v.IsObject(), "a map"; fits {
			for _, key := range v.ObjectValue().StableKeys() {
				conformValue(v.ObjectValue()[key], t.Elem(), join(at, string(key)), failures)
			}
		}
	case reflect.Struct:
		if fits, allowed = v.IsObject(), "an object"; fits {
			conformObject(v.ObjectValue(), t, at, failures)
		}
	}
	if !fits {
		*failures = append(*failures, failure{at,
			fmt.Sprintf("is %s (a %s); the provider takes %s", show(v), v.TypeString(), allowed)})
	}
}

// required reports whether a field of a plain struct must be given. The SDK makes every optional scalar and object a
// pointer. The types of lists and maps do not show whether they are required; the SDK itself checks those of a
// resource.
func required(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64, reflect.Struct:
		return true
	default:
		return false
	}
}

// fieldsOf returns the properties of a struct of the SDK by name.
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

// empty returns the empty value of a type, for an output that is not in the row.
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
