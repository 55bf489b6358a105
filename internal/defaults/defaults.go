// Package defaults fills structs from the `default` tags of their fields.
package defaults

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Set sets every field of a struct that is zero and has a `default` tag, also in nested
// structs: fields, embedded structs, pointers and elements of slices. If zero is a valid
// value of a field, the field must be a pointer: Set then replaces only nil. In the tag of
// a slice, commas separate the elements. Set does not change resources, because the SDK
// writes to them concurrently.
//
// Set panics if a tag is malformed, because that is a mistake in the program.
func Set(pointer any) {
	set(reflect.ValueOf(pointer).Elem())
}

var resourceType = reflect.TypeFor[pulumi.Resource]()

func set(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() && !value.Type().Implements(resourceType) {
			set(value.Elem())
		}
	case reflect.Slice:
		for i := range value.Len() {
			set(value.Index(i))
		}
	case reflect.Struct:
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if text, ok := field.Tag.Lookup("default"); ok && value.Field(i).IsZero() {
				if err := parseDefault(value.Field(i), text); err != nil {
					panic(fmt.Sprintf("default of %s.%s: %v", value.Type(), field.Name, err))
				}
			}
			set(value.Field(i))
		}
	}
}

func parseDefault(field reflect.Value, text string) error {
	switch field.Kind() {
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		return parseDefault(field.Elem(), text)
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		parsed, err := strconv.ParseBool(text)
		if err != nil {
			return err
		}
		field.SetBool(parsed)
	case reflect.Int:
		parsed, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		field.SetInt(int64(parsed))
	case reflect.Slice:
		for _, part := range strings.Split(text, ",") {
			element := reflect.New(field.Type().Elem()).Elem()
			if err := parseDefault(element, part); err != nil {
				return err
			}
			field.Set(reflect.Append(field, element))
		}
	default:
		return fmt.Errorf("a field of kind %s cannot have a default", field.Kind())
	}
	return nil
}
