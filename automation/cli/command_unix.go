//go:build !windows

package cli

import (
	"os"
	"os/exec"
	"syscall"
)

// ownProcessGroup keeps a terminal's signals from the command.
func ownProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func interrupt(process *os.Process) error {
	return process.Signal(os.Interrupt)
}
