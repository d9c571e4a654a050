package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"images-uploader.com/upshot/client/chevtest"
)

// TestMain lets scripts run this test binary as upshot: real processes with
// a lock, a socket and signals of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"upshot": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// quiet keeps scripts from printing their environment, which has a key in it.
type quiet struct{ *testing.T }

func (q quiet) Run(name string, run func(testscript.T)) {
	q.T.Run(name, func(t *testing.T) { run(quiet{t}) })
}

// Verbose is never true.
func (quiet) Verbose() bool { return false }

// secretsIn looks for the host's key in all that the program has written.
func secretsIn(env *testscript.Env, host *chevtest.Server) error {
	return filepath.WalkDir(filepath.Join(env.WorkDir, "home"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // gone already, or a script that makes no home
		}
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(host.Key)) {
			return fmt.Errorf("the key stands in %s", path)
		}
		return nil
	})
}

type hostKey struct{}

// withHost gives a script a host of its own, and looks for its key in all that
// was written once the script has ended.
func withHost(t *testing.T, env *testscript.Env) error {
	host, err := chevtest.Listen("127.0.0.1:0", chevtest.Config{})
	if err != nil {
		return err
	}
	env.Defer(func() { _ = host.Close() })
	env.Defer(func() {
		if err := secretsIn(env, host); err != nil {
			t.Error(err)
		}
	})
	env.Values[hostKey{}] = host
	env.Setenv("HOST", host.URL)
	env.Setenv("UPSHOT_SERVER", host.URL)
	env.Setenv("UPSHOT_KEY", host.Key)
	env.Setenv("UPSHOT_HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("TMPDIR", filepath.Join(env.WorkDir, "tmp"))
	return nil
}

// TestScripts runs the command line against a look-alike host of each
// script's own. In a script, $HOST is its address, $UPSHOT_KEY its key.
func TestScripts(t *testing.T) {
	// The programs begin with signals as usual, also where the tests were
	// started with nohup: what is handled here is not ignored there.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hup) })
	testscript.RunT(quiet{t}, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := withHost(t, env); err != nil {
				return err
			}
			for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} {
				env.Setenv(name, "")
			}
			for i := range 6 {
				path := filepath.Join(env.WorkDir, string(rune('a'+i))+".png")
				if err := os.WriteFile(path, picture(i), 0o600); err != nil {
					return err
				}
			}
			for i, name := range []string{"tall.png", "broad.png"} {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), picture(20+i), 0o600); err != nil {
					return err
				}
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "big.png"), bigPicture(), 0o600); err != nil {
				return err
			}
			return os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":  exits,
			"host":   hostCommand,
			"awaits": awaits,
			"disk":   diskCommand,
		},
		Condition: func(cond string) (bool, error) {
			if cond != "small-disk" {
				return false, fmt.Errorf("[%s]?", cond)
			}
			return smallDisks(), nil
		},
	})
}

// exits CODE PROGRAM ARGS... runs a program and compares its exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	err = ts.Exec(args[1], args[2:]...)
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if code != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), code, want)
	}
}

// host stored N | generation V | urls on|off | fault KIND [NAME] | heal | maintenance | moderated | limit N | stalled N
func hostCommand(ts *testscript.TestScript, _ bool, args []string) {
	host := ts.Value(hostKey{}).(*chevtest.Server)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	number := func() int {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		return n
	}
	switch args[0] {
	case "stored":
		if n := len(host.Stored()); n != number() {
			ts.Fatalf("host has %d files, want %d", n, number())
		}
	case "receives":
		if err := host.Await(ctx, func(s chevtest.Stats) bool { return s.Stored == number() }); err != nil {
			ts.Fatalf("host has received %d files, want %d: %v", host.Stats().Stored, number(), err)
		}
	case "stalled":
		ts.Check(host.Await(ctx, func(s chevtest.Stats) bool { return s.Stalled == number() }))
	case "order":
		var names []string
		for _, stored := range host.Stored() {
			names = append(names, stored.Name)
		}
		if got := strings.Join(names, " "); got != strings.Join(args[1:], " ") {
			ts.Fatalf("host has stored %s", got)
		}
	case "generation":
		ts.Check(host.Change(func(s *chevtest.Site) { s.Generation = chevtest.Generation(args[1]) }))
	case "urls":
		ts.Check(host.Change(func(s *chevtest.Site) { s.URLUploads = args[1] == "on" }))
	case "fault":
		f := chevtest.Fault{Kind: chevtest.FaultKind(strings.ReplaceAll(args[1], "_", " "))}
		if len(args) > 2 {
			f.Match = args[2]
		}
		host.Inject(f)
	case "heal":
		host.Heal()
	case "maintenance":
		ts.Check(host.Change(func(s *chevtest.Site) { s.Maintenance = args[1] == "on" }))
	case "moderated":
		ts.Check(host.Change(func(s *chevtest.Site) { s.Moderated = true }))
	case "flood":
		ts.Check(host.Change(func(s *chevtest.Site) { s.Flood.Minute = number() }))
	default:
		ts.Fatalf("host %s?", args[0])
	}
}

// awaits FILE TEXT waits until a file holds a text: what a program in the
// background has printed.
func awaits(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	deadline := time.Now().Add(20 * time.Second)
	for {
		data, _ := os.ReadFile(path)
		if bytes.Contains(data, []byte(args[1])) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s never held %q; it holds:\n%s", args[0], args[1], data)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// bigPicture is more than the buffers between two processes hold.
func bigPicture() []byte {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.NoCompression}
	if err := enc.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 2000, 1500))); err != nil {
		panic(fmt.Sprint("draw: ", err))
	}
	return b.Bytes()
}

// picture is a PNG of n different kinds.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = byte(i * (n + 3))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(fmt.Sprint("draw: ", err))
	}
	return b.Bytes()
}
