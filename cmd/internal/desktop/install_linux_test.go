package desktop

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/platformtest"
)

// packaging runs a script of the packaging directory.
func packaging(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("../../../packaging", name))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), script, args...).CombinedOutput()
	return string(out), err
}

// tree lists what lies below dir; directories end with a slash.
func tree(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name := strings.TrimPrefix(path, dir)
		if d.IsDir() {
			name += "/"
		}
		found[name] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsInstalledForEverybodyIsListedAndTakenAwayWhole(t *testing.T) {
	build(t, "upshot")
	build(t, "upshot-gui")
	dest := filepath.Join(t.TempDir(), "a package's root, $HOME ü")
	others := filepath.Join(dest, "opt", "up", "share", "man", "man1")
	if err := os.MkdirAll(others, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(others, "other.1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dest)
	for range 2 { // again over the first
		if out, err := packaging(t, "install", "install", programs, "/opt/up", dest); err != nil {
			t.Fatalf("install: %v\n%s", err, out)
		}
	}
	list, err := os.ReadFile(filepath.Join(dest, "opt/up/share/upshot/installed"))
	if err != nil {
		t.Fatal(err)
	}
	installed := tree(t, dest)
	listed := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if listed[line] {
			t.Errorf("%s is listed twice", line)
		}
		listed[line] = true
		if !installed[line] {
			t.Errorf("%s is listed, but not there", line)
		}
	}
	for path := range installed {
		if !listed[path] && !before[path] {
			t.Errorf("%s is there, but not listed", path)
		}
	}
	share := filepath.Join(dest, "opt/up/share")
	for _, want := range []string{
		"../bin/upshot", "../bin/upshot-gui", "../lib/systemd/user/upshot.service", "man/man1/upshot-capture.1", "fish/vendor_completions.d/upshot.fish",
		"icons/hicolor/48x48/apps/com.images_uploader.Upshot.png", "bash-completion/completions/upshot", "zsh/site-functions/_upshot",
	} {
		if info, err := os.Stat(filepath.Join(share, want)); err != nil || info.Size() == 0 || info.Mode().Perm()&0o044 != 0o044 {
			t.Errorf("%s: %v, %v", want, info, err)
		}
	}
	t.Run("the desktop's own tools find nothing wrong", func(t *testing.T) {
		platformtest.Need(t, "desktop-file-validate", "appstreamcli", "groff")
		pages, err := filepath.Glob(filepath.Join(share, "man/man1/upshot*.1"))
		if err != nil || len(pages) < 40 {
			t.Fatalf("the manual has %d pages, %v", len(pages), err)
		}
		for _, args := range [][]string{
			{"desktop-file-validate", filepath.Join(share, "applications/com.images_uploader.Upshot.desktop")},
			{"appstreamcli", "validate", "--no-net", filepath.Join(share, "metainfo/com.images_uploader.Upshot.metainfo.xml")},
			append([]string{"groff", "-man", "-ww", "-z"}, pages...),
		} {
			if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil || args[0] != "appstreamcli" && len(out) > 0 {
				t.Errorf("%s: %v\n%s", args[0], err, out)
			}
		}
	})
	if out, err := packaging(t, "install", "uninstall", "/opt/up", dest); err != nil {
		t.Fatalf("uninstall: %v\n%s", err, out)
	}
	left := tree(t, dest)
	for path := range left {
		if !before[path] {
			t.Errorf("%s is left", path)
		}
	}
	for path := range before {
		if !left[path] {
			t.Errorf("%s was not ours, and is gone", path)
		}
	}
	if out, err := packaging(t, "install", "uninstall", "/opt/up", dest); err == nil {
		t.Errorf("nothing is installed, and it was taken away: %s", out)
	}
}

func TestAListThatNamesWhatIsNotOursTakesNothingAway(t *testing.T) {
	dest := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dest, "p/share/upshot"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{"outside of the prefix": "/etc/passwd", "by going up": "/p/../victim"} {
		t.Run(name, func(t *testing.T) {
			victim := filepath.Join(dest, "victim")
			if err := os.WriteFile(victim, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dest, "p/share/upshot/installed"), []byte(line+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := packaging(t, "install", "uninstall", "/p", dest); err == nil {
				t.Errorf("it was done: %s", out)
			}
			if _, err := os.Stat(victim); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheAppForMacOSIsLaidOut(t *testing.T) {
	platformtest.Need(t, platformtest.Python)
	build(t, "upshot")
	build(t, "upshot-gui")
	out := t.TempDir()
	if said, err := packaging(t, "macos-app", programs, out, "v1.2.3-4-gabc"); err != nil {
		t.Fatalf("macos-app: %v\n%s", err, said)
	} else if !strings.Contains(said, "not tried on a Mac") {
		t.Errorf("it says %q", said)
	}
	contents := filepath.Join(out, "Upshot.app", "Contents")
	read := `import plistlib,sys
p=plistlib.load(open(sys.argv[1],"rb"))
print(p["LSUIElement"], p["CFBundleExecutable"], p["CFBundleShortVersionString"])`
	got, err := exec.CommandContext(t.Context(), platformtest.Python, "-c", read, filepath.Join(contents, "Info.plist")).CombinedOutput()
	if err != nil || strings.TrimSpace(string(got)) != "True upshot-gui 1.2.3" {
		t.Errorf("Info.plist: %s, %v", got, err)
	}
	for _, name := range []string{"upshot", "upshot-gui"} {
		if info, err := os.Stat(filepath.Join(contents, "MacOS", name)); err != nil || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
