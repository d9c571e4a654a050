//go:build unix

package engine

import (
	"os"
	"syscall"

	"images-uploader.com/upshot/client/job"
)

// openNoFollow opens path for reading. A link is refused: the sender has
// resolved links, and what became one since is not what was given. A pipe
// does not block the open.
func openNoFollow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
}

// fingerprint tells what a file is now.
func fingerprint(info os.FileInfo) job.Fingerprint {
	f := job.Fingerprint{Size: info.Size(), ModTime: info.ModTime()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Inode = st.Ino
	}
	return f
}
