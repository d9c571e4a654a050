package queue

import (
	"path/filepath"
	"syscall"
)

// onNetwork reports whether path lies on a network drive, where the shared
// memory that write-ahead logging needs does not work
// (https://www.sqlite.org/wal.html). The numbers are those of statfs(2).
func onNetwork(path string) bool {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return false
	}
	switch uint32(s.Type) {
	case 0x6969, // NFS
		0x517b,     // SMB
		0xff534d42, // CIFS
		0xfe534d42, // SMB2
		0x5346414f, // AFS
		0x00c36400, // Ceph
		0x01021997: // 9P, as virtual machines share folders
		return true
	}
	return false
}
