package watcher

import (
	"os"
	"syscall"
)

// owner is the user id a file belongs to, -1 when it cannot be told.
func owner(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
