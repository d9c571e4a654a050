package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// withoutDirs is said when Upshot's own directories cannot be made.
func withoutDirs(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Sprintf("Upshot cannot keep its files in %s (%v); make that writable, or name another directory in UPSHOT_HOME", at.Path, at.Err)
	}
	return fmt.Sprintf("Upshot cannot keep its files: %v; mend that, or name another directory in UPSHOT_HOME", err)
}

// withoutDisplay is said when no window comes up where one was to be shown.
func withoutDisplay(getenv func(string) string) string {
	name := getenv("DISPLAY")
	if wayland := getenv("WAYLAND_DISPLAY"); wayland != "" {
		name = strings.TrimPrefix(name+" or "+wayland, " or ")
	}
	if name != "" {
		name = " " + name
	}
	return "no window can be shown on the display" + name + "; use the command line instead: upshot upload FILE"
}

// checkToolkit looks at the directories in which Fyne keeps what is its own.
// The window works without them, and needs nothing of them; Fyne would tell of
// each in several lines of its own, which nobody can do anything with.
func checkToolkit(stderr io.Writer) {
	cache, config := missing(os.UserCacheDir), missing(os.UserConfigDir)
	if cache != "" {
		_ = os.Setenv("MESA_SHADER_CACHE_DISABLE", "true") // it tells too
	}
	if dir := cache + config; dir != "" {
		if cache != "" && config != "" {
			dir = cache + " and " + config
		}
		fmt.Fprintf(stderr, "the window cannot write to %s; it goes on without, but make that writable to be rid of this message\n", dir)
	}
}

// missing is the directory that Fyne wants for itself and cannot have; empty
// if it can.
func missing(of func() (string, error)) string {
	dir, err := of()
	if err != nil {
		return "" // there is no home: Fyne takes another place
	}
	dir = filepath.Join(dir, "fyne", appID)
	if os.MkdirAll(dir, 0o700) == nil {
		probe, err := os.CreateTemp(dir, ".upshot")
		if err == nil {
			_ = probe.Close()
			_ = os.Remove(probe.Name())
			return ""
		}
	}
	return dir
}

// toolkit passes on what Fyne writes to the log of the process, for --verbose:
// it is in a programmer's words.
type toolkit struct{ log *slog.Logger }

func (t toolkit) Write(line []byte) (int, error) {
	t.log.Debug("the toolkit says", "words", strings.TrimSpace(string(line)))
	return len(line), nil
}

// hush has Fyne write to log from now on.
func hush(to *slog.Logger) {
	log.SetFlags(0)
	log.SetOutput(toolkit{to})
}

// errNoWindow says that a window does not come up.
var errNoWindow = errors.New("no window comes up")

// bring shows a window. GLFW panics where a display is named that is not
// there, does not let us in, or has no OpenGL.
func bring(w interface{ Show() }) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("%w: %v", errNoWindow, why)
		}
	}()
	w.Show()
	return nil
}
