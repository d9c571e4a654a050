package platformtest

import "syscall"

const terminate = syscall.SIGTERM

func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
