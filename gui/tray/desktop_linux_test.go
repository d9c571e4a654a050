package tray

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// ownProcess runs the test that calls it in a process of its own, since the
// library has one icon for each process, and reports whether this is that
// process.
func ownProcess(t *testing.T) bool {
	t.Helper()
	if os.Getenv("UPSHOT_TRAY_TEST") == t.Name() {
		return true
	}
	t.Parallel()
	need(t, "dbus-daemon")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=120s")
	known, err := filepath.Abs("testdata/races.supp")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "upshot") // short enough for sockets in it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	cmd.Env = append(os.Environ(), "UPSHOT_TRAY_TEST="+t.Name(), "GORACE=suppressions="+known, "TMPDIR="+dir)
	// A group of its own, so that nothing is left of one that crashes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	} else if !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("the test did not run in its own process:\n%s", out)
	}
	return false
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("this test needs %s, which is not installed", program)
	}
	t.Skipf("this test needs %s, which is not installed", program)
}

// bus is a session bus of its own without any service, in this process's
// environment, and the test's connection to it.
type bus struct {
	*dbus.Conn
	daemon *exec.Cmd
}

func startBus(t *testing.T) *bus {
	t.Helper()
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
	b := &bus{daemon: cmd}
	t.Cleanup(func() { b.kill(); _ = os.RemoveAll(dir) })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	b.Conn = dial(t, address)
	return b
}

func dial(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// kill ends the daemon, once.
func (b *bus) kill() {
	if b.daemon.ProcessState == nil {
		_ = b.daemon.Process.Kill()
		_ = b.daemon.Wait()
	}
}

const watcherName = "org.kde.StatusNotifierWatcher"

// panel stands for a panel: it takes the registrations of tray icons.
type panel struct {
	conn  *dbus.Conn
	mu    sync.Mutex
	items []string // paths, at times with a sender
}

func startPanel(t *testing.T) *panel {
	t.Helper()
	p := &panel{conn: dial(t, os.Getenv("DBUS_SESSION_BUS_ADDRESS"))}
	if err := p.conn.Export(p, "/StatusNotifierWatcher", watcherName); err != nil {
		t.Fatal(err)
	}
	_, err := prop.Export(p.conn, "/StatusNotifierWatcher", prop.Map{watcherName: {"IsStatusNotifierHostRegistered": {Value: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.conn.RequestName(watcherName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return p
}

// RegisterStatusNotifierItem is called over the bus.
func (p *panel) RegisterStatusNotifierItem(item string) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items = append(p.items, item)
	return nil
}

func (p *panel) registered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.items)
}

// icon is what the tray of this process shows, as a panel reads it.
type icon struct {
	t       *testing.T
	item    dbus.BusObject
	menu    dbus.BusObject
	picture *atomic.Pointer[picturePixels] // the last one told, nil before
}

// picturePixels is a picture as it crosses the bus.
type picturePixels struct {
	W, H   int32
	Pixels []byte
}

func (b *bus) icon(t *testing.T) icon {
	t.Helper()
	name := fmt.Sprintf("org.kde.StatusNotifierItem-%d-1", os.Getpid())
	i := icon{t, b.Object(name, "/StatusNotifierItem"), b.Object(name, "/StatusNotifierItem/menu"), new(atomic.Pointer[picturePixels])}
	told := make(chan *dbus.Signal, 1000)
	if err := b.AddMatchSignal(dbus.WithMatchObjectPath("/StatusNotifierItem"), dbus.WithMatchMember("PropertiesChanged")); err != nil {
		t.Fatal(err)
	}
	b.Signal(told)
	go func() {
		for signal := range told { // until the connection closes
			if p := newPicture(signal); p != nil {
				i.picture.Store(p)
			}
		}
	}()
	return i
}

func (i icon) property(name string) any {
	v, err := i.item.GetProperty("org.kde.StatusNotifierItem." + name)
	if err != nil {
		return err
	}
	return v.Value()
}

// newPicture is the picture that a signal tells of, nil if it tells of something else.
func newPicture(signal *dbus.Signal) *picturePixels {
	if signal.Name != "org.freedesktop.DBus.Properties.PropertiesChanged" || len(signal.Body) != 3 {
		return nil
	}
	changed, _ := signal.Body[1].(map[string]dbus.Variant)
	var pictures []picturePixels
	if v, ok := changed["IconPixmap"]; ok && v.Store(&pictures) == nil && len(pictures) == 1 {
		return &pictures[0]
	}
	return nil
}

// tooltip is the text over the icon.
func (i icon) tooltip() string {
	parts, _ := i.property("ToolTip").([]any)
	if len(parts) != 4 {
		return ""
	}
	text, _ := parts[2].(string)
	return text
}

type entry struct {
	id       int32
	label    string // as the person sees it; "-" is a separator
	disabled bool
}

type node struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// entries are the visible lines of the menu.
func (i icon) entries() []entry {
	var revision uint32
	var root node
	err := i.menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root)
	if err != nil {
		return nil
	}
	var all []entry
	for _, child := range root.Children {
		var n node
		if err := dbus.Store([]any{child.Value()}, &n); err != nil {
			i.t.Fatal(err)
		}
		if visible, ok := n.Properties["visible"].Value().(bool); ok && !visible {
			continue
		}
		e := entry{id: n.ID}
		if kind, _ := n.Properties["type"].Value().(string); kind == "separator" {
			e.label = "-"
		} else {
			e.label = n.Properties["label"].Value().(string)
			// One underscore marks the access key, two are one.
			e.label = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(e.label, "__", "\x00"), "_", ""), "\x00", "_")
			e.disabled = !n.Properties["enabled"].Value().(bool)
		}
		all = append(all, e)
	}
	return all
}

func (i icon) labels() []string {
	var all []string
	for _, e := range i.entries() {
		all = append(all, e.label)
	}
	return all
}

// status is the first line of the menu.
func (i icon) status() string {
	if all := i.entries(); len(all) > 0 {
		return all[0].label
	}
	return ""
}

// click waits for a line and clicks it.
func (i icon) click(label string) {
	i.t.Helper()
	eventually(i.t, "the menu has "+label, func() bool {
		for _, e := range i.entries() {
			if e.label == label && !e.disabled {
				return i.menu.Call("com.canonical.dbusmenu.Event", 0, e.id, "clicked", dbus.MakeVariant(""), uint32(0)).Err == nil
			}
		}
		return false
	})
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-tick.C {
		if cond() {
			return
		}
	}
	t.Fatalf("waited 20 s in vain: %s", what)
}

// soon returns what comes from ch, or fails the test.
func soon[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("waited 20 s in vain")
		panic("unreachable")
	}
}

// running is a Tray in Run.
type running struct {
	end      func()
	returned chan error
}

func run(t *testing.T, tray *Tray) running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := running{cancel, make(chan error, 1)}
	go func() { r.returned <- tray.Run(ctx) }()
	t.Cleanup(cancel)
	return r
}

// errBoom is a failure that Explain has no words for.
var errBoom = errors.New("boom")
