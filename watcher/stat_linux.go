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
	return st.Ino, [2]int64{int64(st.Ctim.Sec), int64(st.Ctim.Nsec)} //nolint:unconvert // int32 on 32-bit systems
}
