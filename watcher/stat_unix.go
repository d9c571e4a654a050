//go:build unix

package watcher

import (
	"errors"
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
// the other end of a pipe that took the file's place. It keeps the file out of
// the runtime's poller: a drive run by a program is asked whether the file can
// be polled, and until it answers nothing in this process would be woken.
func openFile(path string) (*os.File, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil {
			if err = unix.SetNonblock(fd, false); err == nil {
				return os.NewFile(uintptr(fd), path), nil
			}
			_ = unix.Close(fd)
		}
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
}

// openDir opens a directory, never through a link.
func openDir(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_DIRECTORY, 0)
}

// concealed reports whether the system marks the file as hidden; here names do.
func concealed(fs.FileInfo) bool { return false }

// linked reports whether the file has more names than one.
func linked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink > 1
}
