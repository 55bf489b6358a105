//go:build windows

package cli

import (
	"os"
	"os/exec"
	"syscall"

	"github.com/iwdgo/sigintwindows"
)

// ownProcessGroup keeps a console's Ctrl-C from the command.
func ownProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func interrupt(process *os.Process) error {
	return sigintwindows.SendCtrlBreak(process.Pid)
}
