package hotkey_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"images-uploader.com/upshot/platform/hotkey"
	"images-uploader.com/upshot/platform/platformtest"
)

const shortcuts = "org.freedesktop.portal.GlobalShortcuts"

// shortcut is one as it goes over the bus.
type shortcut struct {
	ID      string
	Details map[string]dbus.Variant
}

// fakePortal is org.freedesktop.portal.Desktop with global shortcuts.
type fakePortal struct {
	t    *testing.T
	conn *dbus.Conn

	mu       sync.Mutex
	answer   uint32            // the person's: 0 yes, 1 no
	silent   bool              // nobody answers at all
	triggers map[string]string // what is given for a preferred one; nil: what was wished
	tokens   []any
	bound    [][]shortcut
	sessions []dbus.ObjectPath
	closed   []dbus.ObjectPath
}

type fakeObject struct {
	p    *fakePortal
	path dbus.ObjectPath
}

// Close is the method of sessions and requests.
func (o fakeObject) Close() *dbus.Error {
	o.p.mu.Lock()
	defer o.p.mu.Unlock()
	o.p.closed = append(o.p.closed, o.path)
	return nil
}

func (p *fakePortal) respond(sender dbus.Sender, options map[string]dbus.Variant, code uint32, results map[string]dbus.Variant) dbus.ObjectPath {
	p.tokens = append(p.tokens, options["handle_token"].Value())
	token, _ := options["handle_token"].Value().(string)
	name := strings.ReplaceAll(strings.TrimPrefix(string(sender), ":"), ".", "_")
	request := dbus.ObjectPath("/org/freedesktop/portal/desktop/request/" + name + "/" + token)
	p.conn.Export(fakeObject{p, request}, request, "org.freedesktop.portal.Request")
	if !p.silent { // before the call returns: who listens too late hears nothing
		p.conn.Emit(request, "org.freedesktop.portal.Request.Response", code, results)
	}
	return request
}

// CreateSession is the method of the bus.
func (p *fakePortal) CreateSession(sender dbus.Sender, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	token, _ := options["session_handle_token"].Value().(string)
	name := strings.ReplaceAll(strings.TrimPrefix(string(sender), ":"), ".", "_")
	session := dbus.ObjectPath("/org/freedesktop/portal/desktop/session/" + name + "/" + token)
	p.conn.Export(fakeObject{p, session}, session, "org.freedesktop.portal.Session")
	p.sessions = append(p.sessions, session)
	return p.respond(sender, options, 0, map[string]dbus.Variant{"session_handle": dbus.MakeVariant(string(session))}), nil
}

// BindShortcuts is the method of the bus.
func (p *fakePortal) BindShortcuts(sender dbus.Sender, session dbus.ObjectPath, wanted []shortcut, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = append(p.bound, wanted)
	var given []shortcut
	for _, s := range wanted {
		trigger, _ := s.Details["preferred_trigger"].Value().(string)
		if p.triggers != nil {
			trigger = p.triggers[trigger]
		}
		if trigger != "refused" {
			given = append(given, shortcut{s.ID, map[string]dbus.Variant{"trigger_description": dbus.MakeVariant(trigger)}})
		}
	}
	return p.respond(sender, options, p.answer, map[string]dbus.Variant{"shortcuts": dbus.MakeVariant(given)}), nil
}

func (p *fakePortal) press(action string) {
	p.mu.Lock()
	session := p.sessions[len(p.sessions)-1]
	p.mu.Unlock()
	p.conn.Emit("/org/freedesktop/portal/desktop", shortcuts+".Activated", session, action, uint64(1), map[string]dbus.Variant{})
}

func (p *fakePortal) set(f func()) { p.mu.Lock(); defer p.mu.Unlock(); f() }

func (p *fakePortal) count(of func() int) int { p.mu.Lock(); defer p.mu.Unlock(); return of() }

func (p *fakePortal) session(i int) dbus.ObjectPath {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions[i]
}

func (p *fakePortal) asked() int { return p.count(func() int { return len(p.bound) }) }

// newWayland is a Wayland session whose compositor is not asked.
func newWayland(t *testing.T) *platformtest.Desktop {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	d.Setenv()
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	t.Setenv("XDG_SESSION_TYPE", "wayland")
	return d
}

func newFakePortal(t *testing.T, d *platformtest.Desktop) *fakePortal {
	p := &fakePortal{t: t, conn: d.Connect()}
	if err := p.conn.Export(p, "/org/freedesktop/portal/desktop", shortcuts); err != nil {
		t.Fatal(err)
	}
	d.Own(p.conn, "org.freedesktop.portal.Desktop")
	return p
}

func TestWaylandHotkeysGoThroughThePortal(t *testing.T) {
	d := newWayland(t)
	p := newFakePortal(t, d)
	before := goleak.IgnoreCurrent()
	t.Run("while they run", func(t *testing.T) {
		h := start(t, hotkey.Config{})
		h.bindAll("Super+Ctrl+Alt+Shift+S", "Print", "Ctrl+Comma")
		t.Run("the combinations are wished in the portal's words", func(t *testing.T) {
			p.mu.Lock()
			defer p.mu.Unlock()
			for i, want := range []string{"CTRL+ALT+SHIFT+LOGO+s", "Print", "CTRL+comma"} {
				if got := p.bound[0][i].Details["preferred_trigger"].Value(); got != want {
					t.Errorf("%v, want %s", got, want)
				}
			}
			for _, token := range p.tokens {
				if _, ok := token.(string); !ok {
					t.Errorf("the token is a %T, and must be a string", token)
				}
			}
		})
		t.Run("a press is told, one of another session is not", func(t *testing.T) {
			p.conn.Emit("/org/freedesktop/portal/desktop", shortcuts+".Activated",
				dbus.ObjectPath("/org/freedesktop/portal/desktop/session/other"), "Print", uint64(1), map[string]dbus.Variant{})
			p.press("never-bound")
			p.press("Ctrl-Comma")
			h.want("Ctrl-Comma")
			h.wantNone()
		})
		t.Run("the desktop may give other keys, none, or refuse one", func(t *testing.T) {
			p.set(func() {
				p.triggers = map[string]string{"Print": "", "CTRL+comma": "refused", "CTRL+ALT+p": "Ctrl+Alt+Q"}
			})
			s := h.bind("Print", "Ctrl+Comma", "Ctrl+Alt+P")
			if s[0].Active || !errors.Is(s[0].Err, fs.ErrNotExist) || s[1].Active || !errors.Is(s[1].Err, fs.ErrPermission) ||
				!s[2].Active || s[2].Shown != "Ctrl+Alt+Q" {
				t.Errorf("%+v", s)
			}
			p.press("Ctrl-Alt-P")
			h.want("Ctrl-Alt-P")
		})
		t.Run("other bindings are another session, and the first has ended", func(t *testing.T) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.sessions) != 2 || len(p.closed) != 1 || p.closed[0] != p.sessions[0] {
				t.Errorf("sessions %v, closed %v", p.sessions, p.closed)
			}
		})
		t.Run("the person changes a key in the desktop's settings", func(t *testing.T) {
			p.conn.Emit("/org/freedesktop/portal/desktop", shortcuts+".ShortcutsChanged", p.session(1),
				[]shortcut{{"Print", map[string]dbus.Variant{"trigger_description": dbus.MakeVariant("Druck")}}})
			platformtest.Eventually(t, "the new key is told", func() bool {
				s := h.Status()
				return s[0].Active && s[0].Shown == "Druck" && !s[1].Active && !s[2].Active
			})
		})
		t.Run("the desktop takes them back", func(t *testing.T) {
			p.conn.Emit(p.session(1), "org.freedesktop.portal.Session.Closed")
			platformtest.Eventually(t, "it is told", func() bool { return errors.Is(h.Status()[0].Err, fs.ErrPermission) })
		})
	})
	platformtest.Eventually(t, "the last session is closed", func() bool {
		return p.count(func() int { return len(p.closed) }) == 2
	})
	goleak.VerifyNone(t, before)
}

func TestPersonWhoRefusesIsNotAskedAgain(t *testing.T) {
	p := newFakePortal(t, newWayland(t))
	p.set(func() { p.answer = 1 })
	h := start(t, hotkey.Config{Retry: time.Millisecond})
	if s := h.bind("Print"); !errors.Is(s[0].Err, fs.ErrPermission) {
		t.Fatalf("%+v", s)
	}
	for range 20 {
		h.Again()
		h.Status()
	}
	p.set(func() { p.answer = 0 })
	h.bindAll("Print")
	if p.asked() != 2 {
		t.Errorf("the person was asked %d times", p.asked())
	}
	p.press("Print")
	h.want("Print")
}

func TestPortalThatGoesAndComesBack(t *testing.T) {
	d := newWayland(t)
	p := newFakePortal(t, d)
	h := start(t, hotkey.Config{Retry: 20 * time.Millisecond})
	h.bindAll("Print")
	p.conn.Close()
	platformtest.Eventually(t, "it is told", func() bool { return !h.Status()[0].Active })
	p = newFakePortal(t, d)
	platformtest.Eventually(t, "they work again", func() bool { return h.Status()[0].Active })
	p.press("Print")
	h.want("Print")
}

func TestPortalThatDoesNotAnswer(t *testing.T) {
	d := newWayland(t)
	p := newFakePortal(t, d)
	p.set(func() { p.silent = true })
	h := hotkey.New(hotkey.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	c, _ := hotkey.Parse("Print")
	platformtest.Eventually(t, "a call waits no longer than its context", func() bool {
		short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
		defer stop()
		_, err := h.Bind(short, []hotkey.Binding{{Action: "a", Combination: c}})
		return errors.Is(err, context.DeadlineExceeded)
	})
	platformtest.Eventually(t, "the portal was asked", func() bool { return p.count(func() int { return len(p.sessions) }) > 0 })
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Run did not end")
	}
	platformtest.Eventually(t, "the request was taken back", func() bool { return p.count(func() int { return len(p.closed) }) > 0 })
}

func TestMutePortalDoesNotHoldRun(t *testing.T) {
	d := newWayland(t)
	d.OwnMute("org.freedesktop.portal.Desktop")
	h := hotkey.New(hotkey.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.Run(ctx) }()
	c, _ := hotkey.Parse("Print")
	short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	h.Bind(short, []hotkey.Binding{{Action: "a", Combination: c}})
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("Run did not end")
	}
}

func TestWaylandWithoutShortcutsTellsTheCommand(t *testing.T) {
	for name, prepare := range map[string]func(d *platformtest.Desktop){
		"no portal":                    func(*platformtest.Desktop) {},
		"a portal without them":        func(d *platformtest.Desktop) { d.Own(d.Connect(), "org.freedesktop.portal.Desktop") },
		"a bus that has gone":          func(d *platformtest.Desktop) { d.KillBus() },
		"an X server of the session's": func(*platformtest.Desktop) { t.Setenv("DISPLAY", ":4711") },
	} {
		t.Run(name, func(t *testing.T) {
			prepare(newWayland(t))
			s := start(t, hotkey.Config{}).bind("Print")
			var words *hotkey.UnsupportedError
			if !errors.Is(s[0].Err, errors.ErrUnsupported) || !errors.As(s[0].Err, &words) || words.Command == "" {
				t.Errorf("%+v", s)
			}
		})
	}
}
