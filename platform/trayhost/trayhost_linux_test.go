package trayhost

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"go.uber.org/goleak"

	"images-uploader.com/upshot/platform/platformtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bus is a session bus without any service, in the environment of this test.
func bus(t *testing.T) (address string, kill func()) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test needs dbus-daemon, which is not installed")
		}
		t.Skip("this test needs dbus-daemon, which is not installed")
	}
	dir, err := os.MkdirTemp("", "upshot") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	config, err := filepath.Abs("testdata/bare.conf")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile", "--print-address", "--address=unix:path="+filepath.Join(dir, "bus"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	kill = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(func() { kill(); _ = os.RemoveAll(dir) })
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	return address, kill
}

// watch stands for the watcher of a panel.
func watch(t *testing.T, address string, hosted bool) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = prop.Export(conn, watcherPath, prop.Map{watcher: {hostProperty: {Value: hosted, Emit: prop.EmitTrue}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(watcher, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestTrayHostKeepsTheContract(t *testing.T) {
	platformtest.TestTrayHost(t, func(t *testing.T) (platformtest.TrayHostPort, platformtest.TrayHostPeer) {
		address, kill := bus(t)
		return port{}, &session{address: address, kill: kill}
	})
}

// port is the package in the contract's words.
type port struct{}

func (port) Present(ctx context.Context) (bool, error) { return Present(ctx) }
func (port) Lost(ctx context.Context) error            { return Lost(ctx) }

// session is a desktop whose panel comes and goes.
type session struct {
	address string
	kill    func()
	panel   *dbus.Conn
}

func (s *session) StartPanel(t *testing.T) { s.panel = watch(t, s.address, true) }

func (s *session) EndPanel(t *testing.T) {
	if err := s.panel.Close(); err != nil {
		t.Fatal(err)
	}
}

func (s *session) LogOut(*testing.T) { s.kill() }

func TestPresent(t *testing.T) {
	t.Run("a bus without a panel has none", func(t *testing.T) {
		bus(t)
		if there, err := Present(t.Context()); there || err != nil {
			t.Errorf("got %v, %v", there, err)
		}
	})
	t.Run("a watcher without a host is none", func(t *testing.T) {
		address, _ := bus(t)
		watch(t, address, false)
		if there, err := Present(t.Context()); there || err != nil {
			t.Errorf("got %v, %v", there, err)
		}
	})
	t.Run("a watcher with a host is one", func(t *testing.T) {
		address, _ := bus(t)
		watch(t, address, true)
		if there, err := Present(t.Context()); !there || err != nil {
			t.Errorf("got %v, %v", there, err)
		}
	})
	t.Run("a bus that is dead is errors.ErrUnsupported", func(t *testing.T) {
		_, kill := bus(t)
		kill()
		if there, err := Present(t.Context()); there || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v, %v", there, err)
		}
	})
	t.Run("a bus that does not answer ends with the context", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Skipf("the temporary directory's path is too long for a socket: %v", err)
		}
		defer l.Close()
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := Present(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLost(t *testing.T) {
	t.Run("returns when the bus ends", func(t *testing.T) {
		_, kill := bus(t)
		returned := make(chan error, 1)
		go func() { returned <- Lost(t.Context()) }()
		select {
		case err := <-returned:
			t.Fatalf("it returned while the bus was there: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		kill()
		select {
		case err := <-returned:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it did not return")
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		bus(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := Lost(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("without a bus is errors.ErrUnsupported", func(t *testing.T) {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
		if err := Lost(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	})
}
