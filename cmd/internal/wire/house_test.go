package wire

import (
	"net"
	"path/filepath"
	"strconv"
	"testing"
)

func TestADesktopThatHasDiedIsNoticed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	l, err := net.Listen("unix", filepath.Join(dir, "wayland-7"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	forwarded, n := listenAsDisplay(t)
	defer forwarded.Close()
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"WAYLAND_DISPLAY", "wayland-7", true},
		{"WAYLAND_DISPLAY", filepath.Join(dir, "wayland-7"), true},
		{"WAYLAND_DISPLAY", "wayland-8", false},
		{"DISPLAY", "localhost:" + strconv.Itoa(n) + ".0", true},
		{"DISPLAY", "localhost:59000.0", false},
		{"DISPLAY", ":59000", false},
		{"DISPLAY", "other.example:0", true}, // another computer's is not asked
		{"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + filepath.Join(dir, "bus") + ",guid=1", false},
		{"DBUS_SESSION_BUS_ADDRESS", "unix:abstract=/tmp/dbus-x", true},
		{"XDG_SESSION_TYPE", "x11", true},
	} {
		if got := alive(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: alive is %v", c.name, c.value, got)
		}
	}
}

// listenAsDisplay listens where ssh would for a forwarded display.
func listenAsDisplay(t *testing.T) (net.Listener, int) {
	t.Helper()
	for n := 3000; n < 3100; n++ {
		if l, err := net.Listen("tcp", "localhost:"+strconv.Itoa(firstDisplay+n)); err == nil {
			return l, n
		}
	}
	t.Fatal("no free port")
	return nil, 0
}
