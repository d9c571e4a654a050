package tray

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png" // the icons
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/icons"
)

func TestTheMenuShowsAndSteersTheEngine(t *testing.T) {
	if !ownProcess(t) {
		return
	}
	before := goleak.IgnoreCurrent()
	b := startBus(t)
	p := startPanel(t)
	e := newEngine()
	called, told := make(chan string, 10), make(chan string, 10)
	call := func(name string) func() { return func() { called <- name } }
	tray := New(Config{
		Uploader: e, Open: call("Open"), PickFiles: call("PickFiles"), Quit: call("Quit"),
		Tell: func(headline, hint string) { told <- headline + " | " + hint },
	})
	r := run(t, tray)
	icon := b.icon(t)

	t.Run("it registers with the panel under its name", func(t *testing.T) {
		eventually(t, "the icon is registered", func() bool { return p.registered() == 1 })
		for property, want := range map[string]any{"Title": "Upshot", "Id": "Upshot", "ItemIsMenu": false, "Status": "Active"} {
			if got := icon.property(property); got != want {
				t.Errorf("%s is %v, want %v", property, got, want)
			}
		}
	})
	t.Run("the menu has its lines", func(t *testing.T) {
		eventually(t, "the engine is shown", func() bool { return icon.status() == "Ready" })
		want := []string{
			"Ready", "-", "Open Upshot", "Capture screen", "Capture a region", "Upload clipboard", "Upload files…", "-",
			"No links yet", "-", "Pause", "Quit",
		}
		if got := icon.labels(); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if icon.tooltip() != "Upshot: Ready" {
			t.Errorf("the tooltip is %q", icon.tooltip())
		}
		for _, e := range icon.entries() {
			if want := e.label == "Ready" || e.label == "No links yet"; e.disabled != want {
				t.Errorf("%s is disabled: %v", e.label, e.disabled)
			}
		}
	})
	t.Run("a left click opens the window", func(t *testing.T) {
		if err := icon.item.Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err; err != nil {
			t.Fatal(err)
		}
		if got := soon(t, called); got != "Open" {
			t.Errorf("it called %s", got)
		}
	})
	for _, tt := range []struct{ label, calls, asks string }{
		{label: "Open Upshot", calls: "Open"},
		{label: "Upload files…", calls: "PickFiles"},
		{label: "Quit", calls: "Quit"},
		{label: "Capture screen", asks: "Capture all via capture copy true notify true batch true"},
		{label: "Capture a region", asks: "Capture region via capture copy true notify true batch true"},
		{label: "Upload clipboard", asks: "SubmitClipboard via clipboard copy true notify true batch true"},
		{label: "Pause", asks: `Pause ""`},
	} {
		t.Run("a click on "+tt.label, func(t *testing.T) {
			icon.click(tt.label)
			if tt.calls != "" {
				if got := soon(t, called); got != tt.calls {
					t.Errorf("it called %s", got)
				}
				return
			}
			if got := soon(t, e.asked); got != tt.asks {
				t.Errorf("it asked for %s", got)
			}
		})
	}
	t.Run("the icon shows the state", func(t *testing.T) {
		e.set(func(s *uploader.Snapshot) {
			s.Sending = []uploader.Progress{{ID: 1, Name: "holiday_1.png", Sent: 45, Size: 100}}
		})
		eventually(t, "busy", func() bool { return shows(t, icon, icons.Busy) })
		if got := icon.status(); got != "Uploading holiday_1.png, 45 %" {
			t.Errorf("busy: %q", got)
		}
		e.set(func(s *uploader.Snapshot) { s.Sending, s.Paused = nil, true })
		eventually(t, "paused", func() bool { return shows(t, icon, icons.Paused) })
		if got := icon.tooltip(); got != "Upshot: Paused" {
			t.Errorf("paused: %q", got)
		}
		icon.click("Resume")
		if got := soon(t, e.asked); got != `Resume ""` {
			t.Errorf("it asked for %s", got)
		}
		e.set(func(s *uploader.Snapshot) {
			s.Paused = false
			s.Accounts[0].Gates = []uploader.GateStatus{{Gate: job.GateNoKey}}
		})
		eventually(t, "attention", func() bool { return shows(t, icon, icons.Attention) })
		icon.click("Try again now")
		if got := soon(t, e.asked); got != `Resume ""` {
			t.Errorf("it asked for %s", got)
		}
		e.set(func(s *uploader.Snapshot) { s.Accounts[0].Gates = nil })
		eventually(t, "idle", func() bool { return shows(t, icon, icons.Idle) })
		if slices.Contains(icon.labels(), "Try again now") {
			t.Error("Try again now is still there")
		}
	})
	t.Run("a failure calls for attention until the window is opened", func(t *testing.T) {
		e.set(func(s *uploader.Snapshot) { s.Counts = map[job.State]int{job.Failed: 1} })
		eventually(t, "attention", func() bool { return shows(t, icon, icons.Attention) })
		icon.click("Open Upshot")
		soon(t, called)
		eventually(t, "idle", func() bool { return shows(t, icon, icons.Idle) && icon.status() == "Ready" })
	})
	t.Run("the last links can be copied again", func(t *testing.T) {
		e.set(func(s *uploader.Snapshot) {
			for i := range 12 {
				s.Recent = append(s.Recent, uploader.Recent{ID: job.ID(100 + i), Name: fmt.Sprintf("shot_%d.png", i)})
			}
		})
		eventually(t, "ten links", func() bool { return slices.Contains(icon.labels(), "shot_9.png") })
		labels := icon.labels() // the lines are told from the top down
		if slices.Contains(labels, "shot_10.png") || !slices.Contains(labels, "Copy a link again") || slices.Contains(labels, "No links yet") {
			t.Errorf("got %q", labels)
		}
		icon.click("shot_3.png")
		if got := soon(t, e.asked); got != `CopyLinks [103] as ""` {
			t.Errorf("it asked for %s", got)
		}
		e.set(func(s *uploader.Snapshot) {
			s.Recent = []uploader.Recent{{ID: 1, Name: "evil\n\x1b[31m\u202egnp.exe & <b>co</b>.png"}, {ID: 2, Name: strings.Repeat("x", 100) + "end.png"}, {ID: 3, Name: "\xff_y"}, {ID: 4, Text: "https://host.example/i"}}
		})
		want := []string{"Copy a link again", "evil [31mgnp.exe & <b>co</b>.png", strings.Repeat("x", 26) + "…" + "xxxxxxend.png", "\ufffd_y", "https://host.example/i", "-"}
		eventually(t, fmt.Sprintf("the menu has %q", want), func() bool {
			labels := icon.labels()
			i := slices.Index(labels, want[0])
			return i >= 0 && len(labels) >= i+len(want) && slices.Equal(labels[i:i+len(want)], want)
		})
		icon.click("\ufffd_y")
		if got := soon(t, e.asked); got != `CopyLinks [3] as ""` {
			t.Errorf("it asked for %s", got)
		}
	})
	t.Run("another language is spoken at once, and in all lines", func(t *testing.T) {
		e.set(func(s *uploader.Snapshot) {
			s.Recent = nil
			s.Undo = &uploader.UndoOffer{IDs: []job.ID{7}, Name: "a.png"}
			s.Counts = map[job.State]int{job.Held: 2}
		})
		e.speak("de")
		want := []string{
			"2 Dateien angehalten", "-", "Upshot öffnen", "Bildschirm aufnehmen", "Bereich aufnehmen", "Zwischenablage hochladen", "Dateien hochladen…", "-",
			"Noch keine Links", "Hochladen von a.png rückgängig machen", "-", "Pause", "Beenden (2 Dateien in der Warteschlange)",
		}
		eventually(t, "the menu is German", func() bool { return slices.Equal(icon.labels(), want) })
		eventually(t, "the tooltip is German", func() bool { return icon.tooltip() == "Upshot: 2 Dateien angehalten" })
		e.answer(uploader.Receipt{}, fmt.Errorf("clipboard: %w", uploader.ErrNothing))
		icon.click("Zwischenablage hochladen")
		soon(t, e.asked)
		if got, english := soon(t, told), uploader.Explain(uploader.ErrNothing).Headline; strings.HasPrefix(got, english) {
			t.Errorf("it told %q", got)
		}
		e.answer(uploader.Receipt{}, nil)
		e.set(func(s *uploader.Snapshot) { s.Undo, s.Counts = nil, nil })
		e.speak("")
		eventually(t, "the menu is the system's language again", func() bool { return icon.status() == "Ready" && slices.Contains(icon.labels(), "Quit") })
	})
	t.Run("a click that fails is told in words", func(t *testing.T) {
		e.answer(uploader.Receipt{}, fmt.Errorf("clipboard: %w", uploader.ErrNothing))
		icon.click("Upload clipboard")
		soon(t, e.asked)
		want := uploader.Explain(uploader.ErrNothing)
		if got := soon(t, told); got != want.Headline+" | "+want.Hint {
			t.Errorf("it told %q", got)
		}
		e.answer(uploader.Receipt{Entries: []uploader.Entry{{Input: "fine.png"}, {Input: "a\nb.png", Failure: &job.Failure{Kind: client.KindLocalFile, Code: job.CodeEmpty}}}}, nil)
		icon.click("Upload clipboard")
		soon(t, e.asked)
		if got := soon(t, told); !strings.HasPrefix(got, "a b.png: the file is empty | ") {
			t.Errorf("it told %q", got)
		}
		e.answer(uploader.Receipt{}, nil)
	})
	t.Run("what has not changed is not told to the panel again", func(t *testing.T) {
		eventually(t, "the menu is at rest", func() bool { return icon.status() == "Ready" && shows(t, icon, icons.Idle) })
		signals := make(chan *dbus.Signal, 100)
		if err := b.AddMatchSignal(dbus.WithMatchPathNamespace("/StatusNotifierItem")); err != nil {
			t.Fatal(err)
		}
		b.Signal(signals)
		before := e.looked()
		e.set(func(*uploader.Snapshot) {})
		eventually(t, "the tray looks", func() bool { return e.looked() > before })
		e.set(func(s *uploader.Snapshot) { s.Paused = true })
		if got := soon(t, signals); !isPicture(t, newPicture(got), icons.Paused) { // the first thing told is the new state
			t.Errorf("it told %s first, and not the new state", got.Name)
		}
		b.RemoveSignal(signals)
		e.set(func(s *uploader.Snapshot) { s.Paused = false })
	})
	t.Run("a panel that comes again gets the icon again", func(t *testing.T) {
		_ = p.conn.Close()
		p = startPanel(t)
		eventually(t, "the icon is registered", func() bool { return p.registered() > 0 })
	})
	t.Run("an engine that fails is told, and asked again", func(t *testing.T) {
		e.breakDown(errBoom)
		eventually(t, "attention", func() bool { return shows(t, icon, icons.Attention) })
		if got := icon.status(); got != uploader.Explain(errBoom).Headline {
			t.Errorf("it says %q", got)
		}
		e.breakDown(nil)
		eventually(t, "ready", func() bool { return icon.status() == "Ready" && shows(t, icon, icons.Idle) })
	})
	t.Run("it goes with its context and leaves nothing", func(t *testing.T) {
		r.end()
		if err := soon(t, r.returned); err != nil {
			t.Errorf("Run returned %v", err)
		}
		eventually(t, "the icon is gone", func() bool {
			var owned bool
			return b.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, icon.item.Destination()).Store(&owned) == nil && !owned
		})
		_ = p.conn.Close()
		_ = b.Conn.Close()
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
	})
}

// shows reports whether the last picture told to the panel is that of s.
func shows(t *testing.T, i icon, s icons.State) bool {
	t.Helper()
	return isPicture(t, i.picture.Load(), s)
}

// isPicture reports whether got is the picture of s.
func isPicture(t *testing.T, got *picturePixels, s icons.State) bool {
	t.Helper()
	png, _ := icons.Tray(s)
	want, _, err := image.Decode(bytes.NewReader(png))
	if err != nil {
		t.Fatal(err)
	}
	if got == nil {
		return false
	}
	size := want.Bounds().Size()
	var pixels []byte
	for y := range size.Y {
		for x := range size.X {
			r, g, b, a := want.At(x, y).RGBA()
			pixels = append(pixels, byte(a), byte(r), byte(g), byte(b)) // as the library makes them
		}
	}
	return int(got.W) == size.X && int(got.H) == size.Y && bytes.Equal(got.Pixels, pixels)
}

func TestWithoutASessionBusItIsUnsupportedAndMayBeTriedAgain(t *testing.T) {
	if !ownProcess(t) {
		return
	}
	tray := New(Config{Uploader: newEngine()})
	for _, address := range []string{"unix:path=/nonexistent/bus", "unix:abstract=nobody-listens-here", "autolaunch:", "nonsense", ""} {
		if address == "" || address == "autolaunch:" {
			if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
				continue // this machine has one for us
			}
		}
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		if err := tray.Run(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: Run returned %v", address, err)
		}
	}
	b := startBus(t)
	p := startPanel(t)
	r := run(t, tray)
	eventually(t, "the icon is registered", func() bool { return p.registered() == 1 })
	eventually(t, "the engine is shown", func() bool { return b.icon(t).status() == "Ready" })
	if got := b.icon(t).labels(); slices.Contains(got, "Open Upshot") || slices.Contains(got, "Quit") || slices.Contains(got, "Upload files…") {
		t.Errorf("lines that do nothing are shown: %q", got)
	}
	r.end()
	if err := soon(t, r.returned); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestAPanelThatComesLaterGetsTheIcon(t *testing.T) {
	if !ownProcess(t) {
		return
	}
	b := startBus(t)
	r := run(t, New(Config{Uploader: newEngine()}))
	eventually(t, "the menu is on the bus", func() bool { return b.icon(t).status() == "Ready" })
	// Its own first try to register comes after that, and may be on its way.
	eventually(t, "it listens for panels", func() bool {
		p := startPanel(t)
		defer p.conn.Close()
		return len(p.within(time.Second)) > 0
	})
	r.end()
	if err := soon(t, r.returned); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

// within returns what registers in so long a time.
func (p *panel) within(d time.Duration) []string {
	for end := time.Now().Add(d); time.Now().Before(end) && p.registered() == 0; time.Sleep(10 * time.Millisecond) {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.items
}

func TestADesktopThatGoesAndComesBack(t *testing.T) {
	if !ownProcess(t) {
		return
	}
	lost := make(chan struct{})
	e := newEngine()
	tray := New(Config{Uploader: e, Quit: func() {}, Lost: func(ctx context.Context) error {
		select {
		case <-lost:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	first := startBus(t)
	r := run(t, tray)
	eventually(t, "the menu is on the first bus", func() bool { return first.icon(t).status() == "Ready" })
	first.kill()
	close(lost)
	if err := soon(t, r.returned); !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("Run returned %v", err)
	}

	lost = make(chan struct{})
	second := startBus(t)
	p := startPanel(t)
	r = run(t, tray)
	eventually(t, "the icon is registered", func() bool { return p.registered() == 1 })
	icon := second.icon(t)
	eventually(t, "the menu is on the second bus", func() bool { return icon.status() == "Ready" })
	if got := icon.labels(); !reflect.DeepEqual(got, []string{"Ready", "-", "Capture screen", "Capture a region", "Upload clipboard", "-", "No links yet", "-", "Pause", "Quit"}) {
		t.Errorf("the menu is %q", got)
	}
	icon.click("Pause")
	if got := soon(t, e.asked); got != `Pause ""` {
		t.Errorf("it asked for %s", got)
	}
	e.set(func(s *uploader.Snapshot) { s.Paused = true })
	eventually(t, "paused", func() bool { return shows(t, icon, icons.Paused) })
	r.end()
	if err := soon(t, r.returned); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestABusThatNeverAnswersDoesNotHoldTheEnd(t *testing.T) {
	if !ownProcess(t) {
		return
	}
	dir, err := os.MkdirTemp("", "upshot")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+l.Addr().String())
	r := run(t, New(Config{Uploader: newEngine()}))
	for range 2 { // our own look, and the library
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	r.end()
	if err := soon(t, r.returned); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestTheSocketOfABusAddress(t *testing.T) {
	for parameters, want := range map[string]string{
		"path=/run/user/1000/bus":           "/run/user/1000/bus",
		"guid=ab,path=/tmp/a%20b":           "/tmp/a b",
		"abstract=/tmp/dbus-x,guid=ab":      "@/tmp/dbus-x",
		"path=/%zz":                         "",
		"tmpdir=/tmp":                       "",
		"":                                  "",
		"path=/first,abstract=never-looked": "/first",
	} {
		if got := socket(parameters); got != want {
			t.Errorf("%q: got %q", parameters, got)
		}
	}
}
