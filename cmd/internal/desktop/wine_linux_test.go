package desktop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

// windows is somebody who uses Upshot under wine: the nearest to Windows that
// a Linux has. Wine is not Windows, and a test that passes there only says
// that nothing is plainly wrong.
type windows struct {
	*platformtest.Desktop
	t      *testing.T
	host   *chevtest.Server
	upshot string
	prefix string
	env    []string
	opened string // links that were opened, one a line
}

func newWindows(t *testing.T) *windows {
	t.Helper()
	for _, p := range []string{"wine", "x86_64-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("this test needs %s, which is not installed", p) // in CI, too: wine is large
		}
	}
	w := &windows{
		t: t, host: chevtest.NewServer(t, chevtest.Config{}),
		Desktop: platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true, WindowManager: true}),
	}
	w.prefix = filepath.Join(w.Home(), "wine")
	w.opened = filepath.Join(w.Home(), "opened")
	bin := t.TempDir()
	browser := "#!/bin/sh\necho \"$1\" >>" + w.opened + "\n" // which wine hands links to
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(browser), 0o700); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.Env(), "PATH="+bin+":"+os.Getenv("PATH"), "WINEPREFIX="+w.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=")
	w.upshot = filepath.Join(programs, "upshot.exe")
	build := exec.Command("go", "build", "-tags", "migrated_fynedo", "-o", w.upshot, "images-uploader.com/upshot/cmd/upshot")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build upshot.exe: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		end := exec.Command("wineserver", "-k") // all of this prefix, and nothing else
		if _, err := exec.LookPath("wineserver"); err != nil {
			end = exec.Command("/usr/lib/wine/wineserver", "-k")
		}
		end.Env = w.env
		_ = end.Run() // an error says that none runs
	})
	w.run("", "wineboot", "-i")
	library := filepath.Join(w.prefix, "drive_c/windows/system32/bcryptprimitives.dll")
	if _, err := os.Stat(library); err != nil {
		out, err := exec.Command("x86_64-w64-mingw32-gcc", "-shared", "-o", library, "testdata/bcryptprimitives.c", "-ladvapi32").CombinedOutput()
		if err != nil {
			t.Fatalf("make the library that this wine lacks: %v\n%s", err, out)
		}
	}
	return w
}

// wine is a Windows program.
func (w *windows) wine(args ...string) *exec.Cmd {
	cmd := w.Command("wine", args...)
	cmd.Env = w.env
	return cmd
}

// run runs a Windows program to its end and returns what it wrote to stdout.
func (w *windows) run(input string, args ...string) string {
	w.t.Helper()
	cmd := w.wine(args...)
	cmd.Stdin = strings.NewReader(input)
	// Files: what it leaves running would keep a pipe open.
	out, said := w.file("out"), w.file("err")
	defer out.Close()
	defer said.Close()
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Run(); err != nil {
		words, _ := os.ReadFile(said.Name())
		w.t.Fatalf("wine %s: %v\n%s", strings.Join(args, " "), err, words)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func (w *windows) file(name string) *os.File {
	w.t.Helper()
	f, err := os.CreateTemp(w.t.TempDir(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w *windows) command(input string, args ...string) string {
	w.t.Helper()
	return w.run(input, append([]string{w.upshot}, args...)...)
}

// save writes a picture to a folder of drive C and returns its path there.
func (w *windows) save(folder, name string, n int) string {
	w.t.Helper()
	dir := filepath.Join(w.prefix, "drive_c", folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), picture(n, 120), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return `C:\` + folder + `\` + name
}

// stores waits until the host has the n-th picture, and so many in all.
func (w *windows) stores(n, all int) {
	w.t.Helper()
	platformtest.Eventually(w.t, fmt.Sprintf("picture %d on the host", n), func() bool { return len(w.host.Stored()) >= all })
	stored := w.host.Stored()
	if len(stored) != all {
		w.t.Fatalf("the host has %d files, want %d", len(stored), all)
	}
	want := sha256.Sum256(picture(n, 120))
	if got := stored[all-1].Received.SHA256; got != hex.EncodeToString(want[:]) {
		w.t.Errorf("the host was sent %s, want %x", got, want)
	}
}

// examined has the doctor look, and wants it to find these in order.
func (w *windows) examined(names ...string) {
	w.t.Helper()
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	for line := range strings.Lines(w.command("", "doctor", "--json")) {
		var f struct{ Name, Verdict, Found string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			w.t.Fatal(err)
		}
		if wanted[f.Name] && f.Verdict != "ok" {
			w.t.Errorf("%s: %s: %s", f.Name, f.Verdict, f.Found)
		}
		delete(wanted, f.Name)
	}
	for name := range wanted {
		w.t.Errorf("the doctor says nothing of %s", name)
	}
}

func TestUpshotUnderWine(t *testing.T) {
	w := newWindows(t)

	t.Log("the key lies in the credential manager")
	w.command(w.host.Key+"\n", "account", "add", "home", w.host.URL)
	w.examined("keyring", "host", "key")

	t.Log("a command uploads a file, and its link is all that it prints")
	link := w.command("", "upload", w.save("Pictures", "ä b.png", 1))
	if !strings.HasPrefix(link, w.host.URL) || strings.Count(link, "\n") != 1 {
		t.Errorf("it printed %q", link)
	}
	w.stores(1, 1)

	t.Log("a folder is watched, and what was sent goes to the recycle bin")
	w.save("Watched", "seen.png", 2)
	watch := w.Start(w.wine(w.upshot, "watch", `C:\Watched`, "--after", "trash", "--existing", "upload"))
	w.stores(2, 2)
	platformtest.Eventually(t, "the file to leave the folder", func() bool {
		_, err := os.Stat(filepath.Join(w.prefix, "drive_c/Watched/seen.png"))
		return os.IsNotExist(err)
	})
	if kept, _ := filepath.Glob(filepath.Join(w.Home(), ".local/share/Trash/files/seen*.png")); len(kept) != 1 {
		t.Errorf("the trash has %v", kept)
	}
	watch.Stop()

	t.Log("what is left to the agent starts one, which serves its pipe; commands are its clients")
	if out := w.command("", "upload", "--detach", w.save("Pictures", "given.png", 3)); out != "" {
		t.Errorf("it printed %q", out)
	}
	w.stores(3, 3)
	w.examined("agent", "clipboard", "network", "power")
	w.save("Later", "later.png", 4)
	w.command("", "folder", "add", `C:\Later`, "--existing", "upload")
	w.stores(4, 4)
	t.Log("the link is on the clipboard for every program, and the screen can be captured")
	platformtest.Need(t, "xclip")
	link = strings.TrimSpace(w.command("", "upload", "--copy", w.save("Pictures", "copied.png", 5)))
	w.stores(5, 5)
	platformtest.Eventually(t, "the link on the clipboard", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		read := exec.CommandContext(ctx, "xclip", "-selection", "clipboard", "-o")
		read.Env = w.Env()
		out, _ := read.Output() // an empty clipboard is an error of xclip's
		return string(out) == link
	})
	w.command("", "capture", "--all", "--no-upload", "--save", `C:\screen.png`)
	f, err := os.Open(filepath.Join(w.prefix, "drive_c/screen.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, kind, err := image.DecodeConfig(f); err != nil || kind != "png" || c.Width != 1280 || c.Height != 800 {
		t.Errorf("the screen is a %s of %d x %d, %v", kind, c.Width, c.Height, err)
	}

	t.Log("links open in the browser")
	id, _, _ := strings.Cut(w.command("", "history", "list", "--number", "1"), " ")
	w.command("", "history", "open", id)
	platformtest.Eventually(t, "the link in the browser", func() bool {
		got, _ := os.ReadFile(w.opened)
		return strings.HasPrefix(string(got), w.host.URL+"/image/")
	})

	t.Log("a hotkey captures while another program has the keyboard")
	platformtest.Need(t, "xdotool")
	w.command("", "settings", "set", "hotkey-screen", "Ctrl+Shift+9")
	w.Start(w.wine("notepad"))
	platformtest.Eventually(t, "the screen on the host", func() bool {
		// The agent binds it a moment after the setting was changed.
		_ = w.Command("xdotool", "search", "--onlyvisible", "--name", "Notepad", "windowactivate", "--sync", "key", "--delay", "50", "ctrl+shift+9").Run()
		return len(w.host.Stored()) > 5
	})
	w.examined("hotkeys")

	t.Log("a second agent is not needed")
	second := w.wine(w.upshot, "agent", "--no-tray")
	if said, err := second.CombinedOutput(); err != nil || !strings.Contains(string(said), "an agent is running already") {
		t.Errorf("a second agent: %v\n%s", err, said)
	}

	t.Log("it starts at login, as the person wishes")
	const run = `HKCU\Software\Microsoft\Windows\CurrentVersion\Run`
	w.command("", "settings", "set", "autostart", "true")
	if out := w.run("", "reg", "query", run, "/v", "Upshot"); !strings.Contains(out, `upshot.exe agent`) {
		t.Errorf("the Run key says %q", out)
	}
	w.command("", "settings", "set", "autostart", "false")
	if out, err := w.wine("reg", "query", run, "/v", "Upshot").CombinedOutput(); err == nil {
		t.Errorf("the Run key still says %q", out)
	}

	t.Log("the menu Send to has it, until it is taken away")
	before := tree(t, filepath.Join(w.prefix, "drive_c/users"))
	w.command("", "integrate")
	shortcuts, _ := filepath.Glob(filepath.Join(w.prefix, "drive_c/users/*/AppData/Roaming/Microsoft/Windows/SendTo/Upshot.lnk"))
	if len(shortcuts) != 1 {
		t.Fatalf("shortcuts: %v", shortcuts)
	}
	if data, err := os.ReadFile(shortcuts[0]); err != nil || !bytes.Contains(data, utf16("upload --detach --")) {
		t.Errorf("the shortcut does not upload (%v)", err)
	}
	w.command("", "integrate", "--remove")
	for path := range tree(t, filepath.Join(w.prefix, "drive_c/users")) {
		if !before[path] && !strings.Contains(path, "/Temp/") {
			t.Errorf("%s is left", path)
		}
	}

	t.Log("an account that is removed takes its key along")
	w.command("", "account", "remove", "home")
	forgotten := w.wine(w.upshot, "upload", "--server", w.host.URL, `C:\Pictures\given.png`)
	if err := forgotten.Run(); err == nil || forgotten.ProcessState.ExitCode() != 4 {
		t.Errorf("without its account: %v, want exit code 4", err)
	}
}

// utf16 is ASCII as Windows writes it.
func utf16(text string) []byte {
	var b []byte
	for _, c := range []byte(text) {
		b = append(b, c, 0)
	}
	return b
}
