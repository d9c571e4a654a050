//go:build unix

package engine

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"images-uploader.com/upshot/client/job"
)

// openNoFollow opens path for reading. A link is refused: the sender has
// resolved links, and what became one since is not what was given. A pipe
// does not block the open. The file is kept out of the runtime's poller: a
// drive run by a program (FUSE) is asked whether the file can be polled, and
// until it answers no goroutine would be woken.
func openNoFollow(path string) (*os.File, error) {
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

// fingerprint tells what a file is now.
func fingerprint(info os.FileInfo) job.Fingerprint {
	f := job.Fingerprint{Size: info.Size(), ModTime: info.ModTime()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Inode = st.Ino
	}
	return f
}
