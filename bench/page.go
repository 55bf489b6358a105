package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

//go:embed performance.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page holds the data of docs/performance.md.
type page struct {
	Short    bool
	Date     string
	Machine  machine
	Versions []version
	Sections []part
}

// part is the title and text of a section.
type part struct{ Title, Text string }

func (p page) write(out io.Writer) error {
	p.Date = time.Now().UTC().Format(time.DateOnly)
	if err := pageTemplate.Execute(out, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// save writes the page to a file. If the template fails, the old file stays unchanged.
func (p page) save(path string) error {
	var text strings.Builder
	if err := p.write(&text); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

// writeFiles creates a directory with the given files (content by name).
func writeFiles(dir string, files map[string]string) error {
	errs := []error{os.MkdirAll(dir, 0o755)}
	for name, content := range files {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("writing into %s: %w", dir, err)
	}
	return nil
}
