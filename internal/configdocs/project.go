package main

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// declaration is the declaration of a key in Pulumi.yaml. If a declaration has no
// default, Pulumi refuses a stack that has no value for the key.
type declaration struct {
	Type        kind      `yaml:"type"`
	Items       *itemType `yaml:"items,omitempty,flow"`
	Default     any       `yaml:"default,omitempty,flow"`
	Description string    `yaml:"description"`
}

type itemType struct {
	Type kind `yaml:"type"`
}

// projectFile returns Pulumi.yaml with the declarations of the keys. It does not declare a key whose default depends on
// another key; Pulumi passes undeclared keys to the program too.
func projectFile(content string, config *node) (string, error) {
	declarations := &yaml.Node{Kind: yaml.MappingNode}
	for _, k := range config.keys {
		d := declaration{Type: k.kind, Description: k.description, Default: k.fallback}
		if k.kind == kindArray {
			d.Items = &itemType{k.elements.kind}
		}
		if d.Default == nil && !k.required {
			d.Default = map[kind]any{kindString: "", kindArray: []any{}, kindObject: map[string]any{}}[k.kind]
		}
		if d.Default == nil && !k.required {
			continue // a boolean whose default depends on another key
		}
		var name, value yaml.Node
		name.SetString(k.name)
		if err := value.Encode(d); err != nil {
			return "", err
		}
		declarations.Content = append(declarations.Content, &name, &value)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]any{"config": declarations}); err != nil {
		return "", err
	}
	return replaceSection(content, "# generated: config", "# end", out.String())
}
