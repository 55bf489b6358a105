//go:build windows

package cli

import (
	"os"
	"os/exec"
	"syscall"

	"github.com/iwdgo/sigintwindows"
)

// ownProcessGroup starts the command in its own process group, which a console's
// Ctrl-C does not reach.
func ownProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func interrupt(process *os.Process) error {
	return sigintwindows.SendCtrlBreak(process.Pid)
}
