package desktop

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/platformtest"
)

func TestFilesDraggedFromTheFileManagerEndAsLinksOnTheClipboard(t *testing.T) {
	platformtest.Need(t, "thunar")
	s := sit(t)
	s.setUp()
	s.agent()
	s.window()
	target := s.find("^Upshot$")
	outside := filepath.Join(s.Home(), "Holiday")
	if err := os.MkdirAll(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"alps.png", "beach b ä#%.png"} {
		if err := os.WriteFile(filepath.Join(outside, name), picture(50+i, 120), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.Start(s.Command("thunar", outside))
	manager := s.find("Holiday")
	s.Run("xdotool", "windowmove", manager, "0", "20", "windowsize", manager, "560", "420", "windowmove", target, "600", "300",
		"sleep", "1", "windowactivate", "--sync", manager, "sleep", "0.5", "key", "ctrl+a", "sleep", "0.5")
	s.shot("file-manager")
	x1, y1 := s.firstFile(manager)
	x2, y2 := s.place(target)
	s.drag(x1, y1, min(x2, 1200), min(y2, 700))
	s.copies("alps", "beach")
	s.shot("file-manager-after")
}

// firstFile is a place on the icon of the first file that a file manager's
// window shows; all files in it are marked.
func (s *seat) firstFile(manager string) (x, y int) {
	s.t.Helper()
	vars := map[string]int{}
	for line := range strings.Lines(s.Run("xdotool", "getwindowgeometry", "--shell", manager)) {
		var name string
		var value int
		if name, _, _ = strings.Cut(line, "="); name != "" {
			fmt.Sscanf(strings.TrimPrefix(line, name+"="), "%d", &value)
			vars[name] = value
		}
	}
	return vars["X"] + 230, vars["Y"] + 130
}

func TestTheWindowIsClosedAndOpenedAgainWhileAFileIsOnItsWay(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.agent()
	s.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100_000})
	large := filepath.Join(s.dir, "large.png")
	if err := os.WriteFile(large, picture(60, 1500), 0o600); err != nil {
		t.Fatal(err)
	}
	w := s.window()
	platformtest.Eventually(t, "the file on its way", func() bool { return strings.Contains(s.command("", "queue"), "large.png") })
	s.Run("xdotool", "windowactivate", "--sync", s.find("^Upshot$"), "sleep", "1")
	s.shot("window-while-uploading")
	s.Run("wmctrl", "-c", "Upshot")
	select {
	case <-w.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the window did not end")
	}
	if out := s.command("", "queue"); !strings.Contains(out, "large.png") {
		t.Errorf("with the window closed, the queue says %q", out)
	}
	again := s.window()
	s.Run("xdotool", "windowactivate", "--sync", s.find("^Upshot$"), "sleep", "1")
	s.shot("window-opened-again")
	s.host.Heal()
	s.copies("large")
	if n := len(s.host.Stored()); n != 1 {
		t.Errorf("the host has it %d times", n)
	}
	select {
	case <-again.Done():
		t.Errorf("the window that was opened again has ended:\n%s", again.Log())
	default:
	}
}

func TestAnAgentKilledUnderTheWindowIsStartedAgainByIt(t *testing.T) {
	s := sit(t)
	s.setUp()
	agent := s.agent()
	w := s.window()
	t.Cleanup(func() { // the agent that it starts is nobody's child
		w.Kill()
		<-w.Done()
		s.endEngine()
	})
	target := s.find("^Upshot$")
	s.Run("xdotool", "windowactivate", "--sync", target, "sleep", "1")
	old := s.engine()
	agent.Kill()
	<-agent.Done()
	platformtest.Eventually(t, "another agent", func() bool {
		now := s.engine()
		return now != 0 && now != old
	})
	copied := filepath.Join(s.Home(), "copied.png")
	if err := os.WriteFile(copied, picture(70, 120), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Start(s.Command("xclip", "-selection", "clipboard", "-t", "image/png", "-i", copied))
	platformtest.Eventually(t, "the picture on the clipboard", func() bool {
		out, err := s.Command("xclip", "-selection", "clipboard", "-t", "TARGETS", "-o").Output()
		return err == nil && strings.Contains(string(out), "image/png")
	})
	s.Run("xdotool", "windowactivate", "--sync", target, "key", "ctrl+v")
	s.copies("clipboard-")
	select {
	case <-w.Done():
		t.Errorf("the window has ended:\n%s", w.Log())
	default:
	}
}

// engine is the process that runs the engine, as its record says.
func (s *seat) engine() int {
	record, err := instance.ReadRecord(filepath.Join(s.Home(), ".local", "state", "upshot", "engine.json"))
	if err != nil {
		return 0
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", record.PID)); err != nil {
		return 0
	}
	return record.PID
}

// endEngine ends the process that runs the engine and waits for its end.
func (s *seat) endEngine() {
	pid := s.engine()
	if pid == 0 {
		return
	}
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	platformtest.Eventually(s.t, "the end of the agent", func() bool { return s.engine() == 0 })
}

// The lines that the main job does not click are clicked here.
func TestEveryOtherLineOfTheTrayDoesWhatItSays(t *testing.T) {
	s := sit(t)
	s.setUp()
	agent := s.agent()
	pid := agent.Cmd.Process.Pid
	s.wallpaper()

	t.Log("a region that is picked ends as a link")
	s.ClickTray(pid, "Capture a region")
	s.pick(image.Pt(200, 150), image.Pt(399, 269))
	s.Run("xdotool", "key", "Return")
	s.copies("screenshot-")
	s.noPicker()

	t.Log("it can be taken back")
	var undo string
	platformtest.Eventually(t, "the offer to undo", func() bool {
		for _, label := range s.TrayLabels(pid) {
			if strings.HasPrefix(label, "Undo upload of ") {
				undo = label
			}
		}
		return undo != ""
	})
	s.ClickTray(pid, undo)
	platformtest.Eventually(t, "the host to have nothing", func() bool { return len(s.host.Stored()) == 0 })

	t.Log("files are chosen")
	given := filepath.Join(s.Home(), "0 given.png")
	if err := os.WriteFile(given, picture(80, 120), 0o600); err != nil {
		t.Fatal(err)
	}
	s.ClickTray(pid, "Upload files…")
	picker := s.find("^Upload files$")
	s.Run("xdotool", "windowactivate", "--sync", picker, "sleep", "1")
	s.shot("pick-files")
	s.Run("xdotool", "key", "--delay", "80", "Down", "space", "Return")
	s.copies("0-given")

	t.Log("a host that was not ready is asked again at once")
	s.host.Inject(chevtest.Fault{Kind: chevtest.Maintenance})
	s.save("patient.png", 81)
	platformtest.Eventually(t, "the file to wait for the host", func() bool { return strings.Contains(strings.Join(s.TrayLabels(pid), "\n"), "Try again now") })
	s.host.Heal()
	s.ClickTray(pid, "Try again now")
	s.copies("patient")

	t.Log("the window is opened")
	s.ClickTray(pid, "Open Upshot")
	s.find("^Upshot$")
	s.Run("wmctrl", "-c", "Upshot")
}
