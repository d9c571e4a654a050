package desktop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

// programs are built once for all tests.
var programs string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "upshot-desktop-")
	if err != nil {
		panic(err)
	}
	programs = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build makes a program as the Makefile does.
func build(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(programs, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	cmd := exec.Command("go", "build", "-tags", "gles,migrated_fynedo", "-o", path, "images-uploader.com/upshot/cmd/"+name)
	if name != "upshot-gui" {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return path
}

// seat is a person at a desktop with Upshot installed and a host to use.
type seat struct {
	*platformtest.Desktop
	t      *testing.T
	upshot string
	host   *chevtest.Server
	shots  string // where screenshots go
	dir    string // the person's pictures
}

func sit(t *testing.T) *seat {
	t.Helper()
	return sitAt(t, platformtest.DesktopConfig{
		Keyring: platformtest.UnlockedKeyring, WindowManager: true, Panel: true, Notifications: true,
	})
}

// sitAt is sit at another desktop.
func sitAt(t *testing.T, config platformtest.DesktopConfig) *seat {
	t.Helper()
	platformtest.Need(t, "Xvfb", "dbus-daemon", "openbox", "xfce4-panel", "gnome-keyring-daemon", "xclip", "xdotool", "import", platformtest.GTK)
	build(t, "upshot-gui")
	s := &seat{
		t: t, upshot: build(t, "upshot"), host: chevtest.NewServer(t, chevtest.Config{}),
		Desktop: platformtest.NewDesktop(t, config),
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	s.shots = filepath.Join(root, "bin", "screenshots")
	s.dir = filepath.Join(s.Home(), "Pictures")
	for _, dir := range []string{s.shots, s.dir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// clipboard is what another program reads there.
func (s *seat) clipboard() string {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	cmd := s.Command("xclip", "-selection", "clipboard", "-o")
	out := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	out.Env = cmd.Env
	text, _ := out.Output() // an empty clipboard is an error of xclip's
	return string(text)
}

// copies waits until the clipboard holds one link for each name, in order.
func (s *seat) copies(names ...string) string {
	s.t.Helper()
	var text string
	platformtest.Eventually(s.t, "the links of "+strings.Join(names, ", ")+" on the clipboard", func() bool {
		text = s.clipboard()
		lines := strings.Split(text, "\n")
		if len(lines) != len(names) {
			return false
		}
		for i, name := range names {
			if !strings.HasPrefix(lines[i], s.host.URL) || !strings.Contains(lines[i], name) {
				return false
			}
		}
		return true
	})
	return text
}

// command runs upshot to its end and returns what it wrote to stdout.
func (s *seat) command(input string, args ...string) string {
	s.t.Helper()
	cmd := s.Command(s.upshot, args...)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("upshot %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// agent starts the agent and waits until it answers.
func (s *seat) agent() *platformtest.Process {
	s.t.Helper()
	p := s.Start(s.Command(s.upshot, "agent"))
	platformtest.Eventually(s.t, "the agent to be ready", func() bool { return strings.Contains(p.Log(), "agent ready") })
	return p
}

// picture is a PNG of n different kinds, of about so many bytes.
func picture(n, width int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, width, width*3/4))
	seed := uint64(n)*2 + 1
	for i := range img.Pix {
		seed = seed*6364136223846793005 + 1442695040888963407
		img.Pix[i] = byte(seed >> 56)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.NoCompression}
	if err := enc.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// save writes a picture as a program does.
func (s *seat) save(name string, n int) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, picture(n, 120), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// shot keeps a picture of the screen for people to look at.
func (s *seat) shot(name string) {
	s.t.Helper()
	s.Screenshot(filepath.Join(s.shots, name+".png"))
}

// setUp is what a person does first: an account, a folder.
func (s *seat) setUp() {
	s.t.Helper()
	s.command(s.host.Key+"\n", "account", "add", "main", s.host.URL)
	s.command("", "folder", "add", s.dir)
}

func TestTheMainJobOnARealDesktop(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.save("waiting.png", 1) // saved while no agent runs
	agent := s.agent()
	pid := agent.Cmd.Process.Pid

	t.Log("a file saved while the agent was down is found")
	s.copies("waiting")
	if n := s.WaitNotification(1)[0]; n.Title != "Link copied" || !strings.Contains(n.Body, "waiting.png") {
		t.Errorf("notification says %q, %q", n.Title, n.Body)
	}

	t.Log("a file saved in the folder ends as a link on the clipboard")
	s.save("holiday.png", 2)
	link := s.copies("holiday")
	s.WaitNotification(2)
	s.shot("tray")

	t.Log("the tray captures the screen")
	s.ClickTray(pid, "Capture screen")
	s.copies("screenshot-")

	t.Log("the tray copies a link again")
	s.ClickTray(pid, "holiday.png")
	platformtest.Eventually(t, "the old link on the clipboard", func() bool { return s.clipboard() == link })

	t.Log("the tray uploads a picture that another program has copied")
	copied := filepath.Join(s.Home(), "copied.png")
	if err := os.WriteFile(copied, picture(3, 120), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Start(s.Command("xclip", "-selection", "clipboard", "-t", "image/png", "-i", copied))
	platformtest.Eventually(t, "the picture on the clipboard", func() bool {
		out, err := s.Command("xclip", "-selection", "clipboard", "-t", "TARGETS", "-o").Output()
		return err == nil && strings.Contains(string(out), "image/png")
	})
	s.ClickTray(pid, "Upload clipboard")
	s.copies("clipboard-")

	t.Log("pause holds files back, resume lets them go")
	s.ClickTray(pid, "Pause")
	s.save("paused.png", 4)
	platformtest.Eventually(t, "the file in the queue", func() bool { return strings.Contains(s.command("", "queue"), "paused.png") })
	if out := s.command("", "queue"); !strings.Contains(out, "paused: resume") {
		t.Errorf("the queue says %q", out)
	}
	s.ClickTray(pid, "Resume")
	s.copies("paused")

	t.Log("quit ends the agent")
	s.ClickTray(pid, "Quit")
	select {
	case <-agent.Done():
	case <-time.After(20 * time.Second):
		t.Fatalf("the agent did not end:\n%s", agent.Log())
	}
	if err := agent.Err(); err != nil {
		t.Errorf("the agent ended with %v:\n%s", err, agent.Log())
	}
}

func TestAnAgentKilledInMidUploadGoesOnByItself(t *testing.T) {
	s := sit(t)
	s.setUp()
	agent := s.agent()
	s.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100_000})
	large := filepath.Join(s.dir, "large.png")
	if err := os.WriteFile(large, picture(5, 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.host.Await(ctx, func(st chevtest.Stats) bool { return st.Stalled == 1 }); err != nil {
		t.Fatal(err)
	}
	agent.Kill()
	<-agent.Done()
	s.save("meanwhile.png", 6)
	s.host.Heal()
	s.agent()
	platformtest.Eventually(t, "both files on the host", func() bool { return len(s.host.Stored()) == 2 })
	platformtest.Eventually(t, "both in the history", func() bool {
		out := s.command("", "history")
		return strings.Contains(out, "large.png") && strings.Contains(out, "meanwhile.png")
	})
	if out := s.command("", "queue"); strings.TrimSpace(out) != "" {
		t.Errorf("still in the queue:\n%s", out)
	}
}

func TestACommandLeavesItsLinkOnTheClipboard(t *testing.T) {
	s := sit(t)
	path := s.save("copy.png", 7)
	cmd := s.Command(s.upshot, "upload", "--copy", path)
	cmd.Env = append(cmd.Env, "UPSHOT_SERVER="+s.host.URL, "UPSHOT_KEY="+s.host.Key)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.copies("copy"); got != strings.TrimSpace(string(out)) {
		t.Errorf("clipboard holds %q, the command printed %q", got, out)
	}
	owner := s.owners()
	if len(owner) != 1 {
		t.Fatalf("%d processes own the clipboard, want 1", len(owner))
	}
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", owner[0]))
	if err != nil || bytes.Contains(env, []byte(s.host.Key)) {
		t.Errorf("the owner has the key in its environment (%v)", err)
	}
	take := s.Command("xclip", "-selection", "clipboard", "-i")
	take.Stdin = strings.NewReader("something else")
	s.Start(take)
	platformtest.Eventually(t, "the owner to end when somebody else copies", func() bool { return len(s.owners()) == 0 })
}

// owners are the processes that this desktop's `--copy` has left behind.
func (s *seat) owners() []int {
	var pids []int
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range procs {
		line, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(line, []byte(s.upshot+"\x00own-clipboard")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestTheDoctorFindsAWholeDesktopInOrder(t *testing.T) {
	s := sit(t)
	s.setUp()
	s.agent()
	for line := range strings.Lines(s.command("", "doctor", "--json")) {
		var f struct{ Name, Verdict, Found string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		// This desktop has no system bus, and so no logind that tells of sleep,
		// and perhaps no browser.
		if f.Verdict != "ok" && f.Name != "power" && f.Name != "open" {
			t.Errorf("%s: %s: %s", f.Name, f.Verdict, f.Found)
		}
	}
	if n := len(s.host.Stored()); n != 0 {
		t.Errorf("the doctor uploaded %d files", n)
	}
}
