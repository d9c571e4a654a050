package desktop

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

// measure has the programs measured instead of tested. What a machine does
// beside it counts as ours, so that nothing fails by a figure: the figures are
// printed, for somebody to read.
//
//	go test -tags gles,migrated_fynedo -count 1 -v -run Measured ./cmd/internal/desktop -args -measure
var measure = flag.Bool("measure", false, "measure the window and the agent, and print the figures")

func wantMeasures(t *testing.T) {
	t.Helper()
	if !*measure {
		t.Skip("no figures are asked for: -args -measure")
	}
}

// eye looks at the screen as often as it can.
type eye struct {
	t      *testing.T
	x      *xgb.Conn
	screen *xproto.ScreenInfo
}

func (s *seat) eye() *eye {
	s.t.Helper()
	x, err := xgb.NewConnDisplay(s.Display())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(x.Close)
	return &eye{s.t, x, xproto.Setup(x).DefaultScreen(x)}
}

// colours counts the colours of a part of the screen: text has many, for its
// soft edges.
func (e *eye) colours(x, y, width, height int) int {
	got, err := xproto.GetImage(e.x, xproto.ImageFormatZPixmap, xproto.Drawable(e.screen.Root),
		int16(x), int16(y), uint16(width), uint16(height), ^uint32(0)).Reply()
	if err != nil {
		e.t.Fatal(err)
	}
	seen := map[[3]byte]bool{}
	for i := 0; i+3 < len(got.Data); i += 4 {
		seen[[3]byte(got.Data[i:i+3])] = true
	}
	return len(seen)
}

// since waits until a part of the screen has that many colours.
func (e *eye) since(begun time.Time, many, x, y, width, height int) time.Duration {
	e.t.Helper()
	for e.colours(x, y, width, height) < many {
		if time.Since(begun) > 30*time.Second {
			e.t.Fatal("nothing is to be seen")
		}
		time.Sleep(2 * time.Millisecond) // the window needs the processor too
	}
	return time.Since(begun)
}

// first starts the window so many times and returns how long it took, of each
// time, until its navigation and until the rows of its list were on the screen.
func (s *seat) first(times int) (frame, rows []time.Duration) {
	s.t.Helper()
	e := s.eye()
	for range times {
		cmd := s.Command(filepath.Join(filepath.Dir(s.upshot), "upshot-gui"))
		cmd.Env = append(cmd.Env, "FYNE_THEME=light")
		begun := time.Now()
		p := s.Start(cmd)
		frame = append(frame, e.since(begun, 12, 20, 60, 130, 150)) // without a window manager the window is at the corner
		rows = append(rows, e.since(begun, 12, 230, 90, 200, 60))
		p.Stop()
		<-p.Done()
	}
	slices.Sort(frame)
	slices.Sort(rows)
	return frame, rows
}

// machine names what this was measured on.
func machine() string {
	model := runtime.GOARCH
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	return fmt.Sprintf("%s, %d processors, load %s", model, runtime.NumCPU(), strings.Join(strings.Fields(string(load))[:3], " "))
}

// bare is a seat without what would draw into the pictures.
func bare(t *testing.T) *seat {
	t.Helper()
	platformtest.Need(t, "Xvfb", "dbus-daemon", "gnome-keyring-daemon")
	build(t, "upshot-gui")
	return &seat{
		t: t, upshot: build(t, "upshot"), host: chevtest.NewServer(t, chevtest.Config{}),
		Desktop: platformtest.NewDesktop(t, platformtest.DesktopConfig{Keyring: platformtest.UnlockedKeyring}),
	}
}

func TestMeasuredFirstFrame(t *testing.T) {
	wantMeasures(t)
	s := bare(t)
	s.command(s.host.Key+"\n", "account", "add", "main", s.host.URL)
	s.dir = filepath.Join(s.Home(), "Pictures")
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		s.command("", "upload", s.save(fmt.Sprintf("%d.png", i), i))
	}
	s.agent()
	frame, rows := s.first(7)
	t.Logf("%s\n3 uploads: first frame %v (median %v), rows %v (median %v)", machine(), frame, frame[3], rows, rows[3])
}

func TestMeasuredFirstFrameOfALongHistory(t *testing.T) {
	wantMeasures(t)
	s := bare(t)
	s.command(s.host.Key+"\n", "account", "add", "main", s.host.URL)
	database := filepath.Join(s.Home(), ".local", "state", "upshot", "upshot.db")
	if err := os.RemoveAll(database); err != nil {
		t.Fatal(err)
	}
	fill := exec.Command("go", "run", "-tags", "gles,migrated_fynedo", "images-uploader.com/upshot/cmd/internal/bench", "fill", database)
	if out, err := fill.CombinedOutput(); err != nil {
		t.Fatalf("fill: %v\n%s", err, out)
	}
	s.agent()
	frame, rows := s.first(7)
	t.Logf("%s\n10,000 queued and 100,000 in history: first frame %v (median %v), rows %v (median %v)", machine(), frame, frame[3], rows, rows[3])
}

// effort is what a process has used up.
type effort struct {
	cpu      time.Duration
	wakings  int64 // its threads went to sleep of themselves, and woke again
	forced   int64 // others took the processor from them
	resident int64 // bytes
	own      int64 // of them are not the program's file
}

func effortOf(t *testing.T, pid int) effort {
	t.Helper()
	var e effort
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	for _, text := range fields[11:13] { // user and system, in hundredths of a second
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		e.cpu += time.Duration(n) * 10 * time.Millisecond
	}
	number := func(path, name string) (n int64) {
		data, err := os.ReadFile(path)
		if err != nil {
			return 0 // a thread that has ended
		}
		for line := range strings.Lines(string(data)) {
			if value, ok := strings.CutPrefix(line, name+":"); ok {
				n, _ = strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			}
		}
		return n
	}
	e.resident = number(fmt.Sprintf("/proc/%d/status", pid), "VmRSS") << 10
	e.own = number(fmt.Sprintf("/proc/%d/status", pid), "RssAnon") << 10
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, task := range tasks {
		e.wakings += number(task, "voluntary_ctxt_switches")
		e.forced += number(task, "nonvoluntary_ctxt_switches")
	}
	return e
}

// idle tells what a process uses while nothing happens.
func idle(t *testing.T, name string, pid int, span time.Duration) {
	t.Helper()
	before := effortOf(t, pid)
	time.Sleep(span)
	after := effortOf(t, pid)
	t.Logf("%s\n%s over %v: %.2f %% of a core, %.1f context switches a second and %.1f that others forced, %.1f MB resident, %.1f MB of them its own", machine(), name, span,
		100*float64(after.cpu-before.cpu)/float64(span), float64(after.wakings-before.wakings)/span.Seconds(),
		float64(after.forced-before.forced)/span.Seconds(), float64(after.resident)/1e6, float64(after.own)/1e6)
}

func TestMeasuredIdle(t *testing.T) {
	wantMeasures(t)
	s := sit(t)
	s.setUp()
	agent := s.agent()
	time.Sleep(10 * time.Second)
	idle(t, "agent with its tray icon, just started", agent.Cmd.Process.Pid, time.Minute)
	s.save("one.png", 1)
	s.copies("one")
	time.Sleep(20 * time.Second) // nothing can be taken back any more
	idle(t, "agent with its tray icon", agent.Cmd.Process.Pid, time.Minute)
	w := s.window()
	time.Sleep(5 * time.Second)
	idle(t, "window", w.Cmd.Process.Pid, 30*time.Second)
	idle(t, "agent with a window", agent.Cmd.Process.Pid, 30*time.Second)
}
