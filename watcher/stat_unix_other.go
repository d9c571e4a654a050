//go:build unix && !linux

package watcher

import (
	"io/fs"
	"syscall"
)

func identify(info fs.FileInfo) (inode uint64, changed [2]int64) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, changed
	}
	return uint64(st.Ino), changed
}
