//go:build linux

package watcher

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// known is a memory of what was taken, as the engine has one: by path, size,
// time and inode, but for inodes that do not last.
type known struct {
	mu sync.Mutex
	is map[File]bool
}

func (k *known) of(f File) File {
	if f.Fleeting {
		f.Inode = 0
	}
	f.ModTime, f.Rewritten = f.ModTime.UTC(), false
	return f
}

func (k *known) keep(c *Config) {
	take := c.Take
	c.Known = func(_ context.Context, f File) (bool, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		return !f.Rewritten && k.is[k.of(f)], nil
	}
	c.Take = func(ctx context.Context, files []File) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.is == nil {
			k.is = map[File]bool{}
		}
		for _, f := range files {
			k.is[k.of(f)] = true
		}
		return take(ctx, files)
	}
}

// loopDrive is a file system of its own in a file, with times of whole seconds.
func loopDrive(t *testing.T) (plug func(), unplug func() bool, at string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount")
	}
	needs(t, "mkfs.ext4", "mount")
	image := filepath.Join(t.TempDir(), "drive")
	at = t.TempDir()
	shell(t, `truncate -s 16M "$1"; mkfs.ext4 -q -F -I 128 -O ^has_journal "$1" 2>/dev/null`, image)
	plug = func() {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "mount", "-o", "loop,strictatime", image, at).CombinedOutput(); err != nil {
			t.Skipf("cannot mount here: %v %s", err, out)
		}
	}
	plug()
	t.Cleanup(func() { _ = unix.Unmount(at, unix.MNT_DETACH) })
	return plug, func() bool { return unix.Unmount(at, 0) == nil }, at
}

func TestADriveWithTimesOfWholeSecondsIsSentOnceAndReadOnce(t *testing.T) {
	t.Parallel()
	plug, unplug, top := loopDrive(t)
	dir := filepath.Join(top, "DCIM")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pic := pngOf(t, 150, 20, 20)
	memory := &known{}
	r := watch(t, dir, memory.keep)
	r.started()
	want := map[string][]byte{}
	for i := range 30 {
		name := fmt.Sprintf("p%02d.png", i)
		want[name] = remarked(pic, 10+i)
		put(t, filepath.Join(dir, name), want[name])
	}
	for name, content := range want {
		r.got(name, content)
	}
	// Within the same second, of the same size: replaced by a rename, and
	// written over.
	put(t, filepath.Join(dir, ".new"), remarked(pic, 50))
	if err := os.Rename(filepath.Join(dir, ".new"), filepath.Join(dir, "p00.png")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "p01.png"), remarked(pic, 51))
	r.got("p00.png", remarked(pic, 50))
	r.got("p01.png", remarked(pic, 51))
	r.quiet()
	if n := len(r.taken); n != 32 {
		t.Errorf("%d taken, not 32: %v", n, r.namesLocked())
	}

	r.until("it can be unmounted: nothing of it is kept open", unplug)
	r.until("it is waited for", func() bool {
		s := r.w.Status()
		return s.State == StateMissing && contains(s.Reason, "Waiting for the drive")
	})
	plug()
	r.state(StateWatching)
	r.quiet()
	if n := len(r.taken); n != 32 {
		t.Errorf("%d taken after the drive came back: %v", n, r.namesLocked()[32:])
	}
	r.stop()

	shell(t, `touch -a -d 2001-01-01 "$1"/*.png`, dir)
	before := reads(t, dir)
	r = watch(t, dir, memory.keep)
	r.onlyGot(nil)
	r.stop()
	for name, at := range reads(t, dir) {
		if at != before[name] {
			t.Errorf("%s was read", name)
		}
	}
	if len(before) != 30 {
		t.Errorf("%d files", len(before))
	}
	if _, err := os.ReadFile(filepath.Join(dir, "p05.png")); err != nil || reads(t, dir)["p05.png"] == before["p05.png"] {
		t.Errorf("the drive does not tell that a file was read: %v", err)
	}
}

// reads is when each file was read last; the drive is mounted to tell always.
func reads(t *testing.T, dir string) map[string]syscall.Timespec {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]syscall.Timespec{}
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			out[e.Name()] = st.Atim
		}
	}
	return out
}
