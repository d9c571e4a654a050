//go:build linux

package watcher

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	// fuse FROM DIR SALT: a drive run by a program, mounted at DIR, until its
	// input ends. It shows the files of FROM, which others change without an
	// event on the drive. Like FAT it makes inode numbers up anew with every
	// mount, from SALT on, and its times are two seconds coarse. It says when it
	// is mounted, and which files are opened.
	roles["fuse"] = func(a []string) error {
		salt, err := strconv.ParseUint(a[2], 10, 64)
		if err != nil {
			return err
		}
		fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.Mount("upshot-test", a[1], "fuse", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_RDONLY,
			fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd)); err != nil {
			return err
		}
		fmt.Println("mounted")
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			_ = unix.Unmount(a[1], unix.MNT_DETACH)
			os.Exit(0)
		}()
		(&fuse{from: a[0], salt: salt, fd: fd, paths: map[uint64]string{1: "."}, ids: map[string]uint64{".": 1}}).serve()
		return nil
	}
}

// drive is such a program. It is a process of its own: one that used what it
// serves would wait for itself.
type drive struct {
	at    string
	mu    sync.Mutex
	opens []string
	ended chan struct{}
}

// mountFUSE mounts from at dir; where that cannot be the test is skipped.
func mountFUSE(t *testing.T, from, dir string, salt int) *drive {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount")
	}
	cmd := helper(t, "fuse", from, dir, strconv.Itoa(salt))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	d := &drive{at: dir, ended: make(chan struct{})}
	t.Cleanup(func() {
		_ = in.Close()
		<-d.ended
	})
	if !lines.Scan() {
		close(d.ended)
		_ = cmd.Wait()
		t.Skip("no FUSE here")
	}
	go func() {
		defer close(d.ended)
		for lines.Scan() {
			d.mu.Lock()
			d.opens = append(d.opens, lines.Text())
			d.mu.Unlock()
		}
		_ = cmd.Wait()
	}()
	return d
}

// unmount is the drive being taken out; it fails while somebody uses it.
func (d *drive) unmount() bool { return unix.Unmount(d.at, 0) == nil }

// opened are the files that were opened, as often as they were; the drive is gone.
func (d *drive) opened() []string {
	<-d.ended
	return d.opens
}

type fuse struct {
	from  string
	salt  uint64 // of this mount's inode numbers
	fd    int
	paths map[uint64]string
	ids   map[string]uint64
}

// The kernel's requests and the structures of its answers (linux/fuse.h, 7.31).
const (
	fuseLookup, fuseForget, fuseGetattr, fuseOpen, fuseRead = 1, 2, 3, 14, 15
	fuseStatfs, fuseRelease, fuseFlush, fuseInit            = 17, 18, 25, 26
	fuseOpendir, fuseReaddir, fuseReleasedir                = 27, 28, 29
	fuseInterrupt, fuseDestroy, fuseBatchForget             = 36, 38, 42
)

func (f *fuse) serve() {
	buf := make([]byte, 1<<20)
	for {
		n, err := unix.Read(f.fd, buf)
		switch err {
		case nil:
		case unix.EINTR, unix.EAGAIN, unix.ENOENT:
			continue
		default: // ENODEV: unmounted
			return
		}
		ne := binary.NativeEndian
		op, unique, node, body := ne.Uint32(buf[4:]), ne.Uint64(buf[8:]), ne.Uint64(buf[16:]), buf[40:n]
		if op == fuseForget || op == fuseBatchForget || op == fuseInterrupt {
			continue
		}
		data, errno := f.answer(op, node, body)
		out := ne.AppendUint32(nil, uint32(16+len(data)))
		out = ne.AppendUint32(out, uint32(-int32(errno)))
		out = ne.AppendUint64(out, unique)
		_, _ = unix.Write(f.fd, append(out, data...))
	}
}

func (f *fuse) answer(op uint32, node uint64, body []byte) ([]byte, syscall.Errno) {
	ne := binary.NativeEndian
	path := f.paths[node]
	real := filepath.Join(f.from, path)
	switch op {
	case fuseInit:
		out := make([]byte, 64)
		ne.PutUint32(out, 7)
		ne.PutUint32(out[4:], 31)
		ne.PutUint32(out[8:], 1<<16)
		ne.PutUint32(out[20:], 1<<16) // the most to write at once
		return out, 0
	case fuseLookup:
		name, _, _ := bytes.Cut(body, []byte{0})
		child := filepath.Join(path, string(name))
		info, err := os.Lstat(filepath.Join(f.from, child))
		if err != nil {
			return nil, errnoOf(err)
		}
		id, ok := f.ids[child]
		if !ok {
			id = uint64(len(f.ids) + 1)
			f.ids[child], f.paths[id] = id, child
		}
		out := ne.AppendUint64(nil, id)
		out = append(out, make([]byte, 32)...) // generation and for how long it holds: not at all
		return append(out, f.attr(id, info)...), 0
	case fuseGetattr:
		info, err := os.Lstat(real)
		if err != nil {
			return nil, errnoOf(err)
		}
		return append(make([]byte, 16), f.attr(node, info)...), 0
	case fuseOpen, fuseOpendir:
		if op == fuseOpen {
			fmt.Println(path)
		}
		out := make([]byte, 16)
		ne.PutUint32(out[8:], 1) // FOPEN_DIRECT_IO
		return out, 0
	case fuseRead:
		b, err := os.ReadFile(real)
		if err != nil {
			return nil, errnoOf(err)
		}
		off, size := ne.Uint64(body[8:]), uint64(ne.Uint32(body[16:]))
		off = min(off, uint64(len(b)))
		return b[off:min(off+size, uint64(len(b)))], 0
	case fuseReaddir:
		return f.readdir(real, int(ne.Uint64(body[8:])), int(ne.Uint32(body[16:])))
	case fuseStatfs:
		return make([]byte, 80), 0
	case fuseRelease, fuseReleasedir, fuseFlush, fuseDestroy:
		return nil, 0
	}
	return nil, unix.ENOSYS
}

func (f *fuse) readdir(dir string, off, size int) ([]byte, syscall.Errno) {
	ne := binary.NativeEndian
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, errnoOf(err)
	}
	var out []byte
	for i := off; i < len(list); i++ {
		name, kind := list[i].Name(), uint32(unix.DT_REG)
		if list[i].IsDir() {
			kind = unix.DT_DIR
		}
		e := ne.AppendUint64(nil, uint64(i)+f.salt)
		e = ne.AppendUint64(e, uint64(i+1))
		e = ne.AppendUint32(e, uint32(len(name)))
		e = ne.AppendUint32(e, kind)
		e = append(e, name...)
		e = append(e, make([]byte, (8-len(e)%8)%8)...)
		if len(out)+len(e) > size {
			break
		}
		out = append(out, e...)
	}
	return out, 0
}

func (f *fuse) attr(id uint64, info fs.FileInfo) []byte {
	ne := binary.NativeEndian
	mode := uint32(unix.S_IFREG | 0o644)
	if info.IsDir() {
		mode = unix.S_IFDIR | 0o755
	}
	at := uint64(info.ModTime().Unix() &^ 1)
	out := ne.AppendUint64(nil, id+f.salt)
	for _, v := range []uint64{uint64(info.Size()), uint64(info.Size()+511) / 512, at, at, at} {
		out = ne.AppendUint64(out, v)
	}
	for _, v := range []uint32{0, 0, 0, mode, 1, 0, 0, 0, 4096, 0} { // ns, mode, links, owner, device, block
		out = ne.AppendUint32(out, v)
	}
	return out
}

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	if e, ok := err.(*fs.PathError); ok { //nolint:errorlint // as the os package makes it
		errno, _ = e.Err.(syscall.Errno)
	}
	if errno == 0 {
		return unix.EIO
	}
	return errno
}

// On such a drive events do not tell of what others write, no lease tells of a
// writer, and inodes do not last.
func TestADriveRunByAProgramIsPolledAndItsFilesAreSentOnce(t *testing.T) {
	t.Parallel()
	top, back, src := t.TempDir(), t.TempDir(), t.TempDir()
	pic, big := pngOf(t, 140, 20, 20), pngOf(t, 141, 200, 200)
	put(t, filepath.Join(src, "big.png"), big)
	want := map[string][]byte{}
	for i := range 40 {
		name := fmt.Sprintf("DCIM/old%d.png", i)
		want["old"+fmt.Sprint(i)+".png"] = remarked(pic, i)
		put(t, filepath.Join(back, name), remarked(pic, i))
	}
	drive := mountFUSE(t, back, top, 1000)
	dir := filepath.Join(top, "DCIM")
	memory := &known{}
	start := func() *rig {
		return watch(t, dir, memory.keep, func(c *Config) { c.Rescan = 500 * time.Millisecond })
	}
	took := func(r *rig, names ...string) {
		t.Helper()
		for _, name := range names {
			r.got(name, want[name])
		}
		r.until("nothing is on its way", func() bool { return r.w.Status().Waiting == 0 })
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.taken) != len(names) {
			t.Errorf("taken: %v, want %v", r.namesLocked(), names)
		}
	}
	var old []string
	for name := range want {
		old = append(old, name)
	}
	r := start()
	took(r, old...)
	if reason := r.w.Status().Reason; !contains(reason, "FUSE") || !contains(reason, "also looked through every 500ms") {
		t.Errorf("it says %q", reason)
	}

	// Another machine writes slowly: no event, no lease.
	want["slow.png"] = big
	act(t, "slow", filepath.Join(src, "big.png"), filepath.Join(back, "DCIM", "slow.png"), "3", "700ms")
	took(r, append(old, "slow.png")...)

	// The drive goes, and comes back with other inode numbers.
	r.until("it can be unmounted: nothing of it is kept open", drive.unmount)
	r.until("it is waited for", func() bool {
		s := r.w.Status()
		return s.State == StateMissing && contains(s.Reason, "Waiting for the drive") && s.Waiting == 0
	})
	want["while-away.png"] = remarked(pic, 100)
	put(t, filepath.Join(back, "DCIM", "while-away.png"), want["while-away.png"])
	drive = mountFUSE(t, back, top, 5000)
	r.state(StateWatching)
	took(r, append(old, "slow.png", "while-away.png")...)
	r.stop()

	// A restart opens nothing that is known, not even with inode numbers of another mount.
	r.until("it can be unmounted", drive.unmount)
	drive = mountFUSE(t, back, top, 9000)
	want["last.png"] = remarked(pic, 101)
	put(t, filepath.Join(back, "DCIM", "last.png"), want["last.png"])
	r = start()
	took(r, "last.png")
	r.stop()
	if !drive.unmount() {
		t.Fatal("it cannot be unmounted")
	}
	opened := drive.opened()
	if len(opened) == 0 || slices.ContainsFunc(opened, func(path string) bool { return path != "DCIM/last.png" }) {
		t.Errorf("opened after the restart: %v", opened)
	}
}
