package queue

import (
	"errors"
	"syscall"
)

func isDiskFull(err error) bool {
	const errorHandleDiskFull, errorDiskFull = syscall.Errno(39), syscall.Errno(112)
	return errors.Is(err, errorDiskFull) || errors.Is(err, errorHandleDiskFull)
}

func isReadOnly(err error) bool {
	const errorWriteProtect = syscall.Errno(19)
	return errors.Is(err, errorWriteProtect)
}
