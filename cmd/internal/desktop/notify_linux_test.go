package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/platformtest"
)

func TestManyFilesMakeOneNotificationWhoseUndoTakesAllBack(t *testing.T) {
	s := sitAt(t, platformtest.DesktopConfig{Keyring: platformtest.UnlockedKeyring, Notifications: true})
	s.setUp()
	s.agent()
	before := s.Command("xclip", "-selection", "clipboard", "-i")
	before.Stdin = strings.NewReader("what was there before")
	s.Start(before)
	platformtest.Eventually(t, "something else on the clipboard", func() bool { return s.clipboard() == "what was there before" })
	const files = 7
	from := filepath.Join(s.Home(), "ready")
	if err := os.Mkdir(from, 0o700); err != nil {
		t.Fatal(err)
	}
	names := make([]string, files)
	for n := range names {
		names[n] = fmt.Sprintf("<b>%d&.png", n)
		if err := os.WriteFile(filepath.Join(from, names[n]), picture(n+1, 120), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	n := s.WaitNotification(1)[0]
	if len(s.host.Stored()) != files {
		t.Errorf("it was shown when the host had %d files of %d", len(s.host.Stored()), files)
	}
	text := n.Title + "\n" + n.Body
	if strings.Contains(text, "<b>") || !strings.Contains(text, "&lt;b&gt;0&amp;.png") {
		t.Errorf("names can be markup: %q", text)
	}
	if strings.Contains(text, "/delete/") {
		t.Error("a delete link is shown")
	}
	keys := map[string]bool{}
	for _, a := range n.Actions {
		keys[a[0]] = true
	}
	if !keys["open"] || !keys["undo"] {
		t.Errorf("its buttons are %q", n.Actions)
	}
	if lines := strings.Count(s.clipboard(), "\n") + 1; lines != files {
		t.Errorf("%d links are on the clipboard, want %d", lines, files)
	}

	s.Choose(n.ID, "undo")
	platformtest.Eventually(t, "the host to have none of them", func() bool { return len(s.host.Stored()) == 0 })
	platformtest.Eventually(t, "the clipboard to be as it was", func() bool { return s.clipboard() == "what was there before" })
	if all := s.Notifications(); len(all) != 1 {
		t.Errorf("%d notifications: %+v", len(all), all)
	}
}
