package main

import (
	"bytes"
	"encoding/json"
)

// schema is a JSON Schema of draft 7, which most editors support.
type schema struct {
	Schema               string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 kind               `json:"type,omitempty"`
	Default              any                `json:"default,omitempty"`
	Enum                 []any              `json:"enum,omitempty"`
	Minimum              *int               `json:"minimum,omitempty"`
	Maximum              *int               `json:"maximum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	AnyOf                []*schema          `json:"anyOf,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	PatternProperties    map[string]*schema `json:"patternProperties,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // false, or a schema
	Required             []string           `json:"required,omitempty"`
}

// schemaFile returns the JSON Schema of a stack file.
func schemaFile(_ string, config *node) (string, error) {
	keys := config.schema()
	stack := &schema{
		Type: kindObject, Properties: map[string]*schema{}, AdditionalProperties: false,
		// Keys of the AWS provider, such as aws:region, and of the Pulumi engine.
		PatternProperties: map[string]*schema{"^(aws|pulumi):": {}},
	}
	for name, key := range keys.Properties {
		stack.Properties[module+":"+name] = key.orText()
	}
	// Each stack has services, a repository (the short form of one service), or an environment for other stacks.
	for _, name := range []string{"services", "repository", "environment"} {
		stack.AnyOf = append(stack.AnyOf, &schema{Required: []string{module + ":" + config.key(name).name}})
	}
	file := &schema{
		Schema: "http://json-schema.org/draft-07/schema#",
		Title:  "Stack file of " + module,
		Type:   kindObject,
		Properties: map[string]*schema{
			"config": stack,
			// Keys that the Pulumi CLI writes.
			"secretsprovider": {Type: kindString}, "encryptedkey": {Type: kindString}, "encryptionsalt": {Type: kindString},
			"environment": {},
		},
		AdditionalProperties: false,
		Required:             []string{"config"},
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(file)
	return out.String(), err
}

// schema returns the schema of a value.
func (n *node) schema() *schema {
	s := &schema{
		Description: n.description, Type: n.kind, Default: n.fallback, Enum: n.allowed, Minimum: n.minimum, Maximum: n.maximum,
	}
	switch {
	case n.kind == kindArray:
		s.Items = n.elements.schema()
	case n.elements != nil:
		s.AdditionalProperties = n.elements.schema()
	case n.kind == kindObject:
		s.AdditionalProperties = false
		s.Properties = map[string]*schema{}
		for _, k := range n.keys {
			s.Properties[k.name] = k.schema()
			if k.required {
				s.Required = append(s.Required, k.name)
			}
		}
	}
	return s
}

// orText returns a schema that also accepts a number or a boolean as text, because
// `pulumi config set` writes every value as text.
func (s *schema) orText() *schema {
	pattern, scalar := map[kind]string{kindInteger: "^[0-9]+$", kindBoolean: "^(true|false)$"}[s.Type]
	if !scalar {
		return s
	}
	value := &schema{Type: s.Type, Enum: s.Enum, Minimum: s.Minimum, Maximum: s.Maximum}
	return &schema{
		Description: s.Description, Default: s.Default,
		AnyOf: []*schema{value, {Type: kindString, Pattern: pattern}},
	}
}
