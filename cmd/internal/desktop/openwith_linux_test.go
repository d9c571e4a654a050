package desktop

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/platformtest"
)

// launch opens files as a file manager does, by the entry that it has read.
const launch = `
import sys
from gi.repository import Gio
entry = Gio.DesktopAppInfo.new_from_filename(sys.argv[1])
entry.launch([Gio.File.new_for_path(p) for p in sys.argv[2:]], None)
`

func TestOpenWithUploadsAFileThatIsGoneAMomentLater(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	s := sitAt(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.UnlockedKeyring})
	s.setUp()
	agent := s.Start(s.Command(s.upshot, "agent", "--no-tray"))
	platformtest.Eventually(t, "the agent to be ready", func() bool { return strings.Contains(agent.Log(), "agent ready") })
	s.command("", "queue", "pause")
	home := func() map[string]bool {
		found := tree(t, s.Home())
		maps.DeleteFunc(found, func(path string, _ bool) bool {
			return strings.HasPrefix(path, "/.local/state/") || strings.HasPrefix(path, "/.cache/") // ours, and its thumbnails
		})
		return found
	}
	before := home()
	s.command("", "integrate")

	dir := t.TempDir() // as an archive's program unpacks what is looked at
	paths := []string{filepath.Join(dir, "one ä%.png"), filepath.Join(dir, "two.png")}
	for n, path := range paths {
		if err := os.WriteFile(path, picture(n+1, 120), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entry := filepath.Join(s.Home(), ".local/share/applications/com.images_uploader.Upshot.upload.desktop")
	s.Run(platformtest.Python, append([]string{"-c", launch, entry}, paths...)...)
	platformtest.Eventually(t, "both files in the queue", func() bool {
		out := s.command("", "queue")
		return strings.Contains(out, "one ä%.png") && strings.Contains(out, "two.png")
	})
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	s.command("", "queue", "resume")
	platformtest.Eventually(t, "both on the host", func() bool { return len(s.host.Stored()) == 2 })
	s.spoolIsEmpty()

	s.command("", "integrate", "--remove")
	if after := home(); !maps.Equal(before, after) {
		for path := range after {
			if !before[path] {
				t.Errorf("%s is left", path)
			}
		}
		for path := range before {
			if !after[path] {
				t.Errorf("%s is gone", path)
			}
		}
	}
}
