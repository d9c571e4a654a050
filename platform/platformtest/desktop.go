package platformtest

import (
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Keyring says which Secret Service a Desktop has.
type Keyring int

// The keyrings.
const (
	NoKeyring        Keyring = iota
	UnlockedKeyring          // a real gnome-keyring, open
	LockedKeyring            // a real gnome-keyring, locked, and nobody who could ask for its password
	PromptingKeyring         // a real gnome-keyring, locked, that asks for its password in a window
	MuteKeyring              // a service that never answers
)

// DesktopConfig says what a Desktop has. The zero value is a screen and a
// session bus without any service.
type DesktopConfig struct {
	Screen   string // width x height x depth; "" is 1280x800x24
	Headless bool   // no screen
	// Outputs, if given, are monitors of their own in place of the one
	// Screen, the first of them primary; that takes an Xorg with its driver
	// dummy, and where that cannot run the test is skipped.
	Outputs       []image.Rectangle
	Wayland       bool     // a Wayland compositor (sway, without a screen) in place of the X server
	NoBus         bool     // no session bus
	Keyring       Keyring  // on the bus
	WindowManager bool     // openbox
	Panel         bool     // xfce4-panel with a tray, and the window manager
	Notifications bool     // org.freedesktop.Notifications that records
	Capabilities  []string // what that one can do; nil: actions, body, body-markup
}

// Desktop is a real desktop for one test.
type Desktop struct {
	t       testing.TB
	dir     string
	env     []string
	display string
	address string

	mu                 sync.Mutex
	started            int
	bus                *dbus.Conn
	recorder           *recorder
	screen, busProcess *Process
	keyring            *Process
}

// NewDesktop starts a desktop and ends it with the test.
func NewDesktop(t testing.TB, c DesktopConfig) *Desktop {
	t.Helper()
	// Not t.TempDir: socket paths must stay short.
	dir, err := os.MkdirTemp("", "upt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(t, dir) })
	d := &Desktop{t: t, dir: dir}
	for _, sub := range []string{"home", "run", "services", "home/.config", "home/.cache", "home/.local/share", "home/.local/state"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.env = d.baseEnv()
	// The bus hands its environment on to what it activates, so the screen
	// must be known before it starts.
	switch {
	case c.Wayland:
		d.startWayland()
	case len(c.Outputs) > 0:
		d.startOutputs(c.Outputs)
	case !c.Headless:
		d.startScreen(c)
	}
	if !c.NoBus {
		if c.Panel {
			d.preparePanel()
		}
		d.startBus()
		d.startKeyring(c.Keyring)
		if c.Notifications {
			d.startNotifications(c.Capabilities)
		}
	}
	if c.WindowManager || c.Panel {
		d.startWindowManager()
	}
	if c.Panel {
		d.startPanel()
	}
	return d
}

// removeAll waits for what is still writing to go: a program that was told to
// end may leave its last words.
func removeAll(t testing.TB, dir string) {
	var err error
	for range 3 {
		if err = os.RemoveAll(dir); err == nil {
			return
		}
	}
	t.Logf("remove the desktop's files: %v", err)
}

// baseEnv is the environment of somebody who has just logged in, with nothing
// of the machine that runs the test but its programs and places to write.
func (d *Desktop) baseEnv() []string {
	env := []string{
		"HOME=" + d.Home(),
		"XDG_RUNTIME_DIR=" + d.RuntimeDir(),
		"XDG_CONFIG_HOME=" + filepath.Join(d.Home(), ".config"),
		"XDG_CACHE_HOME=" + filepath.Join(d.Home(), ".cache"),
		"XDG_DATA_HOME=" + filepath.Join(d.Home(), ".local/share"),
		"XDG_STATE_HOME=" + filepath.Join(d.Home(), ".local/state"),
		"XDG_SESSION_TYPE=x11",
		"XDG_CURRENT_DESKTOP=XFCE",
		"LANG=C.UTF-8",
		"FYNE_THEME=light",         // else it follows a portal that is not there
		"NO_AT_BRIDGE=1",           // GTK would look for an accessibility bus
		"GTK_A11Y=none",            // the same for GTK 4
		"GSETTINGS_BACKEND=memory", // no dconf
	}
	for _, name := range []string{"PATH", "TMPDIR", "CI", "GOCOVERDIR", "GORACE", "GOTRACEBACK"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// Home is the home directory of the desktop's person.
func (d *Desktop) Home() string { return filepath.Join(d.dir, "home") }

// RuntimeDir is its XDG_RUNTIME_DIR.
func (d *Desktop) RuntimeDir() string { return filepath.Join(d.dir, "run") }

// Display is the X display (":1"), empty without a screen.
func (d *Desktop) Display() string { return d.display }

// Address is the address of the session bus, empty without one.
func (d *Desktop) Address() string { return d.address }

// Env is the whole environment of a program of this desktop.
func (d *Desktop) Env() []string { return append([]string(nil), d.env...) }

// Setenv gives the test's own process the desktop's environment until the test
// ends. What a login would not have set (WAYLAND_DISPLAY, a bus where there is
// none) is taken away. PATH and the like stay.
func (d *Desktop) Setenv() {
	d.t.Helper()
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"} {
		Unsetenv(d.t, name)
	}
	for _, kv := range d.env {
		name, value, _ := strings.Cut(kv, "=")
		d.t.Setenv(name, value)
	}
}

// Unsetenv takes a variable away until the test ends.
func Unsetenv(t testing.TB, name string) {
	t.Helper()
	t.Setenv(name, "") // puts the old one back at the end
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// Command is a command with the desktop's environment; Start runs it to the
// test's end, its own Run and Output as ever.
func (d *Desktop) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.t.Context(), name, args...)
	cmd.Env = d.Env()
	cmd.Dir = d.Home()
	return cmd
}

// Run runs a program of the desktop and returns what it wrote to stdout; it
// must succeed.
func (d *Desktop) Run(name string, args ...string) string {
	d.t.Helper()
	out, err := d.Command(name, args...).Output()
	if err != nil {
		var words string
		if ee, ok := err.(*exec.ExitError); ok {
			words = string(ee.Stderr)
		}
		d.t.Fatalf("%s %s: %v %s", name, strings.Join(args, " "), err, words)
	}
	return string(out)
}

func (d *Desktop) setenv(name, value string) { d.env = append(d.env, name+"="+value) }
