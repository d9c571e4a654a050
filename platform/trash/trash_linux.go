package trash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// can is one trash directory (freedesktop.org trash specification 1.0).
type can struct {
	dir string
	top string // the paths in it are relative to this; "" for the home trash, where they are absolute
}

func move(_ context.Context, path string, info fs.FileInfo) error {
	// The way up to the top of the volume must not lead through links.
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return err
	}
	path = filepath.Join(dir, filepath.Base(path))
	home, err := homeCan()
	if err == nil && device(filepath.Dir(home.dir)) == deviceOf(info) {
		// A bind mount is another volume though it is the same device.
		if err := home.take(path); !errors.Is(err, syscall.EXDEV) {
			return err
		}
	}
	volume, err := volumeCan(path, deviceOf(info))
	if err != nil {
		return err
	}
	if err := volume.take(path); !errors.Is(err, syscall.EXDEV) {
		return err
	}
	return errNoTrash
}

func homeCan() (can, error) {
	data := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) {
		home, err := os.UserHomeDir()
		if err != nil {
			return can{}, err
		}
		data = filepath.Join(home, ".local", "share")
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return can{}, err
	}
	return can{dir: filepath.Join(data, "Trash")}, nil
}

// volumeCan finds the trash at the top of the volume that path is on: a shared
// one that the administrator has made, or one of this user.
func volumeCan(path string, dev uint64) (can, error) {
	top := filepath.Dir(path)
	for top != "/" && device(filepath.Dir(top)) == dev {
		top = filepath.Dir(top)
	}
	uid := strconv.Itoa(os.Geteuid())
	shared := filepath.Join(top, ".Trash")
	if info, err := os.Lstat(shared); err == nil && info.IsDir() && info.Mode()&fs.ModeSticky != 0 {
		c := can{filepath.Join(shared, uid), top}
		if c.make() == nil {
			return c, nil
		}
	}
	c := can{filepath.Join(top, ".Trash-"+uid), top}
	if err := c.make(); err != nil {
		return can{}, errNoTrash
	}
	return c, nil
}

// make makes sure that the trash is there, and this user's alone.
func (c can) make() error {
	for _, dir := range []string{c.dir, filepath.Join(c.dir, "files"), filepath.Join(c.dir, "info")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		info, err := os.Lstat(dir)
		if err != nil {
			return err
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() {
			return fmt.Errorf("%s belongs to another user: %w", dir, fs.ErrPermission)
		}
	}
	return nil
}

// take moves a file into the trash. Its note is written first, which keeps the
// name for it.
func (c can) take(path string) error {
	if err := c.make(); err != nil {
		return err
	}
	note, name, err := c.reserve(path)
	if err != nil {
		return err
	}
	// Not over what somebody has put there without a note.
	err = unix.Renameat2(unix.AT_FDCWD, path, unix.AT_FDCWD, filepath.Join(c.dir, "files", name), unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // a file system that does not know the wish
		err = os.Rename(path, filepath.Join(c.dir, "files", name))
	}
	if err != nil {
		os.Remove(note)
		return err
	}
	return nil
}

// reserve writes the note of a file under a name that is free.
func (c can) reserve(path string) (note, name string, err error) {
	where := path
	if c.top != "" {
		if where, err = filepath.Rel(c.top, path); err != nil {
			return "", "", err
		}
	}
	text := fmt.Sprintf("[Trash Info]\nPath=%s\nDeletionDate=%s\n",
		(&url.URL{Path: where}).EscapedPath(), time.Now().Format("2006-01-02T15:04:05"))
	base := filepath.Base(path)
	ext := filepath.Ext(base)
	for n := 1; ; n++ {
		name = base
		if n > 1 {
			name = fmt.Sprintf("%s.%d%s", strings.TrimSuffix(base, ext), n, ext)
		}
		if _, err := os.Lstat(filepath.Join(c.dir, "files", name)); err == nil {
			continue
		}
		note = filepath.Join(c.dir, "info", name+".trashinfo")
		f, err := os.OpenFile(note, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", "", err
		}
		_, err = f.WriteString(text)
		if err := errors.Join(err, f.Close()); err != nil {
			os.Remove(note)
			return "", "", err
		}
		return note, name, nil
	}
}

func deviceOf(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Dev)
	}
	return 0
}

func device(dir string) uint64 {
	info, err := os.Stat(dir)
	if err != nil {
		return 0
	}
	return deviceOf(info)
}
