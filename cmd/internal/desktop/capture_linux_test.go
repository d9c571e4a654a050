package desktop

import (
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // what a capture is saved as
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/platformtest"
)

// pickTitle is the title of the window in which a region is picked.
const pickTitle = "^Upshot: pick a region$"

// wallpaper puts a pattern on the screen that no small shift brings back.
func (s *seat) wallpaper() {
	s.t.Helper()
	platformtest.Need(s.t, "xsetroot")
	const side = 128
	var b strings.Builder
	fmt.Fprintf(&b, "#define p_width %d\n#define p_height %d\nstatic char p_bits[] = {\n", side, side)
	seed := uint64(7)
	for range side * side / 8 {
		seed = seed*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&b, "0x%02x,", byte(seed>>56))
	}
	b.WriteString("0x00 };\n")
	path := filepath.Join(s.Home(), "wallpaper.xbm")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.Run("xsetroot", "-fg", "orange", "-bg", "navy", "-bitmap", path)
}

// read decodes a PNG.
func (s *seat) read(path string) image.Image {
	s.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// same compares a picture with a part of another.
func (s *seat) same(part, whole image.Image, at image.Rectangle) {
	s.t.Helper()
	if part.Bounds().Size() != at.Size() {
		s.t.Fatalf("it is %v, want %v", part.Bounds().Size(), at.Size())
	}
	wrong := 0
	for y := range at.Dy() {
		for x := range at.Dx() {
			a := color.NRGBAModel.Convert(part.At(part.Bounds().Min.X+x, part.Bounds().Min.Y+y))
			b := color.NRGBAModel.Convert(whole.At(whole.Bounds().Min.X+at.Min.X+x, whole.Bounds().Min.Y+at.Min.Y+y))
			if a != b {
				wrong++
			}
		}
	}
	if wrong > 0 {
		s.t.Errorf("%d pixels of %v are others", wrong, at)
	}
}

// pick drags a rectangle in the picker's window. Its corners belong to it.
func (s *seat) pick(from, to image.Point) {
	s.t.Helper()
	s.find(pickTitle)
	s.Run("xdotool", "mousemove", strconv.Itoa(from.X), strconv.Itoa(from.Y), "sleep", "0.4", "mousedown", "1", "sleep", "0.2",
		"mousemove", strconv.Itoa(from.X+9), strconv.Itoa(from.Y+7), "sleep", "0.2", "mousemove", strconv.Itoa(to.X-5), strconv.Itoa(to.Y-5), "sleep", "0.2",
		"mousemove", strconv.Itoa(to.X), strconv.Itoa(to.Y), "sleep", "0.3", "mouseup", "1", "sleep", "0.2")
}

// noPicker waits until the picker's window has gone.
func (s *seat) noPicker() {
	s.t.Helper()
	platformtest.Eventually(s.t, "the picker's window to go", func() bool {
		return s.Command("xdotool", "search", "--onlyvisible", "--name", pickTitle).Run() != nil
	})
}

func TestARegionIsPickedWithMouseAndKeys(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.wallpaper()
	whole := filepath.Join(s.Home(), "whole.png")
	s.command("", "capture", "--all", "--no-upload", "--save", whole)
	all := s.read(whole)

	t.Log("the mouse drags it, arrow keys move it, with Shift they resize it, Enter takes it")
	saved := filepath.Join(s.Home(), "region.png")
	p := s.Start(s.Command(s.upshot, "capture", "--region", "--no-upload", "--save", saved))
	s.pick(image.Pt(200, 150), image.Pt(399, 269))
	s.shot("region-picker")
	s.Run("xdotool", "key", "--delay", "60", "Right", "Right", "Down", "shift+Right", "shift+Up", "shift+Up", "Return")
	<-p.Done()
	if err := p.Err(); err != nil {
		t.Fatalf("capture: %v\n%s", err, p.Log())
	}
	at := image.Rect(202, 151, 403, 269)
	s.same(s.read(saved), all, at)
	s.noPicker()

	t.Log("the same region again, without a question")
	again := filepath.Join(s.Home(), "again.png")
	s.command("", "capture", "--last", "--no-upload", "--save", again)
	s.same(s.read(again), all, at)

	t.Log("a region that is named")
	named := filepath.Join(s.Home(), "named.png")
	s.command("", "capture", "--region", "10,20,64,48", "--no-upload", "--save", named)
	s.same(s.read(named), all, image.Rect(10, 20, 74, 68))

	t.Log("Esc takes nothing, and says so")
	p = s.Start(s.Command(s.upshot, "capture", "--region", "--copy"))
	s.pick(image.Pt(100, 100), image.Pt(200, 200))
	s.Run("xdotool", "key", "Escape")
	<-p.Done()
	if p.Err() == nil || !strings.Contains(p.Log(), "No region was picked") {
		t.Errorf("after Esc: %v\n%s", p.Err(), p.Log())
	}
	if n := len(s.host.Stored()); n != 0 {
		t.Errorf("the host has %d files", n)
	}
	s.spoolIsEmpty()
}

// spoolIsEmpty waits until nothing is left in the spool.
func (s *seat) spoolIsEmpty() {
	s.t.Helper()
	platformtest.Eventually(s.t, "an empty spool", func() bool {
		left, err := os.ReadDir(filepath.Join(s.Home(), ".local", "state", "upshot", "spool"))
		return err == nil && len(left) == 0
	})
}

func TestHotkeysCaptureWhereverThePersonIs(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.wallpaper()
	s.agent()
	s.command("", "settings", "set", "hotkey-region", "ctrl+shift+4")
	if out := s.command("", "settings", "get", "hotkey-region"); !strings.Contains(out, "Ctrl+Shift+4") {
		t.Errorf("the setting is %q", out)
	}
	s.pressed("ctrl+shift+4")
	s.pick(image.Pt(300, 200), image.Pt(379, 259))
	s.Run("xdotool", "key", "Return")
	s.copies("screenshot-")
	if n := len(s.host.Stored()); n != 1 {
		t.Errorf("the host has %d files, want 1", n)
	}
	s.noPicker()
	s.spoolIsEmpty()

	t.Log("another combination takes the place of the first")
	s.command("", "settings", "set", "hotkey-region", "none")
	s.command("", "settings", "set", "hotkey-screen", "Ctrl+Shift+9")
	s.pressed("ctrl+shift+9")
	platformtest.Eventually(t, "the whole screen on the host", func() bool { return len(s.host.Stored()) == 2 })
	out := s.command("", "doctor")
	if !strings.Contains(out, "Ctrl+Shift+9") {
		t.Errorf("the doctor says\n%s", out)
	}

	t.Log("what another program has is said")
	taken := s.Start(s.Command(platformtest.Python, "-c", grabber))
	platformtest.Eventually(t, "the other program to have it", func() bool { return strings.Contains(taken.Log(), "grabbed") })
	s.command("", "settings", "set", "hotkey-window", "Ctrl+Alt+F10")
	platformtest.Eventually(t, "the doctor to say so", func() bool {
		out, _ := s.Command(s.upshot, "doctor").Output()
		return strings.Contains(string(out), "Ctrl+Alt+F10 (capture the active window) does not work: another program has")
	})
}

// grabber is another program with a hotkey.
const grabber = `
import ctypes, time
x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
x.XDefaultRootWindow.restype = ctypes.c_ulong
x.XStringToKeysym.restype = ctypes.c_ulong
x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
x.XGrabKey.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_int]
x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
d = x.XOpenDisplay(None)
x.XGrabKey(d, x.XKeysymToKeycode(d, x.XStringToKeysym(b"F10")), 4 | 8, x.XDefaultRootWindow(d), 1, 1, 1)
x.XSync(d, 0)
print("grabbed", flush=True)
time.sleep(600)
`

// pressed presses a combination until the agent has heard: it binds a moment
// after the setting was changed.
func (s *seat) pressed(keys string) {
	s.t.Helper()
	before := s.captures()
	platformtest.Eventually(s.t, keys+" to do something", func() bool {
		if s.captures() != before {
			return true
		}
		s.Run("xdotool", "key", keys)
		time.Sleep(700 * time.Millisecond)
		return s.captures() != before
	})
}

// captures counts what hotkeys have done: a window to pick in, or a file.
func (s *seat) captures() int {
	n := len(s.host.Stored())
	if s.Command("xdotool", "search", "--onlyvisible", "--name", pickTitle).Run() == nil {
		n += 1000
	}
	return n
}

func TestHotkeysOfAnAgentWithoutADesktopComeWithOne(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.command("", "settings", "set", "hotkey-screen", "Ctrl+Shift+9")
	cmd := s.Command(s.upshot, "agent", "--no-tray")
	cmd.Env = slices.DeleteFunc(cmd.Env, func(kv string) bool { return strings.HasPrefix(kv, "DISPLAY=") })
	agent := s.Start(cmd)
	platformtest.Eventually(t, "the agent to be ready", func() bool { return strings.Contains(agent.Log(), "agent ready") })
	s.command("", "queue") // a client of the desktop
	s.pressed("ctrl+shift+9")
	platformtest.Eventually(t, "the screen on the host", func() bool { return len(s.host.Stored()) > 0 })
}

func TestTheActiveWindowIsCapturedAndNamesTheFile(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.command("", "settings", "set", "capture-name", "{window}")
	s.Start(s.Command(platformtest.Python, "-c", titled))
	id := s.find("^a/b: window$")
	s.Run("xdotool", "windowactivate", "--sync", id)
	link := strings.TrimSpace(s.command("", "capture", "--window"))
	if !strings.Contains(link, "/a_b_") {
		t.Errorf("the link is %s", link)
	}
	saved := filepath.Join(s.Home(), "window.jpg")
	s.command("", "capture", "--window", "--no-upload", "--save", saved)
	f, err := os.Open(saved)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, kind, err := image.DecodeConfig(f)
	if err != nil || kind != "jpeg" || m.Width < 300 || m.Width > 400 || m.Height < 200 || m.Height > 300 {
		t.Errorf("it is a %s of %d x %d, %v", kind, m.Width, m.Height, err)
	}
}

// titled is a window of about 320 by 240 pixels.
const titled = `
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
w = Gtk.Window(title="a/b: window")
w.set_default_size(320, 240)
w.connect("destroy", Gtk.main_quit)
w.show_all()
Gtk.main()
`
