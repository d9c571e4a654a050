package integrate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/integrate"
	"images-uploader.com/upshot/platform/platformtest"
)

const odd = `a "program" $HOME 100% 'it'; \ ü/upshot`

// person is somebody with a home of their own, on a system of its own.
type person struct {
	t      *testing.T
	home   string
	system string // XDG_DATA_DIRS
	etc    string // XDG_CONFIG_DIRS
	config integrate.Config
}

func newPerson(t *testing.T, program string) *person {
	p := &person{t: t, home: t.TempDir(), system: t.TempDir(), etc: t.TempDir()}
	for name, value := range map[string]string{
		"HOME": p.home, "XDG_DATA_DIRS": p.system, "XDG_CONFIG_DIRS": p.etc, "XDG_CURRENT_DESKTOP": "XFCE",
		"XDG_DATA_HOME": "", "XDG_CONFIG_HOME": "",
	} {
		t.Setenv(name, value)
	}
	p.config = integrate.Config{
		Program: filepath.Join(p.home, "opt", program), List: filepath.Join(p.home, "state", "integration.json"),
		Icons: []integrate.Icon{{256, []byte("png")}, {0, []byte("<svg/>")}},
	}
	p.config.Window = p.config.Program + "-gui"
	// A program that writes down how it was started.
	for _, path := range []string{p.config.Program, p.config.Window} {
		p.write(path, "#!"+platformtest.Python+"\nimport json, os, sys\n"+
			"json.dump(sys.argv, open('"+p.home+"/argv.new', 'w'))\nos.rename('"+p.home+"/argv.new', '"+p.home+"/argv')\n")
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *person) write(path, text string) {
	p.t.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.home, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) read(path string) string {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.home, path))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

// tree is all that is below the home, with what is in it.
func (p *person) tree() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(p.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		text := e.Type().String()
		if e.Type().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(b)
		}
		all[strings.TrimPrefix(path, p.home)] = text
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	delete(all, "/state") // that of the program, not of what it installs
	return all
}

func (p *person) install() map[string]integrate.Change {
	p.t.Helper()
	return p.index(integrate.Install(p.t.Context(), p.config))
}

func (p *person) remove() map[string]integrate.Change {
	p.t.Helper()
	return p.index(integrate.Remove(p.t.Context(), integrate.Config{List: p.config.List}))
}

func (p *person) index(changes []integrate.Change, err error) map[string]integrate.Change {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	all := map[string]integrate.Change{}
	for _, c := range changes {
		all[strings.TrimPrefix(c.Path, p.home+"/")] = c
	}
	return all
}

// argv waits for the program to have been started, and returns how.
func (p *person) argv() []string {
	p.t.Helper()
	var got []string
	path := filepath.Join(p.home, "argv")
	platformtest.Eventually(p.t, "the program was started", func() bool {
		b, err := os.ReadFile(path)
		return err == nil && json.Unmarshal(b, &got) == nil
	})
	os.Remove(path)
	return got
}

// viewers puts a program for PNG and JPEG on the system, as a package does.
func (p *person) viewers(names ...string) {
	platformtest.Need(p.t, "update-desktop-database")
	for _, name := range names {
		p.write(filepath.Join(p.system, "applications", name),
			"[Desktop Entry]\nType=Application\nName="+name+"\nExec=true %f\nMimeType=image/png;image/jpeg;\n")
	}
	if out, err := exec.Command("update-desktop-database", filepath.Join(p.system, "applications")).CombinedOutput(); err != nil {
		p.t.Fatalf("%v %s", err, out)
	}
}

// gio asks GLib, as file managers do, which programs open a kind of file.
func (p *person) gio(kind string) (chosen string, offered []string) {
	p.t.Helper()
	platformtest.Need(p.t, platformtest.GTK)
	out, err := exec.Command(platformtest.Python, "-c", `
import sys
from gi.repository import Gio
d = Gio.AppInfo.get_default_for_type(sys.argv[1], False)
print(d.get_id() if d else "")
for a in Gio.AppInfo.get_all_for_type(sys.argv[1]): print(a.get_id())`, kind).Output()
	if err != nil {
		p.t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	return lines[0], lines[1:]
}

const (
	program = ".local/share/applications/com.images_uploader.Upshot.desktop"
	open    = ".local/share/applications/com.images_uploader.Upshot.upload.desktop"
	openID  = "com.images_uploader.Upshot.upload.desktop"
	menu    = ".local/share/kio/servicemenus/upshot.desktop"
	thunar  = ".config/Thunar/uca.xml"
	service = ".config/systemd/user/upshot.service"
	chosen  = ".config/mimeapps.list"
)

func TestMenusKeepTheContract(t *testing.T) {
	for _, entry := range []string{open, service, ".local/share/nemo/scripts/Upload with Upshot", thunar} {
		t.Run(entry, func(t *testing.T) {
			platformtest.TestIntegration(t, func(t *testing.T) (platformtest.IntegrationPort, platformtest.IntegrationPeer, string) {
				p := newPerson(t, "upshot")
				return p, p, filepath.Join(p.home, entry)
			})
		})
	}
}

func (p *person) Install(ctx context.Context) ([]integrate.Change, error) {
	return integrate.Install(ctx, p.config)
}

func (p *person) Remove(ctx context.Context) ([]integrate.Change, error) {
	return integrate.Remove(ctx, p.config)
}

func (p *person) Change(t *testing.T, path string) { swap(t, path, "Upload", "Send") }
func (p *person) Undo(t *testing.T, path string)   { swap(t, path, "Send", "Upload") }

func swap(t *testing.T, path, from, to string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(strings.Replace(string(b), from, to, 1), "--no-tray", "--no-tray"+map[string]string{"Send": " #"}[to], 1)
	if from == "Send" {
		text = strings.Replace(text, " #", "", 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(path, "scripts") || strings.Contains(path, "servicemenus") {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *person) Exists(path string) bool {
	b, err := os.ReadFile(path)
	return err == nil && strings.Contains(strings.ToLower(string(b)), "upshot")
}

func TestNothingIsLeftBehind(t *testing.T) {
	mine := "<?xml version=\"1.0\"?>\n<!-- mine, </actions> -->\n<actions>\n<action>\n\t<name>Mine &amp; äü</name>\n\t<unique-id>17-1</unique-id>\n\t<command>x %f</command>\n</action>\n</actions>\n"
	cases := map[string]func(p *person){
		"from an empty home": func(*person) {},
		"from a home that is lived in": func(p *person) {
			p.write(thunar, mine)
			p.write(chosen, "[Added Associations]\nimage/png=x.desktop;\n\n[Default Applications]\ntext/plain=vim.desktop\n")
			p.write(".local/share/applications/other.desktop", "[Desktop Entry]\nType=Application\nName=O\nExec=o\nMimeType=text/x-o;\n")
			p.write(".local/share/nautilus/scripts/mine", "#!/bin/sh\n")
			if out, err := exec.Command("update-desktop-database", filepath.Join(p.home, ".local/share/applications")).CombinedOutput(); err != nil {
				p.t.Fatalf("%v %s", err, out)
			}
		},
		"on a system with viewers":                         func(p *person) { p.viewers("viewer.desktop", "editor.desktop") },
		"where Thunar has actions for everybody":           func(p *person) { p.write(filepath.Join(p.etc, "Thunar/uca.xml"), mine) },
		"where the person's defaults have no last newline": func(p *person) { p.viewers("v.desktop"); p.write(chosen, "[Default Applications]\na/b=c.desktop\n") },
	}
	for name, live := range cases {
		t.Run(name, func(t *testing.T) {
			platformtest.Need(t, "update-desktop-database")
			p := newPerson(t, odd)
			live(p)
			before := p.tree()
			for path, c := range p.install() {
				if c.Did != integrate.Created && c.Did != integrate.Updated || c.Why != "" {
					t.Errorf("%s: %+v", path, c)
				}
			}
			during := p.tree()
			for _, path := range []string{program, open, menu, thunar, service, ".local/share/nautilus/scripts/Upload with Upshot", ".local/share/icons/hicolor/256x256/apps/com.images_uploader.Upshot.png"} {
				if _, ok := during["/"+path]; !ok {
					t.Errorf("%s was not installed", path)
				}
			}
			for path, c := range p.install() {
				if c.Did != integrate.Unchanged && path != ".local/share/applications/mimeinfo.cache" {
					t.Errorf("the second time, %s: %+v", path, c)
				}
			}
			for path, text := range p.tree() {
				if during[path] != text && path != "/state/integration.json" {
					t.Errorf("the second time changed %s", path)
				}
			}
			p.config.Program += "-2" // the program moves
			p.install()
			for path, c := range p.remove() {
				if c.Did != integrate.Removed && path != ".local/share/applications/mimeinfo.cache" {
					t.Errorf("%s: %+v", path, c)
				}
			}
			after := p.tree()
			for path, text := range after {
				if before[path] != text {
					t.Errorf("%s is %q, and was %q", path, text, before[path])
				}
			}
			for path := range before {
				if _, ok := after[path]; !ok {
					t.Errorf("%s has gone", path)
				}
			}
		})
	}
}

func TestEntriesAreValid(t *testing.T) {
	platformtest.Need(t, "desktop-file-validate")
	for _, name := range []string{"upshot", odd} {
		p := newPerson(t, name)
		p.install()
		for _, path := range []string{program, open, menu} {
			out, err := exec.Command("desktop-file-validate", filepath.Join(p.home, path)).CombinedOutput()
			for line := range strings.Lines(string(out)) {
				// What KDE's type may have, which the specification does not know.
				if path != menu || !strings.Contains(line, "is only valid for type") {
					t.Errorf("%v: %s%s", err, line, p.read(path))
				}
			}
		}
	}
}

func TestServiceIsValidAndNotSwitchedOn(t *testing.T) {
	platformtest.Need(t, "systemd-analyze")
	for _, name := range []string{"upshot", odd} {
		p := newPerson(t, name)
		p.install()
		cmd := exec.Command("systemd-analyze", "verify", "--user", filepath.Join(p.home, service))
		cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir(), "MANAGERPID=1")
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "upshot") {
			t.Errorf("%v: %s\n%s", err, out, p.read(service))
		}
		wants, _ := filepath.Glob(filepath.Join(p.home, ".config/systemd/user/*.wants"))
		if len(wants) > 0 {
			t.Errorf("it is switched on: %v", wants)
		}
	}
}

// files are two with names that only exact quoting survives.
func (p *person) files() []string {
	files := []string{filepath.Join(p.home, "pictures", `ä 'b' "c" $(d) %f.png`), filepath.Join(p.home, "pictures", "--x;&.jpg")}
	for _, f := range files {
		p.write(f, "x")
	}
	return files
}

func TestOpenWithUploadsTheFiles(t *testing.T) {
	platformtest.Need(t, platformtest.GTK, "update-desktop-database")
	p := newPerson(t, odd)
	p.install()
	if _, offered := p.gio("image/png"); !slices.Contains(offered, openID) {
		t.Fatalf("offered are %v", offered)
	}
	files := p.files()
	launch := func(entry string, files ...string) {
		out, err := exec.Command(platformtest.Python, append([]string{
			"-c", `
import sys
from gi.repository import Gio
Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([Gio.File.new_for_path(f) for f in sys.argv[2:]], None)`,
			filepath.Join(p.home, entry),
		}, files...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	launch(open, files...)
	if got, want := p.argv(), append([]string{p.config.Program, "upload", "--detach", "--"}, files...); !slices.Equal(got, want) {
		t.Errorf("started %q, want %q", got, want)
	}
	launch(program)
	if got, want := p.argv(), []string{p.config.Window}; !slices.Equal(got, want) {
		t.Errorf("started %q, want %q", got, want)
	}
}

func TestScriptsUploadTheFiles(t *testing.T) {
	for _, manager := range []string{"nautilus", "nemo"} {
		t.Run(manager, func(t *testing.T) {
			p := newPerson(t, odd)
			p.install()
			files := p.files()
			script := filepath.Join(p.home, ".local/share", manager, "scripts/Upload with Upshot")
			cmd := exec.Command(script, filepath.Base(files[0]), filepath.Base(files[1]))
			cmd.Dir = filepath.Dir(files[0]) // as the file managers do
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			want := []string{p.config.Program, "upload", "--detach", "--", filepath.Base(files[0]), filepath.Base(files[1])}
			if got := p.argv(); !slices.Equal(got, want) {
				t.Errorf("started %q, want %q", got, want)
			}
			if out, err := exec.Command(script).CombinedOutput(); err == nil {
				t.Errorf("without files it succeeds: %s", out)
			}
		})
	}
}

// TestThunarUploadsTheFiles expands the command as Thunar 4.18 does: %F by the
// quoted paths, %% by one, the result for a shell.
func TestThunarUploadsTheFiles(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	p := newPerson(t, odd)
	p.install()
	files := p.files()
	out, err := exec.Command(platformtest.Python, append([]string{"-c", `
import sys, shlex, subprocess, xml.etree.ElementTree as E
command = [a.findtext("command") for a in E.parse(sys.argv[1]).getroot() if a.findtext("unique-id") == "upshot-upload"][0]
words, i = "", 0
while i < len(command):
    if command[i] == "%":
        i += 1
        words += {"%": "%", "F": " ".join(shlex.quote(f) for f in sys.argv[2:])}[command[i]]
    else:
        words += command[i]
    i += 1
subprocess.check_call(["sh", "-c", words])`, filepath.Join(p.home, thunar)}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if got, want := p.argv(), append([]string{p.config.Program, "upload", "--detach", "--"}, files...); !slices.Equal(got, want) {
		t.Errorf("started %q, want %q", got, want)
	}
}

func TestDoubleClickStartsWhatItStartedBefore(t *testing.T) {
	platformtest.Need(t, platformtest.GTK, "update-desktop-database")
	t.Run("where nobody has chosen a program", func(t *testing.T) {
		p := newPerson(t, "upshot")
		p.viewers("viewer.desktop", "editor.desktop")
		before, _ := p.gio("image/png")
		p.install()
		other := map[string]string{"viewer.desktop": "editor.desktop", "editor.desktop": "viewer.desktop"}[before]
		if now, offered := p.gio("image/png"); now != before || !slices.Contains(offered, openID) {
			t.Errorf("now %q starts, before %q; offered are %q", now, before, offered)
		}
		t.Run("and the person may choose another", func(t *testing.T) {
			p.write(chosen, strings.Replace(p.read(chosen), "image/png="+before, "image/png="+other, 1))
			p.install()
			if now, _ := p.gio("image/png"); now != other {
				t.Errorf("now %q starts", now)
			}
			c := p.remove()[chosen]
			if c.Did != integrate.Removed || c.Why == "" {
				t.Errorf("%+v", c)
			}
			if now, _ := p.gio("image/png"); now != other {
				t.Errorf("after the removal %q starts", now)
			}
		})
	})
	t.Run("where the desktop has", func(t *testing.T) {
		p := newPerson(t, "upshot")
		p.viewers("viewer.desktop", "editor.desktop")
		p.write(filepath.Join(p.system, "applications/xfce-mimeapps.list"), "[Default Applications]\nimage/png=editor.desktop\nimage/jpeg=editor.desktop\n")
		p.install()
		if now, offered := p.gio("image/png"); now != "editor.desktop" || !slices.Contains(offered, openID) {
			t.Errorf("now %q starts; offered are %q", now, offered)
		}
		if _, err := os.Stat(filepath.Join(p.home, chosen)); err == nil {
			t.Errorf("written down: %s", p.read(chosen))
		}
	})
	t.Run("a kind that nothing opens is not ours", func(t *testing.T) {
		p := newPerson(t, "upshot")
		p.viewers("viewer.desktop")
		p.install()
		if now, _ := p.gio("image/webp"); now != "" {
			t.Errorf("%q starts", now)
		}
	})
}

func TestWhatIsNotOursStays(t *testing.T) {
	p := newPerson(t, "upshot")
	p.write(program, "[Desktop Entry]\nName=mine\n")
	if err := os.MkdirAll(filepath.Join(p.home, filepath.Dir(menu)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", filepath.Join(p.home, menu)); err != nil {
		t.Fatal(err)
	}
	all := p.install()
	for _, path := range []string{program, menu} {
		if c := all[path]; c.Did != integrate.Kept || c.Why == "" {
			t.Errorf("%s: %+v", path, c)
		}
	}
	all = p.remove()
	if _, touched := all[program]; touched || p.read(program) != "[Desktop Entry]\nName=mine\n" {
		t.Errorf("%+v", all[program])
	}
	if to, err := os.Readlink(filepath.Join(p.home, menu)); err != nil || to != "/nowhere" {
		t.Errorf("the link: %q, %v", to, err)
	}
}

func TestThunarsFileThatCannotBeReadStays(t *testing.T) {
	for name, text := range map[string]string{
		"cut":                "<actions><action>",
		"something else":     "<settings/>",
		"empty":              "",
		"no XML":             "actions",
		"two roots":          "<actions></actions><actions></actions>",
		"an unknown charset": "<?xml version=\"1.0\" encoding=\"KOI8-R\"?><actions></actions>",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, "upshot")
			p.write(thunar, text)
			if c := p.install()[thunar]; c.Did != integrate.Kept || c.Why == "" {
				t.Errorf("%+v", c)
			}
			p.remove()
			if p.read(thunar) != text {
				t.Errorf("it is %q", p.read(thunar))
			}
		})
	}
}

func TestThunarsFileComesBackToTheByte(t *testing.T) {
	for name, text := range map[string]string{
		"nothing in it":         "<?xml version=\"1.0\"?>\n<actions/>\n",
		"nothing, spaced":       "<actions  />",
		"nothing, two elements": "<actions></actions>",
		"lines of Windows":      "<actions>\r\n<action><name>x</name></action>\r\n</actions>\r\n",
		"one line":              "<actions><action><unique-id>1</unique-id></action></actions><!-- end -->",
		"a closing space":       "<actions>\n</actions >",
		"a DTD":                 "<!DOCTYPE actions [\n<!ELEMENT actions (action)+>\n]>\n<actions>\n</actions>\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, "upshot")
			p.write(thunar, text)
			if err := os.Chmod(filepath.Join(p.home, thunar), 0o600); err != nil {
				t.Fatal(err)
			}
			if c := p.install()[thunar]; c.Did != integrate.Created {
				t.Fatalf("%+v", c)
			}
			if !strings.Contains(p.read(thunar), "<unique-id>upshot-upload</unique-id>") {
				t.Errorf("it is %q", p.read(thunar))
			}
			if p.read(thunar+".before-upshot") != text {
				t.Error("there is no copy of it")
			}
			if info, err := os.Stat(filepath.Join(p.home, thunar)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
			p.remove()
			// An element that had no inside gets one; it says the same.
			want := strings.NewReplacer("<actions/>", "<actions>\n</actions>", "<actions  />", "<actions>\n</actions>").Replace(text)
			if p.read(thunar) != want {
				t.Errorf("it is %q, and was %q", p.read(thunar), text)
			}
		})
	}
}

// TestThunarWritesItsFileAnew has the action in another form, as Thunar's own
// editor leaves it.
func TestThunarWritesItsFileAnew(t *testing.T) {
	p := newPerson(t, "upshot")
	p.install()
	command := fmt.Sprintf("'%s' 'upload' '--detach' '--' %%F", p.config.Program)
	p.write(thunar, `<?xml version="1.0" encoding="UTF-8"?>
<actions>
<action>
	<icon>com.images_uploader.Upshot</icon>
	<name>Upload with Upshot</name>
	<submenu></submenu>
	<unique-id>upshot-upload</unique-id>
	<command>`+strings.ReplaceAll(command, "'", "&apos;")+`</command>
	<description>Upload the chosen pictures and videos and get their links</description>
	<range>*</range>
	<patterns>*</patterns>
	<image-files/>
	<video-files/>
</action>
<action><name>another</name></action>
</actions>
`)
	if c := p.install()[thunar]; c.Did != integrate.Unchanged {
		t.Errorf("install: %+v", c)
	}
	if c := p.remove()[thunar]; c.Did != integrate.Removed {
		t.Errorf("remove: %+v", c)
	}
	if text := p.read(thunar); strings.Contains(text, "upshot") || !strings.Contains(text, "another") {
		t.Errorf("it is %q", text)
	}
}

func TestLinkedSettingsStayLinks(t *testing.T) {
	p := newPerson(t, "upshot")
	p.write("dotfiles/uca.xml", "<actions>\n</actions>\n")
	if err := os.MkdirAll(filepath.Join(p.home, ".config/Thunar"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../dotfiles/uca.xml", filepath.Join(p.home, thunar)); err != nil {
		t.Fatal(err)
	}
	p.install()
	if !strings.Contains(p.read("dotfiles/uca.xml"), "upshot-upload") {
		t.Error("the action is not in the file behind the link")
	}
	p.remove()
	if to, err := os.Readlink(filepath.Join(p.home, thunar)); err != nil || to != "../../dotfiles/uca.xml" {
		t.Errorf("the link: %q, %v", to, err)
	}
	if p.read("dotfiles/uca.xml") != "<actions>\n</actions>\n" {
		t.Errorf("it is %q", p.read("dotfiles/uca.xml"))
	}
}

func TestListThatCannotBeReadTouchesNothing(t *testing.T) {
	for name, text := range map[string]string{
		"nonsense": "{", "of a newer program": `{"version":99}`, "of relative paths": `{"version":1,"touched":[{"path":"x","kind":"file"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, "upshot")
			p.write(p.config.List, text)
			before := p.tree()
			if _, err := integrate.Install(t.Context(), p.config); err == nil {
				t.Error("Install: no error")
			}
			if _, err := integrate.Remove(t.Context(), p.config); err == nil {
				t.Error("Remove: no error")
			}
			if after := p.tree(); len(after) != len(before) {
				t.Errorf("there are %d files, and were %d", len(after), len(before))
			}
		})
	}
}

func TestDiskThatIsFullOrShutIsToldAndTheRestDone(t *testing.T) {
	p := newPerson(t, "upshot")
	p.write(".local/share/nemo", "a file where a directory should be")
	changes, err := integrate.Install(t.Context(), p.config)
	if err == nil || !strings.Contains(err.Error(), "Nemo") {
		t.Errorf("Install: %v", err)
	}
	all := p.index(changes, nil)
	if all[program].Did != integrate.Created || all[thunar].Did != integrate.Created {
		t.Errorf("%+v", all)
	}
	p.remove()
	if _, err := os.Stat(filepath.Join(p.home, program)); err == nil {
		t.Error("it is still there")
	}
}

func TestProgramThatWasMovedIsInTheMenusFromItsNewPlace(t *testing.T) {
	p := newPerson(t, "upshot")
	p.viewers("viewer")
	p.install()
	old := p.config.Program
	p.config.Program = filepath.Join(p.home, odd)
	p.config.Window = p.config.Program + "-gui"
	for _, path := range []string{p.config.Program, p.config.Window} {
		p.write(path, "#!/bin/sh\n")
	}
	changes := p.install()
	updated := 0
	for path, text := range p.tree() {
		if strings.Contains(text, old) && path != "/state/integration.json" && !strings.HasPrefix(path, "/opt/") {
			t.Errorf("%s still starts %s", path, old)
		}
		if changes[strings.TrimPrefix(path, "/")].Did == integrate.Updated {
			updated++
		}
	}
	if updated < 6 {
		t.Errorf("%d things were brought up to date: %+v", updated, changes)
	}
	p.remove()
	for path := range p.tree() {
		if strings.HasPrefix(path, "/.") && strings.Contains(path, "pshot") {
			t.Errorf("%s is left", path)
		}
	}
}

func TestPathsMustBeAbsolute(t *testing.T) {
	for _, c := range []integrate.Config{
		{},
		{Program: "upshot", List: "/x"},
		{Program: "/usr/bin/upshot", List: "x"},
		{Program: "/usr/bin/upshot", Window: "x", List: "/x"},
		{Program: "/usr/bin/\nupshot", List: "/x"},
		{Program: "/usr/\xff", List: "/x"},
	} {
		if _, err := integrate.Install(t.Context(), c); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	if _, err := integrate.Remove(t.Context(), integrate.Config{}); err == nil {
		t.Error("Remove: no error")
	}
}

func TestQuickActionNamesTheCommand(t *testing.T) {
	if text := integrate.QuickAction(integrate.Config{Program: "/Applications/it's/upshot"}); !strings.Contains(text, `'/Applications/it'\''s/upshot' 'upload' '--detach' '--' "$@"`) {
		t.Error(text)
	}
}
