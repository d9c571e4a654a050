package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
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

func TestAClickOnANotificationOpensTheLinkOrTheWindow(t *testing.T) {
	s := sitAt(t, platformtest.DesktopConfig{Keyring: platformtest.UnlockedKeyring, WindowManager: true, Notifications: true})
	s.setUp()
	bin, opened := t.TempDir(), filepath.Join(s.Home(), "opened")
	browser := "#!/bin/sh\necho \"$1\" >>" + opened + "\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(browser), 0o700); err != nil {
		t.Fatal(err)
	}
	agent := s.Command(s.upshot, "agent")
	agent.Env = append(agent.Env, "PATH="+bin+":"+os.Getenv("PATH"))
	s.Start(agent)

	t.Log("where a link can be opened, it is: in the page that shows the picture")
	s.save("click.png", 1)
	s.copies("click")
	n := s.WaitNotification(1)[0]
	if n.Icon != "com.images_uploader.Upshot" {
		t.Errorf("its icon is %q", n.Icon)
	}
	s.Choose(n.ID, "default")
	platformtest.Eventually(t, "the link in the browser", func() bool {
		got, _ := os.ReadFile(opened)
		return strings.HasPrefix(string(got), s.host.URL+"/image/click.") && strings.Count(string(got), "\n") == 1
	})
	if s.Command("xdotool", "search", "--onlyvisible", "--name", "^Upshot$").Run() == nil {
		t.Error("the window came, too")
	}

	t.Log("where it only tells, the window comes")
	s.host.Inject(chevtest.Fault{
		Kind: chevtest.Custom, Status: 400, Type: "application/json",
		Text: `{"status_code":400,"error":{"message":"not this one","code":399},"status_txt":"Bad Request"}`,
	})
	s.save("refused.png", 2)
	n = s.WaitNotification(2)[1]
	if n.Title != "Upload failed" {
		t.Errorf("it says %q, %q", n.Title, n.Body)
	}
	s.Choose(n.ID, "default")
	s.find("^Upshot$")
}
