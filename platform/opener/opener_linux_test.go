package opener_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"images-uploader.com/upshot/platform/opener"
	"images-uploader.com/upshot/platform/platformtest"
)

// program puts a program first in PATH that writes down how it was called.
func program(t *testing.T, name, ending string) (record string) {
	t.Helper()
	dir := t.TempDir()
	record = filepath.Join(dir, "record")
	script := `#!/bin/sh
{ for a in "$@"; do echo "arg $a"; done
  echo "sid $(cut -d" " -f6 /proc/$$/stat) $$"
  echo "key <$UPSHOT_KEY>"
  [ -t 0 ] && echo "has a terminal"
  echo end; } >` + record + ".new\nmv " + record + ".new " + record + "\n" + ending + "\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return record
}

func lines(t *testing.T, record string) []string {
	t.Helper()
	var b []byte
	platformtest.Eventually(t, "the program was called", func() bool {
		var err error
		b, err = os.ReadFile(record)
		return err == nil
	})
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func desktop(t *testing.T, c platformtest.DesktopConfig) *platformtest.Desktop {
	c.Headless = true
	d := platformtest.NewDesktop(t, c)
	d.Setenv()
	t.Setenv("DISPLAY", ":4711") // only looked at, never opened
	return d
}

func TestLinksOpenInTheBrowser(t *testing.T) {
	for name, ending := range map[string]string{"one that returns": "", "one that stays": "exec sleep 5"} {
		t.Run(name, func(t *testing.T) {
			desktop(t, platformtest.DesktopConfig{NoBus: true})
			t.Setenv("UPSHOT_KEY", "s3cret")
			record := program(t, "xdg-open", ending)
			address := "https://example.com/a?b=1&c=%20;touch$(x)"
			if err := opener.New(opener.Config{}).OpenURL(t.Context(), address); err != nil {
				t.Fatal(err)
			}
			got := lines(t, record)
			if got[0] != "arg "+address || got[2] != "key <>" || got[3] != "end" {
				t.Errorf("it was called with %q", got)
			}
			if f := strings.Fields(got[1]); len(f) != 3 || f[1] != f[2] {
				t.Errorf("it has no session of its own: %q", got[1])
			}
		})
	}
}

func TestOpenerKeepsTheContract(t *testing.T) {
	platformtest.TestOpener(t, func(t *testing.T) (platformtest.OpenerPort, platformtest.OpenerPeer) {
		d := desktop(t, platformtest.DesktopConfig{})
		p := &person{t: t, d: d, record: filepath.Join(t.TempDir(), "opened")}
		bin := t.TempDir()
		script := "#!/bin/sh\necho \"$1\" >>" + p.record + "\n"
		if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
		conn := d.Connect()
		if err := conn.Export(p, "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1"); err != nil {
			t.Fatal(err)
		}
		d.Own(conn, "org.freedesktop.FileManager1")
		return opener.New(opener.Config{}), p
	})
}

// person has a browser that writes down what it is given, and a file manager
// on the bus.
type person struct {
	t      *testing.T
	d      *platformtest.Desktop
	record string

	mu    sync.Mutex
	files []string
}

func (p *person) URLs() []string {
	b, _ := os.ReadFile(p.record) // nothing was opened yet
	return strings.Fields(string(b))
}

// ShowItems is the method of the bus.
func (p *person) ShowItems(uris []string, _ string) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme != "file" {
			return dbus.MakeFailedError(fmt.Errorf("%q is no file", uri))
		}
		p.files = append(p.files, u.Path)
	}
	return nil
}

func (p *person) Files() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.files)
}

func (p *person) Leave() {
	p.d.KillBus()
	p.t.Setenv("PATH", p.t.TempDir())
}

func TestNothingThatOpens(t *testing.T) {
	o := opener.New(opener.Config{})
	t.Run("a program that fails", func(t *testing.T) {
		desktop(t, platformtest.DesktopConfig{NoBus: true})
		program(t, "xdg-open", "exit 3")
		program(t, "gio", "exit 2")
		if err := o.OpenURL(t.Context(), "https://example.com/"); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("OpenURL: %v, want errors.ErrUnsupported", err)
		}
	})
	t.Run("no program", func(t *testing.T) {
		desktop(t, platformtest.DesktopConfig{NoBus: true})
		program(t, "xdg-open", "")
		if err := o.Ready(); err != nil {
			t.Fatalf("with programs: %v", err)
		}
		t.Setenv("PATH", t.TempDir())
		if err := o.Ready(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Ready: %v, want errors.ErrUnsupported", err)
		}
		if err := o.OpenURL(t.Context(), "https://example.com/"); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("OpenURL: %v, want errors.ErrUnsupported", err)
		}
	})
	t.Run("no screen", func(t *testing.T) {
		desktop(t, platformtest.DesktopConfig{NoBus: true})
		record := program(t, "xdg-open", "")
		t.Setenv("DISPLAY", "")
		if err := o.OpenURL(t.Context(), "https://example.com/"); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("OpenURL: %v, want errors.ErrUnsupported", err)
		}
		if _, err := os.Stat(record); err == nil {
			t.Error("a program was started")
		}
	})
}

// manager is a file manager on the bus.
type manager struct{ shown chan []string }

// ShowItems is the method of the bus.
func (m manager) ShowItems(uris []string, _ string) *dbus.Error {
	m.shown <- uris
	return nil
}

func TestFilesAreShownInTheFileManager(t *testing.T) {
	d := desktop(t, platformtest.DesktopConfig{})
	m := manager{make(chan []string, 1)}
	conn := d.Connect()
	if err := conn.Export(m, "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1"); err != nil {
		t.Fatal(err)
	}
	d.Own(conn, "org.freedesktop.FileManager1")
	path := filepath.Join(t.TempDir(), "a ä#%.png")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := opener.New(opener.Config{}).ShowFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	want := "file://" + filepath.Dir(path) + "/a%20%C3%A4%23%25.png"
	if got := <-m.shown; !slices.Equal(got, []string{want}) {
		t.Errorf("shown: %q, want %q", got, want)
	}
}

func TestWithoutFileManagerItsFolderIsOpened(t *testing.T) {
	desktop(t, platformtest.DesktopConfig{})
	record := program(t, "xdg-open", "")
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := opener.New(opener.Config{})
	if err := o.ShowFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, record); got[0] != "arg "+filepath.Dir(path) {
		t.Errorf("it was called with %q", got)
	}
	if err := o.ShowFile(t.Context(), path+".gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that has gone: %v", err)
	}
}
