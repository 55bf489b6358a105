//go:build linux

// Command toolmemory runs a tool for `go build -toolexec "toolmemory FILE"`. If the tool is the compiler, it appends a
// line to FILE with the package and the compiler's highest resident memory in KiB.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

func main() {
	code, err := run(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "toolmemory: %v\n", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run runs the tool and returns its exit code.
func run(file string, tool []string) (code int, err error) {
	cmd := exec.Command(tool[0], tool[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil || !cmd.ProcessState.Exited() {
		return 1, fmt.Errorf("running %s: %w", tool[0], err)
	}
	code = cmd.ProcessState.ExitCode()
	// The go command sets this variable to the package. The variable is empty if the go command asks for a tool's version.
	path := os.Getenv("TOOLEXEC_IMPORTPATH")
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if filepath.Base(tool[0]) != "compile" || path == "" || !ok {
		return code, nil
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return code, err
	}
	_, err = fmt.Fprintf(out, "%s %d\n", path, usage.Maxrss)
	return code, errors.Join(err, out.Close())
}
