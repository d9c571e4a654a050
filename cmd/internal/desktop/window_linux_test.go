package desktop

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/platformtest"
)

//go:embed testdata/drag-source.py
var dragSource []byte

// window starts the window and waits until it is on the screen.
func (s *seat) window() *platformtest.Process {
	s.t.Helper()
	cmd := s.Command(filepath.Join(filepath.Dir(s.upshot), "upshot-gui"))
	cmd.Env = append(cmd.Env, "FYNE_THEME=light")
	s.t.Cleanup(s.endAgent)
	p := s.Start(cmd)
	s.find("^Upshot$")
	return p
}

// find waits for a window with that title and returns its id.
func (s *seat) find(title string) string {
	s.t.Helper()
	var id string
	platformtest.Eventually(s.t, "a window "+title, func() bool {
		out, err := s.Command("xdotool", "search", "--onlyvisible", "--name", title).Output()
		id, _, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
		return err == nil && id != ""
	})
	return id
}

// place is where the middle of a window is on the screen.
func (s *seat) place(id string) (x, y int) {
	s.t.Helper()
	vars := map[string]int{}
	for line := range strings.Lines(s.Run("xdotool", "getwindowgeometry", "--shell", id)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		vars[name], _ = strconv.Atoi(value)
	}
	return vars["X"] + vars["WIDTH"]/2, vars["Y"] + vars["HEIGHT"]/2
}

// drag moves the mouse with its button down from one place to another, in
// steps as a hand does: a drag does not begin otherwise.
func (s *seat) drag(x1, y1, x2, y2 int) {
	s.t.Helper()
	args := []string{
		"mousemove", strconv.Itoa(x1), strconv.Itoa(y1), "sleep", "0.2", "mousedown", "1", "sleep", "0.2",
		"mousemove_relative", "--", "8", "6", "sleep", "0.15", "mousemove_relative", "--", "12", "8", "sleep", "0.15",
	}
	for i := 1; i <= 5; i++ {
		args = append(args, "mousemove", strconv.Itoa(x1+20+(x2-x1-20)*i/5), strconv.Itoa(y1+14+(y2-y1-14)*i/5), "sleep", "0.1")
	}
	s.Run("xdotool", append(args, "mousemove", strconv.Itoa(x2), strconv.Itoa(y2), "sleep", "0.3", "mousemove_relative", "2", "2", "sleep", "0.2", "mouseup", "1")...)
}

func TestFilesDraggedOntoTheWindowEndAsLinksOnTheClipboard(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.agent()
	s.window()
	target := s.find("^Upshot$")
	s.Run("xdotool", "windowmove", target, "300", "40")

	outside := filepath.Join(s.Home(), "Desktop")
	if err := os.MkdirAll(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(s.Home(), "drag-source.py")
	if err := os.WriteFile(script, dragSource, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{script}
	for i, name := range []string{"first.png", "second b ä#%.png"} {
		path := filepath.Join(outside, name)
		if err := os.WriteFile(path, picture(10+i, 120), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	s.Start(s.Command(platformtest.Python, args...))
	x1, y1 := s.place(s.find("^drag source$"))
	x2, y2 := s.place(target)
	s.shot("window-before-the-drop")
	s.drag(x1, y1, x2, y2)
	s.copies("first", "second")

	t.Log("a picture that another program has copied is uploaded by Ctrl+V")
	copied := filepath.Join(outside, "copied.png")
	if err := os.WriteFile(copied, picture(20, 120), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Start(s.Command("xclip", "-selection", "clipboard", "-t", "image/png", "-i", copied))
	platformtest.Eventually(t, "the picture on the clipboard", func() bool {
		out, err := s.Command("xclip", "-selection", "clipboard", "-t", "TARGETS", "-o").Output()
		return err == nil && strings.Contains(string(out), "image/png")
	})
	s.Run("xdotool", "windowactivate", "--sync", target, "key", "ctrl+v")
	s.copies("clipboard-")
	s.WaitNotification(2)
	s.Run("xdotool", "key", "ctrl+3", "sleep", "1")
	s.shot("window-history")
}

func TestTheFirstRunIsTypedAndEndsWithAWatchedHost(t *testing.T) {
	s := sit(t)
	s.window()
	platformtest.Eventually(t, "the window to have started the agent", func() bool {
		_, err := os.Stat(filepath.Join(s.Home(), ".local", "state", "upshot", "engine.json"))
		return err == nil
	})
	target := s.find("^Upshot$")
	s.Run("xdotool", "windowactivate", "--sync", target)
	s.shot("first-run")
	// The key has the focus; the address stands before it, with a link between.
	s.Run("xdotool", "key", "--delay", "60", "shift+Tab", "shift+Tab", "ctrl+a")
	s.Run("xdotool", "type", "--delay", "15", s.host.URL)
	s.Run("xdotool", "key", "--delay", "60", "Tab", "Tab")
	s.Run("xdotool", "type", "--delay", "15", s.host.Key)
	s.shot("first-run-typed")
	s.Run("xdotool", "key", "Return")
	platformtest.Eventually(t, "the account to be checked, without an upload", func() bool { return len(s.host.Uploads()) > 0 })
	s.shot("first-run-checked")
	s.Run("xdotool", "key", "Return")
	platformtest.Eventually(t, "the account to be saved", func() bool { return strings.Contains(s.command("", "account", "list"), s.host.URL) })
	s.shot("first-run-done")
	if n := len(s.host.Stored()); n != 0 {
		t.Errorf("the check uploaded %d files", n)
	}
	config, err := os.ReadFile(filepath.Join(s.Home(), ".config", "upshot", "config.toml"))
	if err != nil || strings.Contains(string(config), s.host.Key) {
		t.Errorf("the settings hold the key, or cannot be read: %v", err)
	}
	path := filepath.Join(s.Home(), "ready.png")
	if err := os.WriteFile(path, picture(30, 120), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.command("", "upload", path); !strings.Contains(out, "/ready.png") {
		t.Errorf("the new account gave %q", out)
	}
}

// endAgent ends an agent that the window has started, if it runs: it has a
// session of its own and would outlive the desktop.
func (s *seat) endAgent() {
	record, err := instance.ReadRecord(filepath.Join(s.Home(), ".local", "state", "upshot", "engine.json"))
	if err != nil {
		return
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", record.PID))
	if err != nil || !strings.HasPrefix(string(line), s.upshot+"\x00") {
		return
	}
	if p, err := os.FindProcess(record.PID); err == nil {
		_ = p.Signal(os.Interrupt)
	}
	platformtest.Eventually(s.t, "the agent to end", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/%d", record.PID))
		return err != nil
	})
}

func TestClosingTheWindowLeavesUploadsGoing(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.agent()
	w := s.window()
	w.Stop()
	select {
	case <-w.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the window did not end")
	}
	s.save("later.png", 40)
	s.copies("later")
}
