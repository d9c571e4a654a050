//go:build unix

package instance

import (
	"os/exec"
	"syscall"
)

// detach gives the child a session of its own: closing our terminal does not
// end it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
