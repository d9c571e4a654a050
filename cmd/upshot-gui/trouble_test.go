package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestMain is the program itself where a test has started it so.
func TestMain(m *testing.M) {
	if os.Getenv("UPSHOT_GUI_TEST") == "program" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// start runs the program with nothing but env in its environment and returns
// what it says.
func start(t *testing.T, env ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, "--no-agent")
	cmd.Env = append([]string{"UPSHOT_GUI_TEST=program", "PATH=" + os.Getenv("PATH")}, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func TestTroubleAtTheStartIsOnePlainSentence(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it is X's displays and Linux's directories that are missing here")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	home, run := "HOME="+t.TempDir(), "XDG_RUNTIME_DIR="+t.TempDir()
	const nowhere = "DISPLAY=:64999"
	lost := "no window can be shown on the display :64999; use the command line instead: upshot upload FILE\n"
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"no display", []string{home, run}, "there is no display to show a window on; use the command line instead: upshot upload FILE\n"},
		{"a display that is not there", []string{home, run, nowhere}, lost},
		{
			"no place for Upshot's files",
			[]string{home, run, nowhere, "UPSHOT_HOME=" + filepath.Join(file, "x")},
			"Upshot cannot keep its files in " + file + " (not a directory); make that writable, or name another directory in UPSHOT_HOME\n",
		},
		{
			"no place for the cache",
			[]string{home, run, nowhere, "XDG_CACHE_HOME=" + file},
			"Upshot cannot keep its files in " + file + " (not a directory); make that writable, or name another directory in UPSHOT_HOME\n",
		},
		{
			"no place for the toolkit's cache",
			[]string{home, run, nowhere, "UPSHOT_HOME=" + t.TempDir(), "XDG_CACHE_HOME=" + file},
			"the window cannot write to " + filepath.Join(file, "fyne", appID) + "; it goes on without, but make that writable to be rid of this message\n" + lost,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, code := start(t, c.env...)
			if said != c.want || code != exitFailed {
				t.Errorf("it ends with %d and says\n%s\nwant\n%s", code, said, c.want)
			}
		})
	}
}
