package desktop

import (
	"image"
	"path/filepath"
	"strconv"
	"testing"

	"images-uploader.com/upshot/platform/platformtest"
)

// TestARegionIsPickedOnEitherOfTwoMonitors has monitors of other sizes, of
// which the first lies to the right of the other and below it, and the window
// drawn at twice the size: what is picked is pixels all the same.
func TestARegionIsPickedOnEitherOfTwoMonitors(t *testing.T) {
	s := sitAt(t, platformtest.DesktopConfig{
		Outputs:       []image.Rectangle{image.Rect(1024, 300, 2304, 1100), image.Rect(0, 0, 1024, 768)},
		WindowManager: true, Keyring: platformtest.UnlockedKeyring,
	})
	s.setUp()
	s.wallpaper()
	whole := filepath.Join(s.Home(), "whole.png")
	s.command("", "capture", "--all", "--no-upload", "--save", whole)
	all := s.read(whole)
	if all.Bounds().Size() != image.Pt(2304, 1100) {
		t.Fatalf("all monitors are %v", all.Bounds())
	}
	for n, c := range []struct {
		name     string
		mouse    image.Point // where it is when the picker comes
		from, to image.Point
		scale    string
	}{
		{"on the first, with the mouse on the other", image.Pt(100, 100), image.Pt(1500, 600), image.Pt(1599, 649), "1"},
		{"on the other, with the mouse on the first", image.Pt(1500, 600), image.Pt(300, 200), image.Pt(399, 249), "1"},
		{"on the other, in a window of twice the size", image.Pt(300, 200), image.Pt(301, 203), image.Pt(402, 250), "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Run("xdotool", "mousemove", strconv.Itoa(c.mouse.X), strconv.Itoa(c.mouse.Y))
			saved := filepath.Join(s.Home(), "region"+strconv.Itoa(n)+".png")
			cmd := s.Command(s.upshot, "capture", "--region", "--no-upload", "--save", saved)
			cmd.Env = append(cmd.Env, "FYNE_SCALE="+c.scale)
			p := s.Start(cmd)
			s.pick(c.from, c.to)
			s.Run("xdotool", "key", "Return")
			<-p.Done()
			if err := p.Err(); err != nil {
				t.Fatalf("capture: %v\n%s", err, p.Log())
			}
			s.same(s.read(saved), all, image.Rectangle{c.from, c.to.Add(image.Pt(1, 1))})
			s.noPicker()
		})
	}
}
