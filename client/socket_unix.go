//go:build linux || darwin

package client

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// unsent is how much may lie in the socket without being on its way. Without
// a bound the kernel takes megabytes, which would show as sent, and on a slow
// line its next readiness could be further away than the stall timeout.
const unsent = 512 << 10

func tuneSocket(network, _ string, raw syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return nil
	}
	// It is a refinement: a kernel that does not know it works as well.
	return raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsent) // #nosec G115
	})
}
