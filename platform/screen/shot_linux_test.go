package screen_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"images-uploader.com/upshot/platform/platformtest"
	"images-uploader.com/upshot/platform/screen"
)

func TestScreenKeepsTheContractOfItsParts(t *testing.T) {
	platformtest.Need(t, "xrandr")
	platformtest.TestShots(t, func(t *testing.T) (platformtest.ShotPort, []image.Rectangle, func(image.Rectangle, string)) {
		d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "1000x600x24", NoBus: true})
		d.Setenv()
		paint(t, decode(t, platformtest.Noise(1000, 600)), 24)
		twoMonitors(d)
		s := screen.New(screen.Config{LastFile: filepath.Join(t.TempDir(), "region")})
		return s, []image.Rectangle{image.Rect(0, 0, 400, 600), image.Rect(400, 100, 1000, 600)}, func(r image.Rectangle, title string) {
			newWindow(t, r, title)
		}
	})
}

// newWindow shows a window where there is no window manager, and gives it the
// keyboard.
func newWindow(t *testing.T, r image.Rectangle, title string) xproto.Window {
	t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	id, err := xproto.NewWindowId(conn)
	if err != nil {
		t.Fatal(err)
	}
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	xproto.CreateWindow(conn, xproto.WindowClassCopyFromParent, id, root, int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0,
		xproto.WindowClassInputOutput, 0, xproto.CwBackPixel|xproto.CwEventMask, []uint32{0x224466, xproto.EventMaskExposure})
	for name, kind := range map[string]string{"_NET_WM_NAME": "UTF8_STRING", "WM_NAME": "STRING"} {
		xproto.ChangeProperty(conn, xproto.PropModeReplace, id, intern(t, conn, name), intern(t, conn, kind), 8, uint32(len(title)), []byte(title))
	}
	xproto.MapWindow(conn, id)
	if event, _ := conn.WaitForEvent(); event == nil {
		t.Fatal("the window was not shown")
	}
	if err := xproto.SetInputFocusChecked(conn, xproto.InputFocusPointerRoot, id, xproto.TimeCurrentTime).Check(); err != nil {
		t.Fatal(err)
	}
	return id
}

func intern(t *testing.T, conn *xgb.Conn, name string) xproto.Atom {
	t.Helper()
	reply, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return reply.Atom
}

// TestActiveWindowComesWithItsFrame asks another program where the frame of
// the window manager is.
func TestActiveWindowComesWithItsFrame(t *testing.T) {
	platformtest.Need(t, "xwininfo", "xdotool", platformtest.GTK)
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true, WindowManager: true})
	d.Setenv()
	s := screen.New(screen.Config{})
	d.Start(d.Command(platformtest.Python, "-c", `
import gi
gi.require_version('Gtk', '3.0')
from gi.repository import Gtk
w = Gtk.Window(title='framed'); w.set_default_size(300, 200); w.show_all(); Gtk.main()`))
	platformtest.Eventually(t, "the window is active", func() bool {
		taken, err := s.Take(t.Context(), screen.Shot{Window: true}, io.Discard)
		return err == nil && taken.Window == "framed"
	})
	frame := frameOf(d, "framed")
	taken, err := s.Take(t.Context(), screen.Shot{Window: true}, io.Discard)
	if err != nil || taken.Region != frame || frame.Dy() <= 200 {
		t.Errorf("taken is %v, %v, and the frame %v", taken.Region, err, frame)
	}
}

// frameOf asks another program where the outermost window around one is.
func frameOf(d *platformtest.Desktop, name string) image.Rectangle {
	find := func(text, pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		return m[1]
	}
	ids := strings.Fields(d.Run("xdotool", "search", "--onlyvisible", "--name", name))
	id := ids[len(ids)-1]
	for {
		tree := d.Run("xwininfo", "-tree", "-id", id)
		parent := find(tree, `Parent window id: (0x[0-9a-f]+)`)
		if parent == find(tree, `Root window id: (0x[0-9a-f]+)`) || parent == "" {
			break
		}
		id = parent
	}
	out := d.Run("xwininfo", "-id", id)
	n := func(name string) int {
		v, _ := strconv.Atoi(find(out, name+`:\s+(-?\d+)`))
		return v
	}
	border := n("Border width")
	return image.Rect(0, 0, n("Width")+2*border, n("Height")+2*border).
		Add(image.Pt(n("Absolute upper-left X")-border, n("Absolute upper-left Y")-border))
}

func TestShadowThatAWindowDrawsItselfIsCutOff(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
	d.Setenv()
	id := newWindow(t, image.Rect(100, 100, 400, 300), "shadowed")
	d.Run("xprop", "-id", fmt.Sprint(id), "-f", "_GTK_FRAME_EXTENTS", "32c", "-set", "_GTK_FRAME_EXTENTS", "10, 20, 30, 40")
	taken, err := screen.New(screen.Config{}).Take(t.Context(), screen.Shot{Window: true}, io.Discard)
	if want := image.Rect(110, 130, 380, 260); err != nil || taken.Region != want {
		t.Errorf("%v, %v, want %v", taken.Region, err, want)
	}
}

func TestLastRegionOutlivesTheProcess(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "300x200x24", NoBus: true})
	d.Setenv()
	file := filepath.Join(t.TempDir(), "region")
	first, second := screen.New(screen.Config{LastFile: file}), screen.New(screen.Config{LastFile: file})
	if _, err := first.Take(t.Context(), screen.Shot{Region: image.Rect(10, 20, 110, 80)}, io.Discard); err != nil {
		t.Fatal(err)
	}
	taken, err := second.Take(t.Context(), screen.Shot{Last: true}, io.Discard)
	if err != nil || taken.Region != image.Rect(10, 20, 110, 80) {
		t.Errorf("%+v, %v", taken, err)
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Take(t.Context(), screen.Shot{Last: true}, io.Discard); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("damaged: %v", err)
	}
}

// TestLastRegionOnMonitorsThatWent has somebody capture a region over two
// monitors, and then unplug one of them, or both for a smaller one.
func TestLastRegionOnMonitorsThatWent(t *testing.T) {
	platformtest.Need(t, "xrandr")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "1000x600x24", NoBus: true})
	d.Setenv()
	twoMonitors(d) // 400x600+0+0 and 600x500+400+100
	s := screen.New(screen.Config{LastFile: filepath.Join(t.TempDir(), "region")})
	last := func(want image.Rectangle) {
		t.Helper()
		taken, err := s.Take(t.Context(), screen.Shot{Last: true}, io.Discard)
		if err != nil || taken.Region != want {
			t.Errorf("it is %v, %v, want %v", taken.Region, err, want)
		}
	}
	if _, err := s.Take(t.Context(), screen.Shot{Region: image.Rect(300, 200, 500, 300)}, io.Discard); err != nil {
		t.Fatal(err)
	}
	last(image.Rect(300, 200, 500, 300))
	d.Run("xrandr", "--delmonitor", "right")
	last(image.Rect(300, 200, 400, 300)) // what is left of it
	d.Run("xrandr", "--delmonitor", "left")
	d.Run("xrandr", "--setmonitor", "left", "200/50x200/50+0+0", "screen")
	var b bytes.Buffer
	if taken, err := s.Take(t.Context(), screen.Shot{Last: true}, &b); !errors.Is(err, fs.ErrNotExist) || b.Len() > 0 {
		t.Errorf("on no monitor: %+v, %v, %d bytes", taken, err, b.Len())
	}
	d.Run("xrandr", "--delmonitor", "left")
	twoMonitors(d)
	last(image.Rect(300, 200, 500, 300)) // it was kept whole
}

// TestMonitorsLeftOfTheFirstAndAboveIt has a plane that begins below zero, as
// on Windows and macOS; an X server has none.
func TestMonitorsLeftOfTheFirstAndAboveIt(t *testing.T) {
	plane := image.NewRGBA(image.Rect(-400, -100, 600, 500))
	for y := plane.Rect.Min.Y; y < plane.Rect.Max.Y; y++ {
		for x := plane.Rect.Min.X; x < plane.Rect.Max.X; x++ {
			plane.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x >> 8), 255})
		}
	}
	monitors := []image.Rectangle{image.Rect(0, 0, 600, 500), image.Rect(-400, -100, 0, 200)}
	file := filepath.Join(t.TempDir(), "region")
	f := screen.New(screen.Config{LastFile: file}).NewFrozen(plane, monitors)
	for name, c := range map[string]struct {
		write func(w io.Writer) (screen.Taken, error)
		want  image.Rectangle
	}{
		"over both": {func(w io.Writer) (screen.Taken, error) { return f.Write(w, image.Rect(-50, -20, 30, 40), 0) }, image.Rect(-50, -20, 30, 40)},
		"cut at the edge": {
			func(w io.Writer) (screen.Taken, error) { return f.Write(w, image.Rect(-500, -200, -390, -90), 0) },
			image.Rect(-400, -100, -390, -90),
		},
		"the second": {func(w io.Writer) (screen.Taken, error) { return f.WriteMonitor(w, 2, 0) }, monitors[1]},
		"all":        {func(w io.Writer) (screen.Taken, error) { return f.WriteMonitor(w, 0, 0) }, plane.Rect},
	} {
		var b bytes.Buffer
		taken, err := c.write(&b)
		if err != nil || taken.Region != c.want {
			t.Errorf("%s: %v, %v, want %v", name, taken.Region, err, c.want)
			continue
		}
		samePixels(t, name, decode(t, b.Bytes()), plane, c.want.Min)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "-") {
		t.Errorf("the last region is %q, %v", text, err)
	}
}

func TestPartsOfAPortalsPicture(t *testing.T) {
	shot := platformtest.Noise(60, 40)
	p := newPortal(t, func(p *portal, request dbus.ObjectPath) {
		if err := os.WriteFile(p.file, shot, 0o600); err != nil {
			t.Error(err)
		}
		p.respond(request, 0, map[string]dbus.Variant{"uri": dbus.MakeVariant("file://" + strings.NewReplacer(" ", "%20", "ä", "%C3%A4").Replace(p.file))})
	})
	s := screen.New(screen.Config{})
	want := decode(t, shot)
	for _, last := range []bool{false, true} {
		var b bytes.Buffer
		take := screen.Shot{Region: image.Rect(5, 6, 25, 16), Last: last}
		if last {
			take.Region = image.Rectangle{}
		}
		if _, err := s.Take(t.Context(), take, &b); err != nil {
			t.Fatal(err)
		}
		samePixels(t, "the region", decode(t, b.Bytes()), want, image.Pt(5, 6))
	}
	f, err := s.Freeze(t.Context())
	if err != nil || len(f.Monitors()) != 1 || f.Monitors()[0] != image.Rect(0, 0, 60, 40) {
		t.Fatalf("%+v, %v", f, err)
	}
	var b bytes.Buffer
	taken, err := s.Take(t.Context(), screen.Shot{Window: true, JPEG: 80}, &b)
	if err != nil || taken.Ext != "jpg" || !bytes.HasPrefix(b.Bytes(), []byte("\xff\xd8")) {
		t.Errorf("%+v, %v", taken, err)
	}
	if !p.interactive.Load() {
		t.Error("for a window the person must be asked")
	}
}

func TestRegionsAsText(t *testing.T) {
	for text, want := range map[string]image.Rectangle{
		"0,0,1,1":             image.Rect(0, 0, 1, 1),
		"-100, -50, 640,480 ": image.Rect(-100, -50, 540, 430),
	} {
		r, err := screen.ParseRegion(text)
		if again, err2 := screen.ParseRegion(screen.FormatRegion(r)); err != nil || r != want || err2 != nil || again != r {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,5", "0,0,5,-5", "0,0,99999999999,1", "1e3,0,5,5"} {
		if r, err := screen.ParseRegion(text); err == nil {
			t.Errorf("%q: %v", text, r)
		}
	}
}

func TestJPEGShowsTheSamePicture(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			m.SetRGBA(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), 128, 255})
		}
	}
	f := screen.New(screen.Config{}).NewFrozen(m, []image.Rectangle{m.Bounds()})
	var b bytes.Buffer
	if _, err := f.Write(&b, image.Rect(8, 8, 56, 40), 95); err != nil {
		t.Fatal(err)
	}
	got, _, err := image.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 32 {
		for x := range 48 {
			r, g, _, _ := got.At(x, y).RGBA()
			if d := int(r>>8) - 4*(x+8); d > 12 || d < -12 {
				t.Fatalf("red at %d,%d is %d", x, y, r>>8)
			}
			if d := int(g>>8) - 5*(y+8); d > 12 || d < -12 {
				t.Fatalf("green at %d,%d is %d", x, y, g>>8)
			}
		}
	}
}
