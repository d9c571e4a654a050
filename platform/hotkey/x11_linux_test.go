package hotkey_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"go.uber.org/goleak"

	"images-uploader.com/upshot/platform/hotkey"
	"images-uploader.com/upshot/platform/platformtest"
)

func TestHotkeysOfAnXServerKeepTheContract(t *testing.T) {
	d := newXDesktop(t)
	before := goleak.IgnoreCurrent()
	platformtest.TestHotkeys(t, func(t *testing.T, pressed func(context.Context, string)) (platformtest.HotkeysPort, platformtest.HotkeysPeer) {
		return hotkey.New(hotkey.Config{Pressed: pressed}), d
	})
	goleak.VerifyNone(t, before)
}

// xDesktop is a person at an X server, by xdotool, and another program there.
type xDesktop struct {
	*platformtest.Desktop
	t *testing.T
}

func newXDesktop(t *testing.T) xDesktop {
	platformtest.Need(t, "xdotool")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "320x200x24", NoBus: true})
	d.Setenv()
	return xDesktop{d, t}
}

// Press presses a combination with xdotool.
func (x xDesktop) Press(c hotkey.Combination) { x.Run("xdotool", "key", xdotoolName(c)) }

func xdotoolName(c hotkey.Combination) string {
	words := strings.Split(c.String(), "+")
	for i, w := range words {
		if i < len(words)-1 || len(w) == 1 {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, "+")
}

// Take grabs a combination as another program.
func (x xDesktop) Take(c hotkey.Combination) (release func()) {
	x.t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		x.t.Fatal(err)
	}
	var mods uint16
	for name, bit := range map[string]uint16{
		"Ctrl": xproto.ModMaskControl, "Shift": xproto.ModMaskShift, "Alt": xproto.ModMask1, "Super": xproto.ModMask4,
	} {
		if strings.Contains(c.String()+"+", name+"+") {
			mods |= bit
		}
	}
	setup := xproto.Setup(conn)
	symbols, err := xproto.GetKeyboardMapping(conn, setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)).Reply()
	if err != nil {
		x.t.Fatal(err)
	}
	for i := 0; i < len(symbols.Keysyms); i += int(symbols.KeysymsPerKeycode) {
		if symbols.Keysyms[i] != xproto.Keysym(strings.ToLower(c.Key)[0]) {
			continue
		}
		code := setup.MinKeycode + xproto.Keycode(i/int(symbols.KeysymsPerKeycode))
		err := xproto.GrabKeyChecked(conn, false, setup.DefaultScreen(conn).Root, mods, code, xproto.GrabModeAsync, xproto.GrabModeAsync).Check()
		if err != nil {
			x.t.Fatalf("%s is not free: %v", c, err)
		}
	}
	return func() {
		err := xproto.UngrabKeyChecked(conn, xproto.GrabAny, setup.DefaultScreen(conn).Root, xproto.ModMaskAny).Check()
		if err != nil {
			x.t.Error(err)
		}
		conn.Close()
		for {
			if e, err := conn.WaitForEvent(); e == nil && err == nil {
				return
			}
		}
	}
}

// started are hotkeys that run to the test's end.
type started struct {
	*hotkey.Hotkeys
	pressed chan string
	changed chan []hotkey.Status
	t       *testing.T
}

func start(t *testing.T, c hotkey.Config) started {
	t.Helper()
	s := started{pressed: make(chan string, 64), changed: make(chan []hotkey.Status, 64), t: t}
	if c.Pressed == nil {
		c.Pressed = func(_ context.Context, action string) { s.pressed <- action }
	}
	c.Changed = func(all []hotkey.Status) { s.changed <- all }
	s.Hotkeys = hotkey.New(c)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return s
}

func (s started) bind(combinations ...string) []hotkey.Status {
	s.t.Helper()
	var all []hotkey.Binding
	for _, text := range combinations {
		c, err := hotkey.Parse(text)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, hotkey.Binding{Action: strings.ReplaceAll(c.String(), "+", "-"), Combination: c, Command: "upshot capture --region"})
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	status, err := s.Bind(ctx, all)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(status) > 0 && errors.Is(status[0].Err, hotkey.ErrIdle) { // before Run had begun
		platformtest.Eventually(s.t, "the bindings are tried", func() bool {
			status = s.Status()
			return !errors.Is(status[0].Err, hotkey.ErrIdle)
		})
	}
	return status
}

func (s started) bindAll(combinations ...string) {
	s.t.Helper()
	for _, status := range s.bind(combinations...) {
		if status.Err != nil || !status.Active {
			s.t.Fatalf("%+v", status)
		}
	}
}

func (s started) want(action string) {
	s.t.Helper()
	select {
	case got := <-s.pressed:
		if got != action {
			s.t.Fatalf("told of %q, want %q", got, action)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatalf("not told of %q", action)
	}
}

func (s started) wantNone() {
	s.t.Helper()
	if len(s.pressed) > 0 {
		s.t.Fatalf("told of %q", <-s.pressed)
	}
}

func TestHotkeyWorksWhateverIsLocked(t *testing.T) {
	d := newXDesktop(t)
	// Xvfb's keyboard has no Scroll Lock on a modifier; older ones have.
	d.Run("xmodmap", "-e", "add mod3 = Scroll_Lock")
	h := start(t, hotkey.Config{})
	h.bindAll("Ctrl+Shift+4")
	for _, locked := range []string{"Num_Lock", "Caps_Lock", "Num_Lock", "Scroll_Lock", "Caps_Lock", "Num_Lock", "Caps_Lock"} {
		d.Run("xdotool", "key", locked) // each on or off
		d.Run("xdotool", "key", "ctrl+shift+4")
		h.want("Ctrl-Shift-4")
	}
	d.Run("xdotool", "key", "ctrl+shift+alt+4", "key", "ctrl+4", "key", "4", "key", "ctrl+shift+5")
	d.Run("xdotool", "key", "ctrl+shift+4")
	h.want("Ctrl-Shift-4")
	h.wantNone()
}

func TestKeyThatIsHeldDownCountsOnce(t *testing.T) {
	d := newXDesktop(t)
	d.Run("xset", "r", "rate", "60", "100") // after 60 ms, 100 a second
	h := start(t, hotkey.Config{})
	h.bindAll("Ctrl+Alt+R", "Ctrl+Alt+E")
	d.Run("xdotool", "keydown", "ctrl", "keydown", "alt", "keydown", "r", "sleep", "0.5", "keyup", "r", "key", "e", "keyup", "alt", "keyup", "ctrl")
	h.want("Ctrl-Alt-R")
	h.want("Ctrl-Alt-E")
	h.wantNone()
	// Fingers as quick as a machine are fingers all the same.
	d.Run("xdotool", "key", "--delay", "20", "ctrl+alt+r", "ctrl+alt+r", "ctrl+alt+r")
	for range 3 {
		h.want("Ctrl-Alt-R")
	}
}

func TestKeyboardThatChangesItsMapping(t *testing.T) {
	platformtest.Need(t, "xmodmap", "setxkbmap")
	d := newXDesktop(t)
	h := start(t, hotkey.Config{})
	h.bindAll("Ctrl+Alt+Z")
	d.Run("xdotool", "key", "ctrl+alt+z")
	h.want("Ctrl-Alt-Z")
	t.Run("the keys change places", func(t *testing.T) {
		before := strings.TrimSpace(d.Run("sh", "-c", "xmodmap -pke | grep '= z'"))
		d.Run("setxkbmap", "de") // Z is where Y was
		after := strings.TrimSpace(d.Run("sh", "-c", "xmodmap -pke | grep '= z'"))
		if before == after {
			t.Fatalf("the keyboard did not change: %s", after)
		}
		code := strings.Fields(after)[1]
		old := strings.Fields(before)[1]
		platformtest.Eventually(t, "the key that is Z now works", func() bool {
			d.Run("xdotool", "keydown", "ctrl", "keydown", "alt", "key", code, "keyup", "alt", "keyup", "ctrl")
			return len(h.pressed) > 0
		})
		h.want("Ctrl-Alt-Z")
		for len(h.pressed) > 0 {
			<-h.pressed
		}
		d.Run("xdotool", "keydown", "ctrl", "keydown", "alt", "key", old, "key", code, "keyup", "alt", "keyup", "ctrl")
		h.want("Ctrl-Alt-Z")
		h.wantNone()
	})
	t.Run("a key goes and is told of", func(t *testing.T) {
		d.Run("xmodmap", "-e", "keysym z = y Y")
		platformtest.Eventually(t, "the missing key is told", func() bool {
			s := h.Status()
			return len(s) == 1 && !s[0].Active && errors.Is(s[0].Err, fs.ErrNotExist)
		})
	})
	t.Run("and comes back", func(t *testing.T) {
		d.Run("setxkbmap", "us")
		platformtest.Eventually(t, "it works again", func() bool { return h.Status()[0].Active })
		d.Run("xdotool", "key", "ctrl+alt+z")
		h.want("Ctrl-Alt-Z")
	})
}

func TestTwoNamesOfOneKeyOnThisKeyboard(t *testing.T) {
	d := newXDesktop(t)
	d.Run("setxkbmap", "us")
	h := start(t, hotkey.Config{})
	s := h.bind("Ctrl+Plus", "Ctrl+Equal")
	if !s[0].Active || !errors.Is(s[1].Err, hotkey.ErrTaken) {
		t.Errorf("%+v", s)
	}
}

func TestTakenCombinationIsTriedAgain(t *testing.T) {
	d := newXDesktop(t)
	c, _ := hotkey.Parse("Ctrl+Alt+T")
	release := d.Take(c)
	h := start(t, hotkey.Config{Retry: 50 * time.Millisecond})
	if s := h.bind("Ctrl+Alt+T"); !errors.Is(s[0].Err, hotkey.ErrTaken) {
		t.Fatalf("%+v", s)
	}
	release()
	platformtest.Eventually(t, "it is ours", func() bool { return h.Status()[0].Active })
	d.Press(c)
	h.want("Ctrl-Alt-T")
}

func TestDisplayThatGoesAndComesBack(t *testing.T) {
	first := newXDesktop(t)
	h := start(t, hotkey.Config{Retry: time.Hour})
	h.bindAll("Print")
	first.KillScreen()
	platformtest.Eventually(t, "it is told that they do not work", func() bool { return !h.Status()[0].Active })
	if s := h.Status()[0]; s.Err == nil {
		t.Errorf("%+v", s)
	}
	second := newXDesktop(t)
	platformtest.Eventually(t, "they work on the new display", func() bool {
		h.Again() // as the agent does when a client brings a desktop
		return h.Status()[0].Active
	})
	second.Run("xdotool", "key", "Print")
	h.want("Print")
}

func TestWithoutDisplayTheCommandIsTold(t *testing.T) {
	platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, NoBus: true}).Setenv()
	for name, display := range map[string]string{"no display": "", "a display that has gone": ":4711", "nonsense": "x"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DISPLAY", display)
			s := start(t, hotkey.Config{}).bind("Print")
			var words *hotkey.UnsupportedError
			if !errors.Is(s[0].Err, errors.ErrUnsupported) || !errors.As(s[0].Err, &words) || s[0].Active {
				t.Fatalf("%+v", s)
			}
			if words.Command != "upshot capture --region" || !strings.HasSuffix(words.Error(), ": upshot capture --region") {
				t.Errorf("the words are %q", words)
			}
		})
	}
}

func TestNothingIsOpenWhileNothingIsBound(t *testing.T) {
	newXDesktop(t)
	h := start(t, hotkey.Config{})
	open := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	h.bind()
	before := open()
	h.bindAll("Print")
	if open() == before {
		t.Error("grabbing a key opened nothing")
	}
	h.bind()
	platformtest.Eventually(t, "the display is closed", func() bool { return open() == before })
}

func TestPressesWhileTheActionWorksWait(t *testing.T) {
	d := newXDesktop(t)
	begun, proceed := make(chan string), make(chan struct{})
	h := start(t, hotkey.Config{Pressed: func(ctx context.Context, action string) {
		begun <- action
		select {
		case <-proceed:
		case <-ctx.Done():
		}
	}})
	h.bindAll("F9", "F10")
	d.Run("xdotool", "key", "F9", "key", "F10")
	if a := <-begun; a != "F9" {
		t.Errorf("first %s", a)
	}
	close(proceed)
	if a := <-begun; a != "F10" {
		t.Errorf("then %s", a)
	}
}
