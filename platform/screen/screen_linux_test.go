package screen_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"images-uploader.com/upshot/platform/platformtest"
	"images-uploader.com/upshot/platform/screen"
)

func TestScreenKeepsTheContract(t *testing.T) {
	platformtest.Need(t, "xrandr")
	platformtest.TestScreen(t, func(t *testing.T) (platformtest.ScreenPort, []image.Point) {
		d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "1000x600x24", NoBus: true})
		d.Setenv()
		twoMonitors(d)
		return screen.New(screen.Config{}), []image.Point{{400, 600}, {600, 500}}
	})
}

// twoMonitors puts a small one to the left of a lower, larger one.
func twoMonitors(d *platformtest.Desktop) {
	d.Run("xrandr", "--setmonitor", "left", "400/100x600/150+0+0", "screen")
	d.Run("xrandr", "--setmonitor", "right", "600/150x500/125+400+100", "none")
}

func TestPixelsAreThoseOfTheScreen(t *testing.T) {
	platformtest.Need(t, "xrandr")
	for _, depth := range []int{24, 16} {
		t.Run(fmt.Sprintf("at %d bits a pixel", depth), func(t *testing.T) {
			d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: fmt.Sprintf("1000x600x%d", depth), NoBus: true})
			d.Setenv()
			want := decode(t, platformtest.Noise(1000, 600))
			paint(t, want, depth)
			twoMonitors(d)
			if depth != 24 {
				// What such a screen shows of it, another program must say.
				shot := filepath.Join(t.TempDir(), "shot.png")
				d.Screenshot(shot)
				b, err := os.ReadFile(shot)
				if err != nil {
					t.Fatal(err)
				}
				want = decode(t, b)
			}
			s := screen.New(screen.Config{})
			samePixels(t, "all", capture(t, s, 0), want, image.Pt(0, 0))
			samePixels(t, "the left monitor", capture(t, s, 1), want, image.Pt(0, 0))
			samePixels(t, "the right monitor", capture(t, s, 2), want, image.Pt(400, 100))
		})
	}
}

// paint shows m in a window at the screen's upper left corner.
func paint(t *testing.T, m image.Image, depth int) {
	t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	window, err := xproto.NewWindowId(conn)
	if err != nil {
		t.Fatal(err)
	}
	gc, err := xproto.NewGcontextId(conn)
	if err != nil {
		t.Fatal(err)
	}
	width, height := m.Bounds().Dx(), m.Bounds().Dy()
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	xproto.CreateWindow(conn, xproto.WindowClassCopyFromParent, window, root, 0, 0, uint16(width), uint16(height), 0,
		xproto.WindowClassInputOutput, 0, xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskExposure})
	xproto.CreateGC(conn, gc, xproto.Drawable(window), 0, nil)
	xproto.MapWindow(conn, window)
	if event, _ := conn.WaitForEvent(); event == nil {
		t.Fatal("the window was not shown")
	}
	pix := eightBits(m, m.Bounds())
	for y := range height {
		var line []byte
		for i := y * width * 4; i < (y+1)*width*4; i += 4 {
			r, g, b := pix[i], pix[i+1], pix[i+2]
			if depth == 16 {
				line = binary.LittleEndian.AppendUint16(line, uint16(r>>3)<<11|uint16(g>>2)<<5|uint16(b>>3))
			} else {
				line = append(line, b, g, r, 0)
			}
		}
		err := xproto.PutImageChecked(conn, xproto.ImageFormatZPixmap, xproto.Drawable(window), gc,
			uint16(width), 1, 0, int16(y), 0, byte(depth), line).Check()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func capture(t *testing.T, s *screen.Screen, display int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := s.Capture(t.Context(), display, &b); err != nil {
		t.Fatal(err)
	}
	return decode(t, b.Bytes())
}

func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// samePixels compares got with the part of want that begins at from.
func samePixels(t *testing.T, name string, got, want image.Image, from image.Point) {
	t.Helper()
	a := eightBits(got, got.Bounds())
	b := eightBits(want, image.Rectangle{from, from.Add(got.Bounds().Size())})
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("%s: byte %d is %d, want %d", name, i, a[i], b[i])
		}
	}
}

// eightBits are the channels of a part of m, rounded: the other program writes
// sixteen bits.
func eightBits(m image.Image, part image.Rectangle) []byte {
	if deep, ok := m.(interface{ RGBA64At(x, y int) color.RGBA64 }); ok && m.ColorModel() != color.RGBAModel {
		shallow := image.NewRGBA(m.Bounds())
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				c := deep.RGBA64At(x, y)
				shallow.SetRGBA(x, y, color.RGBA{eight(c.R), eight(c.G), eight(c.B), 255})
			}
		}
		m = shallow
	}
	out := image.NewRGBA(image.Rectangle{Max: part.Size()})
	draw.Draw(out, out.Bounds(), m, part.Min, draw.Src)
	return out.Pix
}

func eight(v uint16) uint8 { return uint8((uint32(v)*255 + 32767) / 65535) }

func TestMouseOverTheScreenIsNotInThePicture(t *testing.T) {
	platformtest.Need(t, "xsetroot", "xdotool")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "200x150x24", NoBus: true})
	d.Setenv()
	d.Run("xsetroot", "-solid", "#123456")
	d.Run("xdotool", "mousemove", "100", "75")
	m := capture(t, screen.New(screen.Config{}), 1)
	for y := range 150 {
		for x := range 200 {
			if r, g, b, _ := m.At(x, y).RGBA(); r>>8 != 0x12 || g>>8 != 0x34 || b>>8 != 0x56 {
				t.Fatalf("the pixel at %d,%d is %v", x, y, m.At(x, y))
			}
		}
	}
}

func TestNoScreen(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, NoBus: true})
	d.Setenv()
	for name, display := range map[string]string{
		"no display": "", "an X server that has gone": ":4711", "nonsense": "x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DISPLAY", display)
			s := screen.New(screen.Config{})
			if _, err := s.Displays(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Displays: %v, want errors.ErrUnsupported", err)
			}
			if err := s.Capture(t.Context(), 0, io.Discard); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Capture: %v, want errors.ErrUnsupported", err)
			}
		})
	}
}

// portal is org.freedesktop.portal.Desktop with a screenshot of its own.
type portal struct {
	conn   *dbus.Conn
	file   string
	answer func(p *portal, request dbus.ObjectPath)
	token  any
	// interactive says that somebody wanted the person asked.
	interactive atomic.Bool
	closed      chan dbus.ObjectPath
}

// Screenshot is the method of the bus.
func (p *portal) Screenshot(sender dbus.Sender, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.token = options["handle_token"].Value()
	if ask, _ := options["interactive"].Value().(bool); ask {
		p.interactive.Store(true)
	}
	token, _ := p.token.(string)
	request := dbus.ObjectPath("/org/freedesktop/portal/desktop/request/" +
		strings.ReplaceAll(strings.TrimPrefix(string(sender), ":"), ".", "_") + "/" + token)
	p.conn.Export(portalRequest{p, request}, request, "org.freedesktop.portal.Request")
	p.answer(p, request) // before the call returns: who listens too late hears nothing
	return request, nil
}

type portalRequest struct {
	p    *portal
	path dbus.ObjectPath
}

// Close is the method of the bus.
func (r portalRequest) Close() *dbus.Error {
	r.p.closed <- r.path
	return nil
}

func (p *portal) respond(request dbus.ObjectPath, code uint32, results map[string]dbus.Variant) {
	p.conn.Emit(request, "org.freedesktop.portal.Request.Response", code, results)
}

func newPortal(t *testing.T, answer func(p *portal, request dbus.ObjectPath)) *portal {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	d.Setenv()
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	t.Setenv("XDG_SESSION_TYPE", "wayland")
	p := &portal{
		conn: d.Connect(), file: filepath.Join(t.TempDir(), "a shot ä.png"),
		answer: answer, closed: make(chan dbus.ObjectPath, 1),
	}
	if err := p.conn.Export(p, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Screenshot"); err != nil {
		t.Fatal(err)
	}
	d.Own(p.conn, "org.freedesktop.portal.Desktop")
	return p
}

func TestWaylandCaptureGoesThroughThePortal(t *testing.T) {
	shot := platformtest.Plain(30, 20, color.RGBA{10, 20, 30, 255})
	p := newPortal(t, func(p *portal, request dbus.ObjectPath) {
		if err := os.WriteFile(p.file, shot, 0o600); err != nil {
			t.Error(err)
		}
		uri := "file://" + strings.NewReplacer(" ", "%20", "ä", "%C3%A4").Replace(p.file)
		p.respond(request, 0, map[string]dbus.Variant{"uri": dbus.MakeVariant(uri)})
	})
	s := screen.New(screen.Config{})
	if n, err := s.Displays(t.Context()); n != 1 || err != nil {
		t.Errorf("Displays: %d, %v", n, err)
	}
	var b bytes.Buffer
	if err := s.Capture(t.Context(), 1, &b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), shot) {
		t.Error("the picture is not the portal's")
	}
	if _, ok := p.token.(string); !ok {
		t.Errorf("the token is a %T, and must be a string", p.token)
	}
	if _, err := os.Stat(p.file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the portal's file is still there: %v", err)
	}
	if err := s.Capture(t.Context(), 2, io.Discard); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("monitor 2: %v", err)
	}
}

func TestWaylandCaptureThatFails(t *testing.T) {
	cases := []struct {
		name   string
		answer func(p *portal, request dbus.ObjectPath)
		want   error
	}{
		{"the person cancels", func(p *portal, r dbus.ObjectPath) { p.respond(r, 1, nil) }, fs.ErrPermission},
		{"the desktop refuses", func(p *portal, r dbus.ObjectPath) { p.respond(r, 2, nil) }, fs.ErrPermission},
		{"nobody answers", func(*portal, dbus.ObjectPath) {}, context.DeadlineExceeded},
		{"the file is not there", func(p *portal, r dbus.ObjectPath) {
			p.respond(r, 0, map[string]dbus.Variant{"uri": dbus.MakeVariant("file://" + p.file)})
		}, fs.ErrNotExist},
		{"the file is no PNG", func(p *portal, r dbus.ObjectPath) {
			os.WriteFile(p.file, []byte("GIF89a"), 0o600)
			p.respond(r, 0, map[string]dbus.Variant{"uri": dbus.MakeVariant("file://" + p.file)})
		}, errors.ErrUnsupported},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPortal(t, c.answer)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var b bytes.Buffer
			err := screen.New(screen.Config{}).Capture(ctx, 0, &b)
			if !errors.Is(err, c.want) || b.Len() > 0 {
				t.Errorf("%v with %d bytes written, want %v", err, b.Len(), c.want)
			}
			if errors.Is(c.want, context.DeadlineExceeded) {
				select {
				case <-p.closed:
				case <-time.After(10 * time.Second):
					t.Error("the request was not taken back")
				}
			}
		})
	}
}

func TestWaylandWithoutPortal(t *testing.T) {
	for name, config := range map[string]platformtest.DesktopConfig{
		"a bus without a portal": {Headless: true},
		"no bus":                 {Headless: true, NoBus: true},
	} {
		t.Run(name, func(t *testing.T) {
			platformtest.NewDesktop(t, config).Setenv()
			t.Setenv("WAYLAND_DISPLAY", "wayland-0")
			if config.NoBus {
				t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
			}
			if err := screen.New(screen.Config{}).Capture(t.Context(), 0, io.Discard); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Capture: %v, want errors.ErrUnsupported", err)
			}
		})
	}
}

func TestCaptureOf4KIsWhole(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Screen: "3840x2160x24", NoBus: true})
	d.Setenv()
	if size := capture(t, screen.New(screen.Config{}), 0).Bounds().Size(); size != image.Pt(3840, 2160) {
		t.Errorf("it is %v", size)
	}
}

// BenchmarkCapture4K is 58 ms on two cores of an EPYC; the person waits for it.
func BenchmarkCapture4K(b *testing.B) {
	d := platformtest.NewDesktop(b, platformtest.DesktopConfig{Screen: "3840x2160x24", NoBus: true})
	d.Setenv()
	s := screen.New(screen.Config{})
	for b.Loop() {
		if err := s.Capture(b.Context(), 0, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
