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
		cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err != nil {
			return err
		}
		pid, err := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		if err != nil {
			return err
		}
		p = Peer{PID: pid, User: strconv.FormatUint(uint64(cred.Uid), 10)}
		return nil
	})
	return p, err
}
