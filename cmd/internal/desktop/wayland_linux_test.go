package desktop

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"images-uploader.com/upshot/platform/platformtest"
)

// swayScreen is the size of the screen that sway has without one.
var swayScreen = image.Pt(1280, 720)

// portal is the part of a Wayland desktop that takes pictures of the screen:
// sway has none without PipeWire, and so it hands out one that was drawn.
type portal struct {
	conn *dbus.Conn
	file string
	data []byte
}

// Screenshot is the method of the bus.
func (p *portal) Screenshot(sender dbus.Sender, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	token, _ := options["handle_token"].Value().(string)
	request := dbus.ObjectPath("/org/freedesktop/portal/desktop/request/" +
		strings.ReplaceAll(strings.TrimPrefix(string(sender), ":"), ".", "_") + "/" + token)
	if err := os.WriteFile(p.file, p.data, 0o600); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	err := p.conn.Emit(request, "org.freedesktop.portal.Request.Response", uint32(0), map[string]dbus.Variant{"uri": dbus.MakeVariant("file://" + p.file)})
	if err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return request, nil
}

// TestARegionIsPickedUnderWayland has the desktop's portal take the picture,
// and the window come as one of Wayland's own, without an X server.
func TestARegionIsPickedUnderWayland(t *testing.T) {
	platformtest.Need(t, "sway", "swaymsg", "grim")
	build(t, "upshot-gui")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Wayland: true})
	s := &seat{t: t, Desktop: d, upshot: build(t, "upshot")}
	p := &portal{conn: d.Connect(), file: filepath.Join(d.Home(), "portal.png"), data: platformtest.Noise(swayScreen.X, swayScreen.Y)}
	if err := p.conn.Export(p, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Screenshot"); err != nil {
		t.Fatal(err)
	}
	d.Own(p.conn, "org.freedesktop.portal.Desktop")
	all, err := png.Decode(strings.NewReader(string(p.data)))
	if err != nil {
		t.Fatal(err)
	}
	hands := d.Hands(swayScreen)
	drag := func(from, to image.Point) {
		platformtest.Eventually(t, "the picker's window", func() bool { return strings.Contains(d.Windows(), "Upshot: pick a region") })
		platformtest.Eventually(t, "the magnifier to follow the mouse", func() bool {
			look := func(at image.Point) string {
				hands.Move(at)
				return d.Run("grim", "-t", "ppm", "-")
			}
			away, here, again := look(from.Add(image.Pt(40, 40))), look(from), look(from.Add(image.Pt(40, 40)))
			return away != here && away == again
		})
		hands.Move(from)
		hands.Press(true)
		hands.Move(from.Add(image.Pt(9, 7)))
		hands.Move(to.Sub(image.Pt(5, 5)))
		hands.Move(to)
		hands.Press(false)
	}

	saved := filepath.Join(d.Home(), "region.png")
	capture := d.Start(d.Command(s.upshot, "capture", "--region", "--no-upload", "--save", saved))
	drag(image.Pt(200, 150), image.Pt(399, 269))
	hands.Type(platformtest.KeyRight, platformtest.KeyDown, platformtest.KeyDown, platformtest.KeyEnter)
	<-capture.Done()
	if err := capture.Err(); err != nil {
		t.Fatalf("capture: %v\n%s", err, capture.Log())
	}
	s.same(s.read(saved), all, image.Rect(201, 152, 401, 272))

	t.Log("the same region of what is on the screen now")
	again := filepath.Join(d.Home(), "again.png")
	s.command("", "capture", "--last", "--no-upload", "--save", again)
	s.same(s.read(again), all, image.Rect(201, 152, 401, 272))

	t.Log("Esc takes nothing")
	capture = d.Start(d.Command(s.upshot, "capture", "--region", "--no-upload", "--save", filepath.Join(d.Home(), "none.png")))
	drag(image.Pt(100, 100), image.Pt(200, 200))
	hands.Type(platformtest.KeyEsc)
	<-capture.Done()
	if capture.Err() == nil || !strings.Contains(capture.Log(), "No region was picked") {
		t.Errorf("after Esc: %v\n%s", capture.Err(), capture.Log())
	}
}
