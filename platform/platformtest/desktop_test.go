package platformtest_test

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"images-uploader.com/upshot/platform/platformtest"
)

func TestDesktopHasAScreenAPanelAndAKeyring(t *testing.T) {
	t.Parallel()
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{
		Screen: "800x600x24", Panel: true, Keyring: platformtest.UnlockedKeyring, Notifications: true,
	})
	t.Run("a screenshot shows the panel at its upper edge", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "shot.png")
		platformtest.Eventually(t, "the panel is drawn", func() bool {
			d.Screenshot(path)
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			m, err := png.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			if m.Bounds().Dx() != 800 || m.Bounds().Dy() != 600 {
				t.Fatalf("the screenshot is %v", m.Bounds())
			}
			return m.At(400, 10) != m.At(400, 500)
		})
	})
	t.Run("the bus offers only what was asked for", func(t *testing.T) {
		if !d.HasOwner("org.freedesktop.secrets") || d.HasOwner("org.freedesktop.portal.Desktop") {
			t.Error("the bus should have a keyring and no portal")
		}
	})
	t.Run("a notification is recorded with its actions", func(t *testing.T) {
		var id uint32
		err := d.Connect().Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").Call(
			"org.freedesktop.Notifications.Notify", 0, "app", uint32(0), "", "title", "body",
			[]string{"copy", "Copy"}, map[string]dbus.Variant{}, int32(-1)).Store(&id)
		if err != nil {
			t.Fatal(err)
		}
		n := d.Notifications()
		if len(n) != 1 || n[0].ID != id || n[0].Title != "title" || n[0].Actions[0] != [2]string{"copy", "Copy"} {
			t.Errorf("recorded %+v", n)
		}
	})
}

func TestDesktopEnvironmentIsItsOwn(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	d.Setenv()
	if home, _ := os.UserHomeDir(); home != d.Home() {
		t.Errorf("home is %s", home)
	}
	if v, ok := os.LookupEnv("DISPLAY"); ok {
		t.Errorf("DISPLAY is %q on a desktop without a screen", v)
	}
	if out := d.Run("sh", "-c", "echo $DBUS_SESSION_BUS_ADDRESS"); strings.TrimSpace(out) != d.Address() {
		t.Errorf("a command has the bus %q", out)
	}
}

func TestTwoDesktopsDoNotShareAScreen(t *testing.T) {
	t.Parallel()
	a := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
	b := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
	if a.Display() == b.Display() {
		t.Errorf("both have %s", a.Display())
	}
}
