package network

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// listen has the kernel put a hint in the channel whenever links, addresses or
// routes change.
func listen(hints chan<- struct{}) (stop func(), err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("listen to the network: %w", err)
	}
	const groups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR |
		unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("listen to the network: %w", err)
	}
	socket := os.NewFile(uintptr(fd), "netlink")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 64<<10)
		for {
			// What has changed does not matter: a look tells. ENOBUFS says
			// that there was more than fits.
			if _, err := socket.Read(buf); err != nil && !errors.Is(err, unix.ENOBUFS) {
				return
			}
			select {
			case hints <- struct{}{}:
			default: // one is waiting already
			}
		}
	}()
	return func() {
		socket.Close()
		<-ended
	}, nil
}
