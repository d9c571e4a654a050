package instance

import (
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// PeerOf says who is at the other end, as the kernel knows it.
func PeerOf(conn net.Conn) (Peer, error) {
	var p Peer
	err := withSocket(conn, func(fd int) error {
		cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return err
		}
		p = Peer{PID: int(cred.Pid), User: strconv.FormatUint(uint64(cred.Uid), 10)}
		return nil
	})
	return p, err
}
