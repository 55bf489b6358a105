// Command configdocs generates the documentation of the configuration keys: the tables
// in README.md and docs/configuration.md, the declarations in Pulumi.yaml, and the JSON
// Schema of stack files. `go generate ./program` runs it.
//
// The name and default of a key come from the tags of its struct field, the description
// from the field's doc comment, and the allowed values from the errors of
// program.Validate. No document repeats them by hand.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// document is a generated file. Either the whole file or the text between two markers is
// generated.
type document struct {
	path   string
	render func(current string, config *node) (string, error)
}

var documents = []document{
	{"README.md", markdown(map[string]func(*node) string{"stack": summary, "service": summaryOfService})},
	{"docs/configuration.md", markdown(map[string]func(*node) string{"stack": reference, "service": referenceOfService})},
	{"docs/stack.schema.json", schemaFile},
	{"Pulumi.yaml", projectFile},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: configdocs <root of the repository>")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "configdocs:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	rendered, err := render(root)
	if err != nil {
		return err
	}
	for path, content := range rendered {
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns the content of each document, by its path.
func render(root string) (map[string]string, error) {
	config, err := readConfig(root)
	if err != nil {
		return nil, err
	}
	rendered := map[string]string{}
	for _, d := range documents {
		current, err := os.ReadFile(filepath.Join(root, d.path))
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if rendered[d.path], err = d.render(string(current), config); err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
	}
	return rendered, nil
}
