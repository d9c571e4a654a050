//go:build !linux

package platformtest

import (
	"os"
	"syscall"
)

var terminate = os.Kill

func dieWithParent(*syscall.SysProcAttr) {}

func runAs(*syscall.SysProcAttr, uint32) {}
