//go:build !linux

package cli

import "os/exec"

// dieWithParent does nothing: only Linux supports this.
func dieWithParent(*exec.Cmd) {}
