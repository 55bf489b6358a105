// Command bench measures the project and writes docs/performance.md.
//
//	go run ./bench          # everything; takes the better part of an hour
//	go run ./bench -short   # a quick look, printed; the page stays as it is
//
// Seconds depend on the machine and on what else it does. So each figure is also
// a ratio to another that was measured in the same run, and no test has a limit
// in seconds. A section whose tools are missing on this machine is left out, and
// says so.
//
// The comparison needs an emulator of AWS's API in AWS_ENDPOINT_URL, and on PATH
// pulumi-resource-aws and Terraform. Where Terraform's registry is out of reach,
// TF_CLI_ARGS_init=-plugin-dir=DIR names a folder with its AWS provider.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"fargate-cd/automation/stack"
)

func main() {
	short := flag.Bool("short", false, "measure a few figures, and print them instead of writing docs/performance.md")
	runs := flag.Int("runs", 3, "how often the comparison with Terraform is repeated")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *short, *runs, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench is a run of this command.
type bench struct {
	root    string // the repository
	scratch string // a directory that is deleted at the end
	command string // the built command `automation`
	short   bool
	runs    int
}

// section is a part of the page.
type section struct {
	title string
	// measure returns the part's text, or errMissing where this machine lacks a tool.
	measure func(*bench, context.Context) (string, error)
	long    bool // left out by -short
}

// sections are in the order of the page.
var sections = []section{
	{title: "Compared with Terraform", measure: (*bench).comparison},
	{title: "Many services", measure: (*bench).scale},
	{title: "With AWS's times", measure: (*bench).awsTimes},
	{title: "Compiling", measure: (*bench).compiling, long: true},
}

// errMissing is a section's error where a tool is missing: no fault of the project.
var errMissing = errors.New("not on this machine")

// run measures everything and writes the page, to docs/performance.md or, in the
// short form, to out.
func run(ctx context.Context, short bool, runs int, out io.Writer) (err error) {
	if runs < 1 {
		return fmt.Errorf("-runs %d: allowed is 1 or more", runs)
	}
	root, err := stack.FindProject()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return fmt.Errorf("making a scratch directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	b := &bench{root: root, scratch: scratch, command: filepath.Join(scratch, "automation"), short: short, runs: runs}
	p := page{Short: short, Machine: readMachine()} // before anything adds to the load
	if p.Versions, err = b.versions(ctx); err != nil {
		return err
	}
	progress("building the command")
	if _, err := (command{dir: root, args: []string{"go", "build", "-o", b.command, "./automation"}}).run(ctx); err != nil {
		return err
	}
	for _, s := range sections {
		if short && s.long {
			continue
		}
		text, err := s.measure(b, ctx)
		switch {
		case ctx.Err() != nil:
			return errors.Join(context.Cause(ctx), err)
		case errors.Is(err, errMissing):
			text = fmt.Sprintf("Left out, %v.", err)
		case err != nil:
			return fmt.Errorf("section %q: %w", s.title, err)
		}
		p.Sections = append(p.Sections, part{Title: s.title, Text: strings.TrimSpace(text)})
	}
	if short {
		return p.write(out)
	}
	return p.save(filepath.Join(root, "docs", "performance.md"))
}

// progress tells what is being measured.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
