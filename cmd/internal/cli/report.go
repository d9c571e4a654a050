package cli

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// report is one text to paste into a bug report. It is made of our own words
// and of what the findings say, with everything taken out that names the
// person, their hosts and accounts; keys and links are in no finding.
func (p *program) report(h *wire.House, findings []finding) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Upshot %s, protocol %d, %s, %s/%s\n", Version(), uploader.Protocol, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "system: %s\n", systemName())
	if runtime.GOOS == "linux" {
		fmt.Fprintf(&b, "desktop: %s\n", desktopName(os.Getenv))
	}
	fmt.Fprintf(&b, "portable: %t, a key from the environment: %t\n", os.Getenv("UPSHOT_HOME") != "", !h.Key.IsZero())
	for _, module := range told() {
		fmt.Fprintf(&b, "%s\n", module)
	}
	b.WriteString("\n")
	hide := redactor(os.Getenv)
	failed := false
	for _, f := range findings {
		failed = failed || f.Verdict == bad
		text := f.brief
		if text == "" {
			text = f.Found
			if f.Cure != "" {
				text += ": " + f.Cure
			}
		}
		fmt.Fprintf(&b, "%-4s  %-10s %s\n", f.Verdict, f.Name, plain(hide(text)))
	}
	if _, err := fmt.Fprint(p.out, b.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if failed {
		return exitError{exitFailed}
	}
	return nil
}

// told are the libraries that a report is mostly about, with their versions.
func told() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var list []string
	for _, m := range info.Deps {
		if slices.Contains([]string{"fyne.io/systray", "modernc.org/sqlite", "github.com/fsnotify/fsnotify"}, m.Path) {
			list = append(list, m.Path+" "+m.Version)
		}
	}
	return list
}

// systemName is the name of the system, as it calls itself.
func systemName() string {
	if data, err := os.ReadFile("/etc/os-release"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
				return plain(strings.Trim(name, `"`))
			}
		}
	}
	return runtime.GOOS
}

// desktopName is which desktop this is, in the words of the environment that
// name no person.
func desktopName(getenv func(string) string) string {
	var parts []string
	for _, name := range []string{"XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"} {
		if v := getenv(name); v != "" {
			parts = append(parts, plain(v))
		}
	}
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} {
		if getenv(name) != "" {
			parts = append(parts, name+" is set")
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// redactor takes the names of people, directories and hosts out of a text:
// what the findings quote of the system's own errors may hold some.
func redactor(getenv func(string) string) func(string) string {
	addresses := regexp.MustCompile(`(https?)://[^\s"]+`)
	paths := regexp.MustCompile(`(^|[\s"'(=:])([A-Za-z]:)?([/\\][^\s"':;,)]+){2,}`)
	var user *regexp.Regexp
	if v := getenv("USER"); len(v) > 2 {
		user = regexp.MustCompile(`\b` + regexp.QuoteMeta(v) + `\b`)
	}
	return func(text string) string {
		text = addresses.ReplaceAllString(text, "$1:...")
		text = paths.ReplaceAllString(text, "$1(a path)")
		if user != nil {
			text = user.ReplaceAllString(text, "...")
		}
		return text
	}
}
