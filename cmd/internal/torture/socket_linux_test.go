package torture

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// socket looks an address up among this machine's connections and returns the
// number of the socket that has it; false: no process has it open any more.
func socket(addr string) (inode string, open bool) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return "", false
	}
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return "", false
	}
	const established = "01" // one whose process has ended waits for the other end's close
	local := fmt.Sprintf(":%04X", at.Port())
	for line := range strings.Lines(string(table)) {
		// slot, local, remote, state, queues, timer, retransmits, user, timeout, inode
		fields := strings.Fields(line)
		if len(fields) > 9 && strings.HasSuffix(fields[1], local) && fields[3] == established {
			return fields[9], true
		}
	}
	return "", false
}

// established reports whether whoever is at the other end of a connection
// lives.
func established(remote string) bool {
	_, open := socket(remote)
	return open
}

// holds reports whether a process has the socket with this address.
func holds(pid int, addr string) bool {
	inode, open := socket(addr)
	if !open {
		return false
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && to == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}
