package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"fargate-cd/automation/graph"
	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// The formats of a picture.
const (
	formatMermaid = "mermaid"
	formatHTML    = "html"
)

// draw writes the picture of the stack to the output file, or to stdout if no file is given.
func draw(r request, stdout io.Writer) (err error) {
	configuration, err := stack.ReadConfiguration(r.options)
	if err != nil {
		return err
	}
	config, err := program.Parse(configuration.Project, configuration.Stack, configuration.Values)
	if err != nil {
		return err
	}
	picture := graph.Draw(configuration.Project, configuration.Stack, configuration.Values["aws:region"], config)
	if r.output != "" {
		file, err := os.Create(r.output)
		if err != nil {
			return fmt.Errorf("writing the picture: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		stdout = file
	}
	if r.format == formatHTML {
		return picture.HTML(stdout)
	}
	_, err = io.WriteString(stdout, picture.Mermaid())
	return err
}
