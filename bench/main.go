// Command bench measures the project and writes docs/performance.md.
//
//	go run ./bench          # everything; takes most of an hour
//	go run ./bench -short   # prints a few figures; does not change the page
//
// Seconds depend on the machine and on its other load. So each figure is also a ratio
// to another figure of the same run, and no test has a limit in seconds. If a section
// needs a tool that this machine does not have, the page says so in place of the
// section's text.
//
// The comparison needs the URL of an AWS emulator in AWS_ENDPOINT_URL, and
// pulumi-resource-aws and Terraform on PATH. If Terraform cannot reach its registry, set
// TF_CLI_ARGS_init=-plugin-dir=DIR to a folder with its AWS provider.
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
	runs := flag.Int("runs", 3, "the number of runs of each repeated measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *short, *runs, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench holds the settings of a run of this command.
type bench struct {
	root    string // the repository's directory
	scratch string // a directory that is deleted at the end
	command string // the path of the built command `automation`
	short   bool
	runs    int
}

// section is a section of the page.
type section struct {
	title string
	// measure returns the section's text, or errMissing if this machine lacks a tool.
	measure func(*bench, context.Context) (string, error)
	long    bool // left out by -short
}

// sections lists the sections in the order of the page.
var sections = []section{
	{title: "Compared with Terraform", measure: (*bench).comparison},
	{title: "Many services", measure: (*bench).scale},
	{title: "With AWS's times", measure: (*bench).awsTimes},
	{title: "Compiling", measure: (*bench).compiling, long: true},
}

// errMissing is a section's error if this machine lacks a tool. It does not fail the run.
var errMissing = errors.New("not on this machine")

// run measures everything and writes the page to docs/performance.md. If short, it measures
// less and writes the page to out.
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
		return fmt.Errorf("creating a scratch directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	b := &bench{root: root, scratch: scratch, command: filepath.Join(scratch, "automation"), short: short, runs: runs}
	p := page{Short: short, Machine: readMachine()} // before this run adds to the load
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

// progress prints a line about the progress of the run.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
