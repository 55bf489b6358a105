package cli

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the system kill the command when its parent ends.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }
