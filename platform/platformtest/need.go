package platformtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// GTK is a word for Need: the system's Python with GTK 3, for clipboard owners
// and drag sources that are not ours.
const GTK = "gtk"

// Python is the interpreter that has GTK; another one that is earlier in PATH
// may lack it.
const Python = "/usr/bin/python3"

// Need ends the test where one of the programs, or a file that is named with
// its whole path, is missing: as a failure when
// CI=true, so that a machine that should have them cannot pass by skipping,
// and as a skip elsewhere.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if present(p) {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs %s, which is not installed", p)
		}
		t.Skipf("this test needs %s, which is not installed", p)
	}
}

func present(program string) bool {
	if program == GTK {
		return exec.Command(Python, "-c", "import gi; gi.require_version('Gtk', '3.0'); from gi.repository import Gtk").Run() == nil
	}
	if filepath.IsAbs(program) {
		_, err := os.Stat(program)
		return err == nil
	}
	_, err := exec.LookPath(program)
	return err == nil
}

// patience is how long a test waits for something that should be there in a
// moment; long, because two cores may be shared by many.
const patience = 20 * time.Second

// Eventually waits until cond holds and fails the test, saying what was
// waited for, if it does not within a time no healthy machine needs.
func Eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if cond() {
			return
		}
	}
	t.Fatalf("waited %v in vain: %s", patience, what)
}
