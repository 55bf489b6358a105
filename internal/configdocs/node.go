package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/defaults"
	"fargate-cd/program"
)

// node describes a value of the configuration: the value of a key, or an element of a list.
type node struct {
	name             string // of the key; empty for an element
	description      string
	required         bool
	kind             kind
	fallback         any   // the default: a string, int, bool or []any; nil for none
	allowed          []any // the allowed values, if they are enumerated
	minimum, maximum *int  // the bounds of a number; nil for none

	keys     []*node // of an object
	elements *node   // of a list or of a map
}

// kind is the type of a value, as the JSON Schema names it.
type kind string

const (
	kindString  kind = "string"
	kindInteger kind = "integer"
	kindBoolean kind = "boolean"
	kindArray   kind = "array"
	kindObject  kind = "object" // with fixed keys, or with any keys if node.keys is empty
)

// readConfig reads program.Config and every struct in it.
func readConfig(root string) (*node, error) {
	r := &reader{comments: comments{root: root}}
	config, err := r.read(reflect.ValueOf(program.Config{}))
	if err != nil {
		return nil, err
	}
	config.findLimits()
	return config, nil
}

type reader struct{ comments comments }

// read returns the node of a value. The given value is the default of its key.
func (r *reader) read(value reflect.Value) (*node, error) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			return r.read(value.Elem())
		}
		n, err := r.read(reflect.Zero(value.Type().Elem()))
		if n != nil && n.kind != kindObject {
			n.fallback = nil // a nil pointer has no default
		}
		return n, err
	case reflect.String:
		n := &node{kind: kindString}
		if value.String() != "" {
			n.fallback = value.String()
		}
		return n, nil
	case reflect.Interface:
		switch value.Type() { // what an Input is in a stack file
		case reflect.TypeFor[pulumi.StringInput]():
			return &node{kind: kindString}, nil
		case reflect.TypeFor[pulumi.StringArrayInput]():
			return r.read(reflect.ValueOf([]string(nil)))
		}
		return nil, fmt.Errorf("the configuration has a field of type %s, which configdocs cannot describe", value.Type())
	case reflect.Int:
		return &node{kind: kindInteger, fallback: int(value.Int())}, nil
	case reflect.Bool:
		return &node{kind: kindBoolean, fallback: value.Bool()}, nil
	case reflect.Slice:
		elements, err := r.elements(value.Type().Elem())
		n := &node{kind: kindArray, elements: elements}
		if value.Len() > 0 {
			var list []any
			for i := range value.Len() {
				list = append(list, value.Index(i).Interface())
			}
			n.fallback = list
		}
		return n, err
	case reflect.Map:
		elements, err := r.elements(value.Type().Elem())
		return &node{kind: kindObject, elements: elements}, err
	case reflect.Struct:
		keys, err := r.keys(value.Type())
		return &node{kind: kindObject, keys: keys}, err
	default:
		return nil, fmt.Errorf("the configuration has a field of kind %s, which configdocs cannot describe", value.Kind())
	}
}

// elements returns the node of an element of a list or map. It has no default.
func (r *reader) elements(of reflect.Type) (*node, error) {
	n, err := r.read(reflect.Zero(of))
	if err != nil {
		return nil, err
	}
	n.fallback = nil
	return n, nil
}

// keys returns the nodes of a struct's fields, including the fields of embedded structs.
func (r *reader) keys(of reflect.Type) ([]*node, error) {
	filled := reflect.New(of)
	defaults.Set(filled.Interface())
	var keys []*node
	for i := range of.NumField() {
		field := of.Field(i)
		if field.Anonymous {
			embedded, err := r.keys(field.Type)
			if err != nil {
				return nil, err
			}
			keys = append(keys, embedded...)
			continue
		}
		name := field.Tag.Get("json")
		if name == "-" { // another key sets it
			continue
		}
		n, err := r.read(filled.Elem().Field(i))
		if err != nil {
			return nil, err
		}
		n.name = name
		if n.description, n.required, err = r.comments.describe(of, field.Name); err != nil {
			return nil, err
		}
		keys = append(keys, n)
	}
	return keys, nil
}

// key returns the key of an object by its name.
func (n *node) key(name string) *node {
	for _, k := range n.keys {
		if k.name == name {
			return k
		}
	}
	panic("the configuration has no key " + name)
}

// service returns the node of a service.
func (n *node) service() *node { return n.key("services").elements }

// summarized returns the first sentence of the description.
func (n *node) summarized() string {
	sentence, _, more := strings.Cut(n.description, ". ")
	if more {
		sentence += "."
	}
	return sentence
}
