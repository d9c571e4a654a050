//go:build !windows

package dirs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

const windows = false

// maxSocket is the longest path of a socket that every system takes (macOS
// has 104 bytes, Linux 108).
const maxSocket = 100

var errNotOurs = errors.New("it belongs to another user; is this running under sudo?")

func homeOfUser() string {
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

// withSocket finds a place for the socket whose path is short enough.
func (d Dirs) withSocket(getenv func(string) string) Dirs {
	if d.Runtime != "" {
		if d.Socket = filepath.Join(d.Runtime, "upshot.sock"); len(d.Socket) <= maxSocket {
			return d
		}
	}
	name := "upshot-" + strconv.Itoa(os.Geteuid()) + "-" + mark(d.State)
	d.Runtime = filepath.Join(place(getenv, "TMPDIR", "/tmp"), name)
	if d.Socket = filepath.Join(d.Runtime, "upshot.sock"); len(d.Socket) > maxSocket {
		d.Runtime = filepath.Join("/tmp", name)
		d.Socket = filepath.Join(d.Runtime, "upshot.sock")
	}
	d.own = append(d.own, d.Runtime)
	return d
}

func checkOwner(dir string, info fs.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s cannot be used: %w: %w", dir, errNotOurs, fs.ErrPermission)
	}
	return nil
}

func restrict(dir string, info fs.FileInfo, ours bool) error {
	mode := info.Mode().Perm()
	if ours && mode&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("make %s private: %w", dir, err)
		}
		return nil
	}
	if mode&0o022 != 0 {
		return fmt.Errorf("others can write to %s, so it cannot be used: %w", dir, fs.ErrPermission)
	}
	return nil
}
