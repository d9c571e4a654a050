package autostart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/autostart"
	"images-uploader.com/upshot/platform/platformtest"
)

func entry(t *testing.T, c autostart.Config) (*autostart.Autostart, string) {
	t.Helper()
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	if c.Command == nil {
		program := filepath.Join(t.TempDir(), "upshot")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		c.Command = []string{program, "agent"}
	}
	a, err := autostart.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a, filepath.Join(config, "autostart", "com.images_uploader.Upshot.desktop")
}

func wantEnabled(t *testing.T, a *autostart.Autostart, want bool) {
	t.Helper()
	if got, err := a.Enabled(t.Context()); err != nil || got != want {
		t.Errorf("Enabled: %v, %v, want %v", got, err, want)
	}
}

func TestEntryKeepsTheContract(t *testing.T) {
	platformtest.TestAutostart(t, func(t *testing.T) (platformtest.AutostartPort, platformtest.AutostartPeer, string) {
		program := filepath.Join(t.TempDir(), "up shot")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		a, path := entry(t, autostart.Config{Command: []string{program, "agent"}})
		return a, settings{path, program}, program
	})
}

// settings are the desktop's own, with the list of what starts at login.
type settings struct{ path, program string }

func (s settings) Move(t *testing.T) { rename(t, s.program, s.program+".moved") }

func (s settings) MoveBack(t *testing.T) { rename(t, s.program+".moved", s.program) }

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func (s settings) Listed(t *testing.T) int {
	all, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(all)
}

func (s settings) SwitchOff(t *testing.T) {
	b, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path, append(b, "Hidden=true\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s settings) TakeAway(t *testing.T) {
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
}

func (s settings) Starts(t *testing.T) string {
	b, err := os.ReadFile(s.path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	exec := regexp.MustCompile(`(?m)^Exec="([^"]*)"`).FindSubmatch(b)
	if exec == nil || strings.Contains(string(b), "Hidden=true") {
		return ""
	}
	if _, err := os.Stat(string(exec[1])); err != nil {
		return ""
	}
	return string(exec[1])
}

func TestWhatTheDesktopSwitchesOffIsOff(t *testing.T) {
	for name, change := range map[string][2]string{
		"by GNOME":       {"X-GNOME-Autostart-enabled=true", "X-GNOME-Autostart-enabled=false"},
		"by the others":  {"Terminal=false", "Terminal=false\nHidden=true"},
		"with odd space": {"Terminal=false", "Terminal=false\nHidden = true "},
	} {
		t.Run(name, func(t *testing.T) {
			a, path := entry(t, autostart.Config{})
			if err := a.Enable(t.Context()); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(string(b), change[0], change[1], 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			wantEnabled(t, a, false)
			if err := a.Enable(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantEnabled(t, a, true)
		})
	}
}

// TestDesktopStartsExactlyTheCommand has GLib, as desktops do, read the entry
// and start what it says.
func TestDesktopStartsExactlyTheCommand(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	for _, name := range []string{`a "program" $HOME \ ü`, "100% `of` 'it'; "} {
		t.Run(name, func(t *testing.T) { startsExactly(t, name) })
	}
}

func startsExactly(t *testing.T, name string) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	program := filepath.Join(dir, name)
	script := "#!" + platformtest.Python + "\nimport json, os, sys\n" +
		"json.dump(sys.argv, open('" + out + ".new', 'w'))\nos.rename('" + out + ".new', '" + out + "')\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	command := []string{program, "agent", "--home=a b", `%f %% \n "q" 'q' $(x) ` + "`x`", ""}
	a, path := entry(t, autostart.Config{Command: command, Name: "Up\\shot\nline", Comment: "Ü"})
	if err := a.Enable(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantEnabled(t, a, true)
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, NoBus: true})
	said := d.Run(platformtest.Python, "-c", `
import sys
from gi.repository import Gio
info = Gio.DesktopAppInfo.new_from_filename(sys.argv[1])
info.launch([], None)
print(repr(info.get_name()))`, path)
	if said != "'Up\\\\shot\\nline'\n" {
		t.Errorf("the name is %s", said)
	}
	var got []string
	platformtest.Eventually(t, "the program ran", func() bool {
		b, err := os.ReadFile(out)
		return err == nil && json.Unmarshal(b, &got) == nil
	})
	if !slices.Equal(got, command) {
		t.Errorf("it was started as %q, want %q", got, command)
	}
}

func TestProgramNeedsAnAbsolutePath(t *testing.T) {
	for _, command := range [][]string{nil, {"upshot"}, {"./upshot", "agent"}} {
		if _, err := autostart.New(autostart.Config{Command: command}); err == nil {
			t.Errorf("%q: no error", command)
		}
	}
}

func TestEntryOfSomebodyElsesHandCountsIfItsProgramIsThere(t *testing.T) {
	for line, on := range map[string]bool{
		"Exec=sh -c true": true, "Exec = /bin/sh": true, `Exec="/bin/sh" agent`: true, `Exec="sh"`: true,
		"Exec=": false, "Exec": false, "": false, "Exec=/nowhere/upshot agent": false, `Exec="/bin/sh`: true, `Exec="`: false,
	} {
		a, path := entry(t, autostart.Config{})
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("[Desktop Entry]\nType=Application\nName=Upshot\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Enabled(t.Context()); err != nil || got != on {
			t.Errorf("%q: %v, %v, want %v", line, got, err, on)
		}
	}
}

func TestProgramThatWasMovedIsStartedWhereItIs(t *testing.T) {
	a, path := entry(t, autostart.Config{})
	moved := filepath.Join(t.TempDir(), "upshot")
	if err := os.WriteFile(moved, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	now, err := autostart.New(autostart.Config{Command: []string{moved, "agent"}})
	if err != nil {
		t.Fatal(err)
	}
	mend := func(want bool) {
		t.Helper()
		if did, err := now.Mend(t.Context()); err != nil || did != want {
			t.Errorf("Mend: %v, %v, want %v", did, err, want)
		}
	}
	mend(false) // nobody wants it
	if err := a.Enable(t.Context()); err != nil {
		t.Fatal(err)
	}
	mend(false) // another copy of the program, that is there
	old := regexp.MustCompile(`(?m)^Exec="([^"]*)"`)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(string(old.FindSubmatch(b)[1])); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, "Hidden=true\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	mend(false) // switched off
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	wantEnabled(t, a, false)
	mend(true)
	wantEnabled(t, now, true)
	if b, err := os.ReadFile(path); err != nil || string(old.FindSubmatch(b)[1]) != moved {
		t.Errorf("the entry is now %s, %v", b, err)
	}
	mend(false)
}
