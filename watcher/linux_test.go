//go:build linux

package watcher

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	// mmap SRC DST PARTS PAUSE: the descriptor is closed first, the content comes through a shared mapping.
	roles["mmap"] = func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		f, err := os.Create(a[1])
		if err != nil {
			return err
		}
		if err := f.Truncate(int64(len(src))); err != nil {
			return err
		}
		m, err := unix.Mmap(int(f.Fd()), 0, len(src), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err := firstError(err, f.Close()); err != nil {
			return err
		}
		if err := parts(src, a[2], a[3], func(off int64, part []byte) error {
			copy(m[off:], part)
			return nil
		}); err != nil {
			return err
		}
		return unix.Munmap(m)
	}
	// retime SRC DIR COUNT: writes, closes, comes to a halt for a moment of any length, sets the times.
	roles["retime"] = func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(a[2])
		if err != nil {
			return err
		}
		at := time.Unix(1_000_000_000, 0)
		for i := range n {
			path := filepath.Join(a[1], fmt.Sprintf("r%d.png", i))
			if err := os.WriteFile(path, src, 0o644); err != nil {
				return err
			}
			time.Sleep(time.Duration(i%30) * 200 * time.Microsecond)
			if err := os.Chtimes(path, at, at); err != nil {
				return err
			}
		}
		return nil
	}
	// tmpfile SRC DST: a file without a name, which gets one when it is written, and is closed later.
	roles["tmpfile"] = func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		fd, err := unix.Open(filepath.Dir(a[1]), unix.O_TMPFILE|unix.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		f := os.NewFile(uintptr(fd), a[1])
		if _, err := f.Write(src); err != nil {
			return err
		}
		err = unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), unix.AT_FDCWD, a[1], unix.AT_SYMLINK_FOLLOW)
		time.Sleep(300 * time.Millisecond)
		return firstError(err, f.Close())
	}
	// range SRC DST: the kernel copies, a part at a time.
	roles["range"] = copyInKernel(func(to, from int, n int) (int, error) {
		return unix.CopyFileRange(from, nil, to, nil, n, 0)
	})
	// sendfile SRC DST: the same by another call.
	roles["sendfile"] = copyInKernel(func(to, from int, n int) (int, error) { return unix.Sendfile(to, from, nil, n) })
	// splice SRC DST: through a pipe in the kernel, with stalls.
	roles["splice"] = func(a []string) error {
		var pipe [2]int
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			return err
		}
		return copyInKernel(func(to, from, n int) (int, error) {
			m, err := unix.Splice(from, nil, pipe[1], nil, n, 0)
			for left := m; err == nil && left > 0; {
				var k int64
				if k, err = unix.Splice(pipe[0], nil, to, nil, int(left), 0); k <= 0 {
					break
				}
				left -= k
			}
			return int(m), err
		})(a)
	}
	// exchange SRC DST: the new one and the old one change their names at once.
	roles["exchange"] = func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		tmp := filepath.Join(filepath.Dir(a[1]), ".exchange")
		if err := os.WriteFile(tmp, src, 0o644); err != nil {
			return err
		}
		if err := unix.Renameat2(unix.AT_FDCWD, tmp, unix.AT_FDCWD, a[1], unix.RENAME_EXCHANGE); err != nil {
			return err
		}
		return os.Remove(tmp)
	}
	// allocate SRC DST PARTS PAUSE: space is reserved by fallocate.
	roles["allocate"] = func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		f, err := os.Create(a[1])
		if err != nil {
			return err
		}
		if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(len(src))); err != nil {
			return err
		}
		return fill(f, src, a[2], a[3])
	}
}

func copyInKernel(part func(to, from int, n int) (int, error)) func(a []string) error {
	return func(a []string) error {
		from, err := os.Open(a[0])
		if err != nil {
			return err
		}
		defer func() { _ = from.Close() }()
		to, err := os.Create(a[1])
		if err != nil {
			return err
		}
		for {
			n, err := part(int(to.Fd()), int(from.Fd()), 30_000)
			if err != nil || n == 0 {
				return firstError(err, to.Close())
			}
			time.Sleep(30 * time.Millisecond)
		}
	}
}

func TestWritersThatOnlyLinuxHas(t *testing.T) {
	t.Parallel()
	src := filepath.Join(t.TempDir(), "a")
	jpg := jpegOf(t, 51, 300, 300)
	put(t, src, jpg)
	for _, role := range []string{"mmap", "allocate"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := watch(t, dir)
			r.state(StateWatching)
			act(t, role, src, filepath.Join(dir, "x.jpg"), "4", "400ms")
			r.onlyGot(map[string][]byte{"x.jpg": jpg})
		})
	}
}

// unzip, wget and others close a file and then set its times.
func TestTimesSetAfterClosingMakeNoNewVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 59, 20, 20)
	var mu sync.Mutex
	var same []File
	r := watch(t, dir, func(c *Config) {
		c.Same = func(_ context.Context, f File) error {
			mu.Lock()
			defer mu.Unlock()
			same = append(same, f)
			return nil
		}
	})
	r.state(StateWatching)
	path := filepath.Join(dir, "a.png")
	put(t, path, pic)
	r.got("a.png", pic)
	at := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	r.until("the new version is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(same) == 1 && same[0].Path == path && same[0].ModTime.Equal(at)
	})
	r.onlyGot(map[string][]byte{"a.png": pic})

	// Written anew with the same size and set to a time of its own it is another picture.
	other := append([]byte{}, pic...)
	other = append(other[:33], append(chunk("tEXt", []byte("n\x00x")), other[33:]...)...)
	put(t, filepath.Join(dir, "b.png"), remarked(pic, 1))
	r.got("b.png", remarked(pic, 1))
	put(t, filepath.Join(dir, "b.png"), remarked(pic, 2))
	if err := os.Chtimes(filepath.Join(dir, "b.png"), at, at); err != nil {
		t.Fatal(err)
	}
	r.got("b.png", remarked(pic, 2))
	// The same through a rename.
	put(t, filepath.Join(dir, ".c"), other)
	if err := os.Chtimes(filepath.Join(dir, ".c"), at, at.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, ".c"), path); err != nil {
		t.Fatal(err)
	}
	r.got("a.png", other)
}

func TestKnownIsToldThatAFileWasRewritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 61, 20, 20)
	path := filepath.Join(dir, "a.png")
	var mu sync.Mutex
	sent := map[File]bool{}
	told := 0
	r := watch(t, dir, func(c *Config) {
		c.Known = func(_ context.Context, f File) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			if f.Rewritten {
				told++
				return false, nil
			}
			return sent[f], nil
		}
		take := c.Take
		c.Take = func(ctx context.Context, files []File) error {
			mu.Lock()
			defer mu.Unlock()
			for _, f := range files {
				f.Rewritten = false
				sent[f] = true
			}
			return take(ctx, files)
		}
	})
	r.state(StateWatching)
	put(t, path, remarked(pic, 1))
	r.got("a.png", remarked(pic, 1))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, remarked(pic, 2))
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	r.got("a.png", remarked(pic, 2))
	mu.Lock()
	defer mu.Unlock()
	if told == 0 && len(sent) == 1 {
		t.Error("Known was not told")
	}
}

func TestManyFilesWhoseTimesAreSetAfterClosingAreTakenOnce(t *testing.T) {
	t.Parallel()
	dir, src := filepath.Join(t.TempDir(), "w"), filepath.Join(t.TempDir(), "a.png")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pic := pngOf(t, 60, 100, 100)
	put(t, src, pic)
	r := watch(t, dir)
	r.state(StateWatching)
	act(t, "retime", src, dir, "300")
	want := map[string][]byte{}
	for i := range 300 {
		want[fmt.Sprintf("r%d.png", i)] = pic
	}
	r.onlyGot(want)
}

func TestASparseFileIsTakenAfterItsQuietTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := watch(t, dir)
	r.state(StateWatching)
	video := sample(t, "plain.mp4")
	hole := 1 << 20
	head := []byte{0, 0x10, 0, 16, 'f', 'r', 'e', 'e'}
	path := filepath.Join(dir, "x.mp4")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(append(append([]byte{}, video...), head...)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("the end."), int64(len(video)+8+hole)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r.onlyGot(map[string][]byte{"x.mp4": content})
}

// child is a watcher in a process of its own.
type child struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.Closer
	got  map[string]int
	last Status
	line chan []byte
}

func startChild(t *testing.T, cmd *exec.Cmd) *child {
	t.Helper()
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
	c := &child{t: t, cmd: cmd, in: in, got: map[string]int{}, line: make(chan []byte)}
	go func() {
		defer close(c.line)
		s := bufio.NewScanner(out)
		s.Buffer(nil, 64<<20)
		for s.Scan() {
			c.line <- []byte(s.Text())
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range c.line {
		}
		_ = cmd.Wait()
	})
	return c
}

// until reads what the child says until what holds.
func (c *child) until(what string, holds func() bool) {
	c.t.Helper()
	end := time.After(patience)
	for !holds() {
		select {
		case l, ok := <-c.line:
			if !ok {
				c.t.Fatalf("the watcher ended before: %s", what)
			}
			c.read(l)
		case <-end:
			c.t.Fatalf("not within %v: %s (%d taken, status %+v)", patience, what, len(c.got), c.last)
		}
	}
}

func (c *child) read(l []byte) {
	var files []File
	if json.Unmarshal(l, &files) == nil {
		for _, f := range files {
			c.got[filepath.Base(f.Path)]++
		}
		return
	}
	var s Status
	if err := json.Unmarshal(l, &s); err != nil {
		c.t.Fatalf("%s: %v", l, err)
	}
	c.last = s
}

func (c *child) pends(part string) bool {
	for _, p := range c.last.Pending {
		if strings.Contains(p.Reason, part) {
			return true
		}
	}
	return false
}

// A watcher that is stopped cannot read its events; the kernel's queue (16,384
// by default) overflows, and only a look at everything finds what is there.
func TestNothingIsLostWhenTheEventQueueOverflows(t *testing.T) {
	t.Parallel()
	if raw, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events"); err != nil || strings.TrimSpace(string(raw)) != "16384" {
		t.Skipf("another queue length: %s", raw)
	}
	top := t.TempDir()
	dir, src := filepath.Join(top, "w"), filepath.Join(top, "a.png")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pic := pngOf(t, 52, 4, 4)
	put(t, src, pic)
	c := startChild(t, helper(t, "watch", dir))
	c.until("it watches", func() bool { return c.last.State == StateWatching && c.last.Reason == "" })
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	noise := [2]string{filepath.Join(dir, "noise.txt"), filepath.Join(dir, "noise2.txt")}
	put(t, noise[0], []byte("x"))
	for i := range 9000 { // two events each
		if err := os.Rename(noise[i%2], noise[1-i%2]); err != nil {
			t.Fatal(err)
		}
	}
	act(t, "many", src, dir, "500")
	if err := c.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	c.until("all are taken", func() bool { return len(c.got) == 500 })
	put(t, filepath.Join(dir, "last.png"), pic)
	c.until("it still watches", func() bool { return c.got["last.png"] == 1 })
	for name, n := range c.got {
		if n != 1 {
			t.Errorf("%s was taken %d times", name, n)
		}
	}
}

func TestAtTheLimitOfWatchesTheFolderIsPolledAndSaysHowToLiftIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 53, 10, 10)
	for i := range 8 {
		put(t, filepath.Join(dir, fmt.Sprintf("d%d", i), "first.txt"), []byte("x"))
	}
	for limit, sysctl := range map[string]string{"max_inotify_watches": "fs.inotify.max_user_watches", "max_inotify_instances": "fs.inotify.max_user_instances"} {
		t.Run(limit, func(t *testing.T) {
			inNamespace(t, limit)
			cmd := helper(t, "watch", dir)
			n := "3"
			if limit == "max_inotify_instances" {
				n = "0"
			}
			inside := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c",
				`echo `+n+` > /proc/sys/user/`+limit+` || exit 77; exec "$0" "$1"`, os.Args[0], dir)
			inside.Env, inside.Stderr = cmd.Env, os.Stderr
			c := startChild(t, inside)
			c.until("it polls", func() bool { return c.last.State == StatePolling })
			if !strings.Contains(c.last.Reason, "sysctl") || !strings.Contains(c.last.Reason, sysctl+"=") || strings.Contains(c.last.Reason, "%!") {
				t.Errorf("the reason is no help: %q", c.last.Reason)
			}
			name := limit + ".png"
			put(t, filepath.Join(dir, "d7", name), pic)
			c.until("a file is found by polling", func() bool { return c.got[name] == 1 })
		})
	}
}

// inNamespace skips a test where there are no user namespaces, in which limits
// are their own; where CI tests it fails.
func inNamespace(t *testing.T, limit string) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c", "echo 3 > /proc/sys/user/"+limit).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no user namespaces here: %v", err)
		}
		t.Skipf("no user namespaces here: %v", err)
	}
}

func TestAnUnreadableFileWaitsUntilItCanBeRead(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to become somebody else")
	}
	// Not below t.TempDir, which nobody may enter; and a copy of this binary likewise.
	top, err := os.MkdirTemp("", "watcher-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	dir := filepath.Join(top, "w")
	pic := pngOf(t, 54, 10, 10)
	put(t, filepath.Join(dir, "readable.png"), pic)
	put(t, filepath.Join(dir, "secret.png"), pic)
	shell(t, `cp "$2" "$1/test"; chmod 755 "$1" "$1/test" "$1/w"; chmod 600 "$1/w/secret.png"; mkdir "$1/w/closed"; chmod 700 "$1/w/closed"`, top, os.Args[0])
	cmd := exec.CommandContext(t.Context(), filepath.Join(top, "test"), dir)
	cmd.Env = append(os.Environ(), "WATCHER_TEST_ROLE=watch", "HOME=/nonexistent")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	c := startChild(t, cmd)
	// The files are root's: no lease for nobody, so the quiet time decides.
	c.until("the readable one is taken", func() bool { return c.got["readable.png"] == 1 })
	c.until("the others wait with a reason", func() bool {
		return c.pends("it cannot be read: permission denied") && c.pends("the directory cannot be read")
	})
	shell(t, `chmod 644 "$1/secret.png"`, dir)
	c.until("it is taken", func() bool { return c.got["secret.png"] == 1 })
	shell(t, `chmod 0 "$1"; chmod 700 "$1"`, dir)
	c.until("the folder is closed", func() bool { return c.last.State == StateFailed && strings.Contains(c.last.Reason, "permission") })
	shell(t, `chmod 755 "$1"`, dir)
	c.until("the folder is open", func() bool { return c.last.State == StateWatching })
	put(t, filepath.Join(dir, "new.png"), pic)
	c.until("it is watched again", func() bool { return c.got["new.png"] == 1 })
	if c.got["readable.png"] != 1 || c.got["secret.png"] != 1 {
		t.Errorf("taken again: %v", c.got)
	}
}

func TestADriveMayBeUnmountedAndMounted(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount")
	}
	dir := t.TempDir()
	pic := pngOf(t, 55, 10, 10)
	r := watch(t, dir)
	r.started()
	mount := func() {
		if err := unix.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
			t.Skipf("cannot mount here: %v", err)
		}
	}
	mount()
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	put(t, filepath.Join(dir, "on-drive.png"), pic)
	r.got("on-drive.png", pic)
	put(t, filepath.Join(dir, "second.png"), pic)
	r.got("second.png", pic)
	r.until("it can be unmounted: nothing of it is kept open", func() bool { return unix.Unmount(dir, 0) == nil })
	r.until("the folder below is seen", func() bool {
		_, err := os.Stat(filepath.Join(dir, "second.png"))
		return os.IsNotExist(err)
	})
	put(t, filepath.Join(dir, "below.png"), pic)
	r.got("below.png", pic)
	mount()
	put(t, filepath.Join(dir, "again.png"), pic)
	r.got("again.png", pic)
}

func TestAMissingDriveIsWaitedFor(t *testing.T) {
	t.Parallel()
	t.Run("one that was never there", func(t *testing.T) {
		t.Parallel()
		r := watch(t, "/media/upshot-test-no-such-drive/DCIM")
		r.until("it is waited for", func() bool {
			s := r.w.Status()
			return s.State == StateMissing && contains(s.Reason, "Waiting for the drive")
		})
	})
	t.Run("one that goes with a thousand files and comes back", func(t *testing.T) {
		t.Parallel()
		if os.Getuid() != 0 {
			t.Skip("needs root to mount")
		}
		top, drive := t.TempDir(), t.TempDir()
		// What is on the drive lies elsewhere, so that it is the same when it comes back.
		dir := filepath.Join(top, "DCIM")
		pic := pngOf(t, 94, 4, 4)
		want := map[string][]byte{}
		for i := range 1000 {
			name := fmt.Sprintf("p%d.png", i)
			want[name] = remarked(pic, i)
			put(t, filepath.Join(drive, "DCIM", name), want[name])
		}
		shm, err := os.MkdirTemp("/dev/shm", "watcher-drive-")
		if err != nil {
			t.Skipf("no second drive here: %v", err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(shm) })
		shell(t, `cp -a "$1/DCIM" "$2/"`, drive, shm)
		plug := func() {
			if err := unix.Mount(shm, top, "", unix.MS_BIND, ""); err != nil {
				t.Skipf("cannot mount here: %v", err)
			}
		}
		plug()
		t.Cleanup(func() { _ = unix.Unmount(top, unix.MNT_DETACH) })
		r := watch(t, dir)
		r.onlyGot(want)
		r.until("it can be unmounted", func() bool { return unix.Unmount(top, 0) == nil })
		r.until("it is waited for", func() bool {
			s := r.w.Status()
			return s.State == StateMissing && contains(s.Reason, "Waiting for the drive") && s.Waiting == 0
		})
		plug()
		r.state(StateWatching)
		want["new.png"] = pic
		put(t, filepath.Join(dir, "new.png"), pic)
		r.onlyGot(want)
	})
}

// On an overlay a lease says nothing about live mappings, so the quiet time
// decides there, and the folder is polled as well as watched.
func TestAnOverlayIsWatchedAndPolled(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount")
	}
	top, dir := t.TempDir(), t.TempDir()
	if err := unix.Mount("none", top, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("cannot mount here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(top, unix.MNT_DETACH) })
	shell(t, `mkdir "$1/lower" "$1/upper" "$1/work"`, top)
	if err := unix.Mount("none", dir, "overlay", 0, fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", top)); err != nil {
		t.Skipf("no overlay here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	pic := pngOf(t, 58, 20, 20)
	r := watch(t, dir, func(c *Config) { c.Quiet = 500 * time.Millisecond })
	r.until("it says that it polls", func() bool { return strings.Contains(r.w.Status().Reason, "overlay") })
	since := time.Now()
	put(t, filepath.Join(dir, "a.png"), pic)
	r.got("a.png", pic)
	if took := time.Since(since); took < 500*time.Millisecond {
		t.Errorf("taken after %v", took)
	}
	put(t, filepath.Join(top, "upper", "behind.png"), pic) // no event tells of it
	r.got("behind.png", pic)
}

// The probe's lease is held for microseconds; a writer that comes in that time
// makes the kernel send SIGIO, whose default would end the process.
func TestABrokenLeaseDoesNotEndTheProcess(t *testing.T) {
	if signal.Ignored(syscall.SIGIO) {
		t.Fatal("the test is void: SIGIO is ignored")
	}
	path := filepath.Join(t.TempDir(), "x")
	put(t, path, []byte("x"))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK); err != nil {
		t.Skipf("no leases here: %v", err)
	}
	if fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0); err == nil {
		_ = unix.Close(fd)
		t.Fatal("the writer did not meet the lease")
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK); err != nil {
		t.Fatal(err)
	}
	runtime.Gosched()
}

// A writer that opens with O_NONBLOCK while the lease is held would get an
// error, so a file is left alone until it stood still once; and the lease is
// given back at once.
func TestAFileIsNotProbedBeforeItStoodStill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.png")
	put(t, path, pngOf(t, 160, 10, 10))
	events, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(events) }()
	if _, err := unix.InotifyAddWatch(events, path, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	opened := func() bool {
		n, err := unix.Read(events, make([]byte, 4096))
		return err == nil && n > 0
	}
	f := newFilter(Config{Dir: filepath.Dir(path)})
	first := f.look(question{path: path})
	if opened() || first.deep || first.sight != sightFile {
		t.Errorf("the first look opened it: %+v", first)
	}
	changed := first.stat
	changed.size--
	if a := f.look(question{path: path, asked: true, last: changed}); opened() || a.deep {
		t.Errorf("it was opened though it has changed: %+v", a)
	}
	if a := f.look(question{path: path, asked: true, last: first.stat}); !opened() || !a.deep || a.is != whole {
		t.Errorf("it stood still and was not judged: %+v", a)
	}

	held, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	if probe(held, path) == writerUnknown {
		t.Skip("this file system cannot tell")
	}
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatalf("the lease is held still: %v", err)
	}
	_ = unix.Close(fd)
}

func TestTheProbeSeesWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	put(t, path, []byte("x"))
	f, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	free := probe(f, path)
	if free == writerOpen {
		t.Error("a closed file has a writer")
	}
	if free == writerUnknown {
		t.Skip("this file system cannot tell")
	}
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := probe(f, path); got != writerOpen {
		t.Errorf("open for appending: %v", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := probe(f, path); got != writerNone {
		t.Errorf("closed again: %v", got)
	}
}

func TestAnIdleWatcherDoesNotWakeUp(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir, src := filepath.Join(top, "w"), filepath.Join(top, "a.png")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, src, pngOf(t, 56, 4, 4))
	for i := range 10_000 { // one content is enough
		if err := os.Link(src, filepath.Join(dir, fmt.Sprintf("p%05d.png", i))); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "half.png"), pngOf(t, 57, 30, 30)[:200]) // a file that stays does not wake it either
	c := startChild(t, helper(t, "watch", dir))
	c.until("all are taken", func() bool { return len(c.got) == 10_000 && c.pends("not complete") })
	// After its last words nothing is left to do; the rest is the runtime's.
	for end := time.Now().Add(patience); ; {
		before := switches(t, c.cmd.Process.Pid)
		pause(t, 2*time.Second)
		n := switches(t, c.cmd.Process.Pid) - before
		if n <= 2 { // the runtime's own threads
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d wake-ups in 2 s of idleness", n)
		}
	}
}

// pause lets time pass in which nothing must happen.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// switches is how often the threads of a process gave up the processor.
func switches(t *testing.T, pid int) int {
	t.Helper()
	list, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(list) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	sum := 0
	for _, p := range list {
		raw, err := os.ReadFile(p)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			var n int
			if k, _ := fmt.Sscanf(line, "voluntary_ctxt_switches: %d", &n); k == 1 {
				sum += n
			}
		}
	}
	return sum
}
