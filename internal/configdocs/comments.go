package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// module is the path of the project's Go module.
const module = "fargate-cd"

// comments reads the doc comments of struct fields in all packages of the module.
type comments struct {
	root     string
	packages map[string]map[string]string // import path → Struct.Field → comment
}

// describe returns the description of a key from the doc comment of its field. It also
// reports whether the comment ends with the sentence "Required."
//
// The comment begins with the name of the field, as a Go comment does: "Cpu is
// the CPU of a task" becomes "The CPU of a task".
func (c *comments) describe(of reflect.Type, field string) (description string, required bool, err error) {
	all, err := c.ofPackage(of.PkgPath())
	if err != nil {
		return "", false, err
	}
	name := of.Name() + "." + field
	text, begins := strings.CutPrefix(all[name], field+" ")
	if !begins {
		return "", false, fmt.Errorf("the doc comment of %s.%s, which describes its key, must begin with %q", of.PkgPath(), name, field+" ")
	}
	for _, verb := range []string{"is ", "are "} {
		text = strings.TrimPrefix(text, verb)
	}
	text, required = strings.CutSuffix(text, " Required.")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:], required, nil
}

// ofPackage returns the comments of a package. It parses each package only once.
func (c *comments) ofPackage(path string) (map[string]string, error) {
	if known, ok := c.packages[path]; ok {
		return known, nil
	}
	files, err := filepath.Glob(filepath.Join(c.root, strings.TrimPrefix(path, module), "*.go"))
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				addFields(fields, spec)
			}
			return true
		})
	}
	if c.packages == nil {
		c.packages = map[string]map[string]string{}
	}
	c.packages[path] = fields
	return fields, nil
}

func addFields(fields map[string]string, spec *ast.TypeSpec) {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			fields[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
		}
	}
}
