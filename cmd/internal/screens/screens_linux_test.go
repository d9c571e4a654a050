package screens

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

var (
	into  = flag.String("into", "", "directory where the pictures go; empty: none are made")
	scale = flag.String("scale", "1", "how large everything is drawn")
	speak = flag.String("language", "", "language of the window; empty: English")
	font  = flag.String("font", "", "file of a font that the person has, for a language whose letters none here has")
	pixel = flag.String("pixels", "", "another size of the window, as 3840x2160, in pixels whatever the scale is; empty: those of docs/screenshots")
)

// size of the window, in points.
type size struct {
	name          string
	width, height float64
}

func sizes(t *testing.T) []size {
	if *pixel == "" {
		return []size{{"", 1024, 700}, {"-small", 640, 480}}
	}
	var width, height int
	if _, err := fmt.Sscanf(*pixel, "%dx%d", &width, &height); err != nil {
		t.Fatalf("-pixels %s: %v", *pixel, err)
	}
	return []size{{"-" + *pixel, float64(width) / factor(t), float64(height) / factor(t)}}
}

// factor is how many pixels a point has.
func factor(t *testing.T) float64 {
	f, err := strconv.ParseFloat(*scale, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// desk is somebody who has used Upshot for a while.
type desk struct {
	*platformtest.Desktop
	t      *testing.T
	upshot string
	host   *chevtest.Server
	agent  *platformtest.Process

	window        string // X's id of the window on the screen
	width, height int
	suffix        string // of the pictures' names
}

func sit(t *testing.T, host chevtest.Config) *desk {
	t.Helper()
	platformtest.Need(t, "Xvfb", "dbus-daemon", "openbox", "gnome-keyring-daemon", "xdotool", "import")
	upshot, err := filepath.Abs("../../../bin/upshot")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(upshot + "-gui"); err != nil {
		t.Fatalf("build the programs first: make all: %v", err)
	}
	return &desk{
		t: t, upshot: upshot, host: chevtest.NewServer(t, host),
		Desktop: platformtest.NewDesktop(t, platformtest.DesktopConfig{
			Screen: "3900x2300x24", Keyring: platformtest.UnlockedKeyring, WindowManager: true, Notifications: true,
		}),
	}
}

// run runs upshot to its end.
func (d *desk) run(input string, args ...string) {
	d.t.Helper()
	cmd := d.Command(d.upshot, args...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		d.t.Fatalf("upshot %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
}

// startAgent starts the agent of somebody who has chosen a language.
func (d *desk) startAgent() {
	d.t.Helper()
	if *font != "" {
		data, err := os.ReadFile(*font)
		if err != nil {
			d.t.Fatal(err)
		}
		d.write(data, ".local", "share", "fonts", filepath.Base(*font))
	}
	if *speak != "" {
		d.write(fmt.Appendf(nil, "language = %q\n", *speak), ".config", "upshot", "config.toml")
	}
	d.agent = d.Start(d.Command(d.upshot, "agent", "--no-tray"))
	platformtest.Eventually(d.t, "the agent to be ready", func() bool { return strings.Contains(d.agent.Log(), "agent ready") })
}

// write puts a file where the person keeps such files.
func (d *desk) write(data []byte, path ...string) string {
	d.t.Helper()
	name := filepath.Join(append([]string{d.Home()}, path...)...)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return name
}

// open opens the window in a theme and a size, and closes it again after do.
func (d *desk) open(theme string, size size, do func()) {
	d.t.Helper()
	cmd := d.Command(d.upshot + "-gui")
	cmd.Env = append(cmd.Env, "FYNE_THEME="+theme, "FYNE_SCALE="+*scale)
	p := d.Start(cmd)
	platformtest.Eventually(d.t, "the window", func() bool {
		out, err := d.Command("xdotool", "search", "--onlyvisible", "--name", "^Upshot$").Output()
		d.window, _, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
		return err == nil && d.window != ""
	})
	d.width, d.height = int(size.width*factor(d.t)), int(size.height*factor(d.t))
	d.suffix = "-" + theme + size.name
	// It draws itself before it takes another size for good.
	d.Run("xdotool", "windowactivate", "--sync", d.window, "sleep", "1")
	platformtest.Eventually(d.t, "the window to take its size", func() bool {
		d.Run("xdotool", "windowmove", d.window, "20", "40", "windowsize", d.window, strconv.Itoa(d.width), strconv.Itoa(d.height), "sleep", "1")
		before := d.Run("xdotool", "getwindowgeometry", d.window)
		after := d.Run("xdotool", "sleep", "1.5", "getwindowgeometry", d.window)
		size := fmt.Sprintf("Geometry: %dx%d", d.width, d.height)
		return strings.Contains(before, size) && strings.Contains(after, size)
	})
	do()
	p.Stop()
	<-p.Done()
}

// keys presses keys one after the other.
func (d *desk) keys(keys ...string) {
	d.t.Helper()
	d.Run("xdotool", append([]string{"key", "--delay", "80"}, keys...)...)
}

// click clicks somewhere in the window; negative places are from its right
// and lower edge, all in points.
func (d *desk) click(x, y float64) {
	d.t.Helper()
	px, py := int(x*factor(d.t)), int(y*factor(d.t))
	if x < 0 {
		px += d.width
	}
	if y < 0 {
		py += d.height
	}
	d.Run("xdotool", "mousemove", "--window", d.window, strconv.Itoa(px), strconv.Itoa(py), "sleep", "0.2", "click", "1", "sleep", "0.3")
}

// shot keeps a picture of the window. What moves has come to rest by then.
func (d *desk) shot(name string) {
	d.t.Helper()
	d.Run("xdotool", "mousemove", "2", "2", "sleep", "0.8")
	path := filepath.Join(*into, name+d.suffix+".png")
	d.Run("import", "-window", d.window, "-define", "png:compression-level=9", "+set", "date:create", "+set", "date:modify", "+dither", "-colors", "255", "PNG8:"+path)
}

// inEach does something in both themes and two sizes.
func (d *desk) inEach(do func()) {
	for _, theme := range []string{"light", "dark"} {
		for _, size := range sizes(d.t) {
			d.open(theme, size, do)
		}
	}
}

func want(t *testing.T) {
	t.Helper()
	if *into == "" {
		t.Skip("no pictures are asked for: make screenshots")
	}
	dir, err := filepath.Abs(*into)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	*into = dir
}

func TestTheFirstRun(t *testing.T) {
	want(t)
	for _, theme := range []string{"light", "dark"} {
		for _, size := range sizes(t) {
			d := sit(t, chevtest.Config{})
			for i := range 12 {
				name := fmt.Sprintf("Screenshot from 2026-11-%02d 14-0%d-1%d.png", 10+i, i%6, i%10)
				d.write(landscape(t, name, i, 400, 250), "Pictures", "Screenshots", name)
			}
			d.startAgent()
			d.open(theme, size, func() {
				d.shot("first-run")
				d.keys("shift+Tab", "shift+Tab", "ctrl+a")
				d.Run("xdotool", "type", "--delay", "40", d.host.URL)
				d.keys("Tab", "Tab")
				d.Run("xdotool", "type", "--delay", "40", d.host.Key)
				d.keys("Return")
				d.Run("xdotool", "sleep", "1")
				d.shot("first-run-checked")
				d.keys("Return")
				platformtest.Eventually(t, "the account to be set up", func() bool {
					out, err := d.Command(d.upshot, "account", "list").Output()
					return err == nil && strings.Contains(string(out), d.host.URL)
				})
				d.Run("xdotool", "sleep", "1")
				d.shot("first-run-link")
				d.keys("Return")
				d.Run("xdotool", "sleep", "1")
				d.shot("first-run-folder")
			})
			d.agent.Stop()
		}
	}
}

// names of somebody's pictures.
var names = []string{
	"Screenshot from 2026-11-21 09-12-40.png", "alps-in-the-morning.jpg", "Screenshot from 2026-11-21 16-40-02.png",
	"harbour.jpg", "new-logo.png", "Screenshot from 2026-11-22 10-05-31.png", "sunset.jpg", "diagram-of-the-queue.png",
	"holiday-001.jpg", "holiday-002.jpg", "holiday-003.jpg", "Screenshot from 2026-11-23 13-58-17.png",
}

func TestTheWindow(t *testing.T) {
	want(t)
	d := sit(t, chevtest.Config{Site: chevtest.Site{
		DisabledFormats: []string{"bmp"}, Flood: chevtest.Flood{Off: true}, Zone: time.Local,
	}})
	work := chevtest.NewServer(t, chevtest.Config{})
	d.startAgent()
	d.run(d.host.Key+"\n", "account", "add", "home", d.host.URL)
	d.run(work.Key+"\n", "account", "add", "work", work.URL)
	pictures := filepath.Join(d.Home(), "Pictures")
	for i, name := range names {
		args := []string{"upload", "--quiet"}
		if i%4 == 1 {
			args = append(args, "--expire", "3d")
		}
		d.run("", append(args, d.write(landscape(t, name, i, 1200, 750), "Pictures", "Screenshots", name))...)
	}
	d.run("", "folder", "add", filepath.Join(pictures, "Screenshots"))
	whole := landscape(t, "half.png", 4, 900, 600)
	d.write(whole[:len(whole)/2], "Pictures", "Screenshots", "Screenshot from 2026-11-23 14-02-11.png")
	d.write([]byte("what to do tomorrow"), "Pictures", "Screenshots", "notes.txt")
	for i := range 24 {
		name := fmt.Sprintf("IMG_20261%03d.jpg", 101+7*i)
		d.write(landscape(t, name, i, 500, 320), "Pictures", "Archive", name)
	}
	for _, name := range []string{"Receipts", filepath.Join("Recordings", "raw")} {
		d.write(landscape(t, "a.jpg", 3, 300, 200), "Pictures", name, "a.jpg")
	}
	d.run("", "folder", "add", "--recursive", filepath.Join(pictures, "Receipts"))
	d.run("", "folder", "add", filepath.Join(pictures, "Recordings"))
	d.run("", "folder", "pause", filepath.Join(pictures, "Recordings"))

	// The queue: some on their way, slowly; some behind them; one refused.
	bmp := append([]byte("BM"), make([]byte, 400)...)
	cmd := d.Command(d.upshot, "upload", "--quiet", d.write(bmp, "scan.bmp"))
	_ = cmd.Run() // refused, as it shall be
	d.run("", "settings", "set", "limit", "300K")
	for i, name := range []string{"workshop.png", "long-walk.png", "castle.png", "bridge.png", "garden.png", "market.png"} {
		// A picture with something behind it is still that picture, and larger.
		data := append(landscape(t, name, i+1, 600, 400), bytes.Repeat([]byte("Upshot "), 700_000+100_000*i)...)
		d.run("", "upload", "--quiet", "--detach", d.write(data, "Camera", name))
	}
	d.Run("sleep", "12") // the last upload can be taken back no more

	d.inEach(func() {
		d.keys("ctrl+1")
		d.shot("queue")
		d.keys("ctrl+2")
		d.shot("folders")
		d.click(300, 252)
		d.Run("xdotool", "sleep", "0.5")
		d.shot("folder-files")
		d.keys("Escape")
		d.folder()
		d.keys("ctrl+3")
		d.shot("history")
		d.keys("ctrl+i")
		d.shot("details")
		d.keys("Escape")
		d.click(300, 190)
		d.click(300, 250)
		d.shot("history-marked")
		d.click(-191, 81)
		d.shot("copy-as")
		d.keys("Escape")
		d.click(-70, 38)
		d.shot("history-pictures")
		d.click(-70, 38)
		d.keys("ctrl+4")
		d.shot("settings")
		d.click(-104, 152)
		d.shot("account")
		d.keys("Escape")
		d.scroll()
		d.shot("settings-more")
	})
}

// folder asks for a folder to be watched, as far as the question.
func (d *desk) folder() {
	d.t.Helper()
	w, h := float64(d.width)/factor(d.t), float64(d.height)/factor(d.t)
	left, top := (w-min(w-32, 760))/2, (h-min(h-32, 560))/2
	d.click(-70, 40)
	d.Run("xdotool", "sleep", "0.5")
	d.click(left+66, top+150) // Pictures
	d.Run("xdotool", "sleep", "0.5")
	d.shot("picker")
	d.keys("Return") // into its first folder
	d.Run("xdotool", "sleep", "0.5")
	d.click(w-left-80, h-top-28)
	d.Run("xdotool", "sleep", "1")
	d.shot("folder-add")
	d.keys("Escape")
}

// scroll scrolls the screen down a good way.
func (d *desk) scroll() {
	d.t.Helper()
	d.Run("xdotool", "mousemove", "--window", d.window, strconv.Itoa(d.width/2), strconv.Itoa(d.height/2), "sleep", "0.2",
		"click", "--repeat", "8", "--delay", "40", "5", "sleep", "0.3")
}
