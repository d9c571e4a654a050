//go:build unix

package watcher

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// folderID tells one directory from another at the same path.
type folderID struct{ dev, inode uint64 }

func (f folderID) sameDrive(g folderID) bool { return f.dev == g.dev }

func folderOf(_ string, info fs.FileInfo) folderID {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return folderID{}
	}
	return folderID{uint64(st.Dev), st.Ino} //nolint:unconvert // Dev has another type on other systems
}

// openFile opens for reading without following a link and without waiting for
// the other end of a pipe that took the file's place.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

// openDir opens a directory, never through a link.
func openDir(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_DIRECTORY, 0)
}

// concealed reports whether the system marks the file as hidden; here names do.
func concealed(fs.FileInfo) bool { return false }
