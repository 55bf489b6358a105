//go:build !windows

package cli

import (
	"os"
	"os/exec"
	"syscall"
)

// ownProcessGroup starts the command in its own process group, which a terminal's
// Ctrl-C does not reach.
func ownProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func interrupt(process *os.Process) error {
	return process.Signal(os.Interrupt)
}
