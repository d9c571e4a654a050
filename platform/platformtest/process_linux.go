package platformtest

import "syscall"

const terminate = syscall.SIGTERM

func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

func runAs(a *syscall.SysProcAttr, id uint32) {
	a.Credential = &syscall.Credential{Uid: id, Gid: id}
}
