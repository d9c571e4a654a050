package instance_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/platformtest"
)

// TestMain lets the test binary be the other program: it takes the lock, or
// says that it could not, and serves the socket until it is ended.
func TestMain(m *testing.M) {
	if dir := os.Getenv("UPSHOT_TEST_HOLD"); dir != "" {
		holder(dir)
		return
	}
	os.Exit(m.Run())
}

func holder(dir string) {
	lock, err := instance.TryLock(filepath.Join(dir, "lock"))
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return
	}
	l, err := lock.Listen(filepath.Join(dir, "sock"))
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return
	}
	os.Stdout.WriteString("held\n")
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		conn.Write([]byte(strconv.Itoa(os.Getpid()) + "\n"))
		conn.Close()
	}
}

// start starts the other program and returns its first line.
func start(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "UPSHOT_TEST_HOLD="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

// directory is private, and its path short enough for a socket.
func directory(t *testing.T) string {
	dir, err := os.MkdirTemp("", "upi")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestLockAndSocketKeepTheContract(t *testing.T) {
	platformtest.TestInstance(t, func(t *testing.T) (platformtest.InstancePort, string) { return port{}, directory(t) })
}

// port is the package in the contract's words.
type port struct{}

func (port) TryLock(path string) (platformtest.InstanceLock, error) {
	l, err := instance.TryLock(path)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (port) Dial(ctx context.Context, path string) (net.Conn, error) { return instance.Dial(ctx, path) }

func TestLockOfTwoProcesses(t *testing.T) {
	dir := directory(t)
	path := filepath.Join(dir, "lock")
	cmd, said := start(t, dir)
	if said != "held" {
		t.Fatalf("the first program said %q", said)
	}
	t.Run("a second one does not get it", func(t *testing.T) {
		if _, err := instance.TryLock(path); !errors.Is(err, instance.ErrHeld) {
			t.Errorf("here: %v", err)
		}
		if _, said := start(t, dir); said != instance.ErrHeld.Error() {
			t.Errorf("a third program said %q", said)
		}
	})
	t.Run("kill -9 gives it back", func(t *testing.T) {
		cmd.Process.Kill()
		cmd.Wait()
		lock, err := instance.TryLock(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, said := start(t, dir); said != instance.ErrHeld.Error() {
			t.Errorf("the other program said %q while we hold it", said)
		}
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
		if _, said := start(t, dir); said != "held" {
			t.Errorf("the other program said %q after Close", said)
		}
	})
}

func TestLockWithinOneProcess(t *testing.T) {
	path := filepath.Join(directory(t), "lock")
	first, err := instance.TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := instance.TryLock(path); !errors.Is(err, instance.ErrHeld) {
		t.Errorf("a second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	again, err := instance.TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestLockThatCannotBe(t *testing.T) {
	dir := directory(t)
	if _, err := instance.TryLock(filepath.Join(dir, "missing", "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a directory that is not there: %v", err)
	}
	if _, err := instance.TryLock(dir); err == nil || errors.Is(err, instance.ErrHeld) {
		t.Errorf("a directory as the lock: %v", err)
	}
}

func TestSocketOfADeadProgramIsReplaced(t *testing.T) {
	dir := directory(t)
	path := filepath.Join(dir, "sock")
	cmd, _ := start(t, dir)
	if got := greeting(t, path); got != strconv.Itoa(cmd.Process.Pid) {
		t.Fatalf("the program said %q", got)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("the dead program has left no socket, the test shows nothing: %v", err)
	}
	if _, err := instance.Dial(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Dial to the dead one: %v, want fs.ErrNotExist", err)
	}
	lock := held(t, dir)
	l, err := lock.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new socket: %v, %v", info.Mode(), err)
	}
	go func() {
		if conn, err := l.Accept(); err == nil {
			conn.Write([]byte("new\n"))
			conn.Close()
		}
	}()
	if got := greeting(t, path); got != "new" {
		t.Errorf("the new one said %q", got)
	}
}

func held(t *testing.T, dir string) *instance.Lock {
	t.Helper()
	lock, err := instance.TryLock(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	return lock
}

func greeting(t *testing.T, path string) string {
	t.Helper()
	conn, err := instance.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestWhatIsNotADeadSocketIsLeftAlone(t *testing.T) {
	dir := directory(t)
	lock := held(t, dir)
	t.Run("a file", func(t *testing.T) {
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := lock.Listen(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Listen: %v", err)
		}
		if b, _ := os.ReadFile(path); string(b) != "mine" {
			t.Error("the file is gone")
		}
	})
	t.Run("a socket that somebody serves under another lock", func(t *testing.T) {
		other := directory(t)
		cmd, _ := start(t, other)
		if _, err := lock.Listen(filepath.Join(other, "sock")); !errors.Is(err, instance.ErrHeld) {
			t.Errorf("Listen: %v", err)
		}
		if got := greeting(t, filepath.Join(other, "sock")); got != strconv.Itoa(cmd.Process.Pid) {
			t.Errorf("its socket says %q", got)
		}
	})
	t.Run("without the lock nothing is opened", func(t *testing.T) {
		released := held(t, directory(t))
		released.Close()
		if _, err := released.Listen(filepath.Join(dir, "other")); err == nil {
			t.Error("Listen worked")
		}
	})
	t.Run("a directory that others can write to is not trusted", func(t *testing.T) {
		open := filepath.Join(dir, "open")
		if err := os.Mkdir(open, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(open, 0o777); err != nil {
			t.Fatal(err)
		}
		if _, err := lock.Listen(filepath.Join(open, "sock")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Listen: %v", err)
		}
	})
}

func TestPeerIsWhoTheKernelSays(t *testing.T) {
	dir := directory(t)
	cmd, _ := start(t, dir)
	conn, err := instance.Dial(t.Context(), filepath.Join(dir, "sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	peer, err := instance.PeerOf(conn)
	if err != nil || peer.PID != cmd.Process.Pid || peer.User != strconv.Itoa(os.Geteuid()) {
		t.Errorf("PeerOf: %+v, %v; want process %d", peer, err, cmd.Process.Pid)
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if _, err := instance.PeerOf(a); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("of something that is no socket: %v", err)
	}
}

func TestOtherUsersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	platformtest.Need(t, platformtest.GTK)
	dir := directory(t)
	path := filepath.Join(dir, "sock")
	l, err := held(t, dir).Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 4)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	connect := func() ([]byte, error) {
		cmd := exec.Command(platformtest.Python, "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(len(s.recv(1)))`, path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		return cmd.CombinedOutput()
	}
	t.Run("by the modes of directory and socket", func(t *testing.T) {
		if out, err := connect(); err == nil || !strings.Contains(string(out), "PermissionError") {
			t.Errorf("it connected: %s", out)
		}
	})
	t.Run("and by who they are, where the modes let them in", func(t *testing.T) {
		for _, p := range []string{dir, path} {
			if err := os.Chmod(p, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		out, err := connect()
		if err != nil || strings.TrimSpace(string(out)) != "0" {
			t.Errorf("it was not hung up on: %v, %s", err, out)
		}
		conn, err := instance.Dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		first := <-accepted // ours, though the other came before
		defer first.Close()
		if peer, err := instance.PeerOf(first); err != nil || peer.PID != os.Getpid() {
			t.Errorf("accepted %+v, %v", peer, err)
		}
	})
}

func TestDialWhereNobodyIs(t *testing.T) {
	if _, err := instance.Dial(t.Context(), filepath.Join(directory(t), "sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Dial: %v, want fs.ErrNotExist", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := instance.Dial(ctx, filepath.Join(directory(t), "sock")); err == nil {
		t.Error("an ended context: no error")
	}
}

func TestProgramIsFoundWhereItStays(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("APPIMAGE", "")
	t.Setenv("APPDIR", "")
	want := func(t *testing.T, path string) {
		t.Helper()
		if got, err := instance.Program(); err != nil || got != path {
			t.Errorf("it is %q, %v, want %q", got, err, path)
		}
	}
	t.Run("where it is", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		want(t, self)
	})
	t.Run("by a link in PATH that leads to one version of it", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		link := filepath.Join(dir, filepath.Base(self))
		if err := os.Symlink(self, link); err != nil {
			t.Fatal(err)
		}
		want(t, link)
	})
	t.Run("but not by another program of that name", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(self)), nil, 0o700); err != nil {
			t.Fatal(err)
		}
		want(t, self)
	})
	t.Run("as the AppImage that it is in", func(t *testing.T) {
		t.Setenv("APPIMAGE", "/home/me/My Programs/Upshot.AppImage")
		t.Setenv("APPDIR", filepath.Dir(self))
		want(t, "/home/me/My Programs/Upshot.AppImage")
	})
	t.Run("not as one that started it", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Setenv("APPIMAGE", "/home/me/Terminal.AppImage")
		t.Setenv("APPDIR", "/tmp/.mount_Termin")
		want(t, self)
	})
}
