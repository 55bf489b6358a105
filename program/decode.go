package program

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// decode sets the fields of the configuration from a stack's values. It reports every
// unknown key and every value of a wrong type. It ignores keys of other namespaces,
// such as aws:region.
func decode(project string, values map[string]string, config *Config, found *problems.List) {
	fields := fieldsOf(reflect.ValueOf(config).Elem())
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key, inNamespace := strings.CutPrefix(name, project+":")
		if !inNamespace {
			continue
		}
		field, known := fields[key]
		if !known {
			found.Unknown(name, parsed(values[name], reflect.Invalid), slices.Sorted(maps.Keys(fields)))
			continue
		}
		decodeValue(name, parsed(values[name], field.Kind()), field, found)
	}
}

// parsed decodes a top-level value, which Pulumi passes as text. It returns the text for a string field and for invalid
// JSON.
func parsed(text string, kind reflect.Kind) any {
	if kind == reflect.String || !json.Valid([]byte(text)) {
		return text
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	_ = decoder.Decode(&value) // json.Valid has accepted the text
	return value
}

// fieldsOf returns the fields of a struct by their JSON name, including those of embedded structs.
func fieldsOf(value reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if field.Anonymous {
			maps.Copy(fields, fieldsOf(value.Field(i)))
			continue
		}
		if name := field.Tag.Get("json"); name != "-" { // another key sets the field
			fields[name] = value.Field(i)
		}
	}
	return fields
}

// decodeValue sets a field from a JSON value, or reports a value of a wrong type. Keys that the value lacks keep their
// defaults.
func decodeValue(key string, value any, field reflect.Value, found *problems.List) {
	if value == nil {
		return // a key without a value keeps its default
	}
	switch field.Kind() {
	case reflect.Pointer:
		target := reflect.New(field.Type().Elem())
		defaults.Set(target.Interface())
		decodeValue(key, value, target.Elem(), found)
		field.Set(target)
	case reflect.Struct:
		decodeStruct(key, value, field, found)
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			found.Add(key, value, "a list")
			return
		}
		field.Set(reflect.MakeSlice(field.Type(), len(list), len(list)))
		for i, element := range list {
			defaults.Set(field.Index(i).Addr().Interface())
			decodeValue(fmt.Sprintf("%s[%d]", key, i), element, field.Index(i), found)
		}
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			found.Add(key, value, "names and their values")
			return
		}
		field.Set(reflect.MakeMap(field.Type()))
		for _, name := range slices.Sorted(maps.Keys(object)) {
			element := reflect.New(field.Type().Elem()).Elem()
			decodeValue(key+"."+name, object[name], element, found)
			field.SetMapIndex(reflect.ValueOf(name), element)
		}
	case reflect.Interface: // an Input, which other programs can set to an output
		decodeInput(key, value, field, found)
	default:
		decodeScalar(key, value, field, found)
	}
}

// decodeInput sets a field that is an Input of a text or of a list of texts. An empty value keeps the default.
func decodeInput(key string, value any, field reflect.Value, found *problems.List) {
	if field.Type() == reflect.TypeFor[pulumi.StringArrayInput]() {
		var texts []string
		decodeValue(key, value, reflect.ValueOf(&texts).Elem(), found)
		if len(texts) > 0 {
			field.Set(reflect.ValueOf(pulumi.ToStringArray(texts)))
		}
		return
	}
	var text string
	decodeScalar(key, value, reflect.ValueOf(&text).Elem(), found)
	if text != "" {
		field.Set(reflect.ValueOf(pulumi.String(text)))
	}
}

func decodeStruct(key string, value any, target reflect.Value, found *problems.List) {
	object, ok := value.(map[string]any)
	fields := fieldsOf(target)
	allowed := slices.Sorted(maps.Keys(fields))
	if !ok {
		found.Add(key, value, "keys and their values; the keys are %s", strings.Join(allowed, ", "))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field, known := fields[name]
		if !known {
			found.Unknown(key+"."+name, object[name], allowed)
			continue
		}
		decodeValue(key+"."+name, object[name], field, found)
	}
}

func decodeScalar(key string, value any, field reflect.Value, found *problems.List) {
	switch field.Kind() {
	case reflect.String:
		if text, ok := value.(string); ok {
			field.SetString(text)
			return
		}
		found.Add(key, value, "a text; put it in quotes")
	case reflect.Bool:
		if truth, ok := value.(bool); ok {
			field.SetBool(truth)
			return
		}
		found.Add(key, value, "true or false")
	case reflect.Int:
		if number, ok := value.(json.Number); ok {
			if whole, err := number.Int64(); err == nil {
				field.SetInt(whole)
				return
			}
		}
		found.Add(key, value, "a whole number, without quotes")
	default:
		panic(fmt.Sprintf("the configuration has a field of kind %s", field.Kind())) // a mistake in this program
	}
}

// stackConfig returns all values of the stack's configuration.
//
// The SDK has only a function that reads a single key, which cannot find misspelt
// keys. So this function reads an unexported map of the SDK by reflection.
// TestStackConfig fails if an SDK no longer has this map.
func stackConfig(ctx *pulumi.Context) map[string]string {
	state := reflect.ValueOf(ctx).Elem().FieldByName("state")
	all := state.Elem().FieldByName("info").FieldByName("Config")
	values := make(map[string]string, all.Len())
	for _, key := range all.MapKeys() {
		values[key.String()] = all.MapIndex(key).String()
	}
	return values
}
