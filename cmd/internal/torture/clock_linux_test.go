package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/platformtest"
)

// envClock names a file that holds by how much the clock is wrong.
const envClock = "TORTURE_CLOCK"

// wrongClock is the clock that packages of the agent get in place of theirs.
// The monotonic clock is left out: it does not jump.
const wrongClock = `package %s

import (
	"os"
	"time"
)

func wrongNow() time.Time {
	text, _ := os.ReadFile(os.Getenv("` + envClock + `"))
	by, _ := time.ParseDuration(string(text))
	return time.Now().Round(0).Add(by)
}

func wrongSince(t time.Time) time.Duration { return wrongNow().Sub(t) }
func wrongUntil(t time.Time) time.Duration { return t.Sub(wrongNow()) }
`

// buildWithWrongClock builds upshot as it is but for its clock, and for how
// long the dispatcher sleeps at most, which a test cannot wait for.
func buildWithWrongClock(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	replace := map[string]string{}
	put := func(path, text string) {
		t.Helper()
		as := filepath.Join(temp, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(as, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = as
	}
	changed := strings.NewReplacer("time.Now()", "wrongNow()", "time.Since(", "wrongSince(", "time.Until(", "wrongUntil(",
		"lookAtLeast = time.Minute", "lookAtLeast = 300 * time.Millisecond")
	for _, dir := range []string{"client/engine", "client/queue", "watcher"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("nothing in %s: %v", dir, err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if now := changed.Replace(string(text)); now != string(text) && !strings.HasSuffix(path, "_test.go") {
				put(path, now+"\nvar _ time.Time // may be all that is left of the import\n")
			}
		}
		put(filepath.Join(root, dir, "wrong_clock.go"), fmt.Sprintf(wrongClock, filepath.Base(dir)))
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(temp, "overlay.json")
	if err := os.WriteFile(overlay, data, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(program), "upshot-wrong-clock")
	buildAs(t, path, "-overlay", overlay)
	return path
}

// traveler is an agent whose clock can be set.
type traveler struct {
	*home
	host *chevtest.Server
	d    *platformtest.Desktop
	n    uint64
}

func (tr *traveler) set(by time.Duration) {
	tr.t.Helper()
	if err := os.WriteFile(filepath.Join(tr.dir, "clock"), []byte(by.String()), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

// give gives a new file and returns its batch.
func (tr *traveler) give() job.BatchID {
	tr.t.Helper()
	tr.n++
	path := filepath.Join(tr.dir, fmt.Sprintf("%d.webp", tr.n))
	if err := os.WriteFile(path, tiny(tr.n), 0o600); err != nil {
		tr.t.Fatal(err)
	}
	o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow, Copy: true, Items: []uploader.Item{{Path: path}}}
	if _, err := tr.up().Submit(tr.t.Context(), o); err != nil {
		tr.t.Fatal(err)
	}
	return o.Batch
}

// soon is what a second or two of waiting may take on a busy machine.
const soon = 10 * time.Second

// becomes waits for a state of the only job of a batch.
func (tr *traveler) becomes(batch job.BatchID, what string, cond func(job.Job, uploader.Snapshot) bool) job.Job {
	tr.t.Helper()
	for deadline := time.Now().Add(soon); ; time.Sleep(20 * time.Millisecond) {
		view, err := tr.up().Batch(tr.t.Context(), uploader.BatchRequest{Batch: batch})
		if err != nil {
			tr.t.Fatal(err)
		}
		s, err := tr.up().Snapshot(tr.t.Context(), uploader.None{})
		if err != nil {
			tr.t.Fatal(err)
		}
		if cond(view.Jobs[0], s) {
			return view.Jobs[0]
		}
		if time.Now().After(deadline) {
			tr.t.Fatalf("%s: not within %s; the job is %s until %s, the gates are %+v", what, soon, view.Jobs[0].State, view.Jobs[0].NotBefore, s.Accounts)
		}
	}
}

func isDone(j job.Job, _ uploader.Snapshot) bool { return j.State == job.Done }

func closed(g job.Gate) func(job.Job, uploader.Snapshot) bool {
	return func(_ job.Job, s uploader.Snapshot) bool {
		for _, a := range s.Accounts {
			for _, gate := range a.Gates {
				if gate.Gate == g {
					return true
				}
			}
		}
		return false
	}
}

func TestAClockThatJumpsBackHoldsNothingUp(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the agent with another clock")
	}
	platformtest.Need(t, "Xvfb", "xclip")
	exe := buildWithWrongClock(t)
	travel := func(t *testing.T) *traveler {
		t.Parallel()
		d := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
		dir, err := os.MkdirTemp("", "tort")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		host := chevtest.NewServer(t, chevtest.Config{})
		tr := &traveler{host: host, d: d, home: &home{t: t, exe: exe, dir: dir, env: append(d.Env(),
			"UPSHOT_HOME="+dir, envClock+"="+filepath.Join(dir, "clock"), "UPSHOT_SERVER="+host.URL, "UPSHOT_KEY="+host.Key)}}
		tr.set(0)
		t.Cleanup(func() {
			tr.kill("the test ends")
			if t.Failed() {
				t.Log(tr.log())
			}
		})
		tr.up()
		return tr
	}
	t.Run("a link given after it still goes to the clipboard", func(t *testing.T) {
		tr := travel(t)
		tr.becomes(tr.give(), "an upload before", isDone)
		tr.set(-time.Hour)
		text := tr.becomes(tr.give(), "an upload after", isDone).Text()
		tr.pastes(text)
	})
	t.Run("a backoff stays short", func(t *testing.T) {
		tr := travel(t)
		tr.host.Inject(chevtest.Fault{Kind: chevtest.ServerError})
		b := tr.give()
		tr.becomes(b, "a backoff", func(j job.Job, _ uploader.Snapshot) bool { return j.State == job.Waiting || j.State == job.Done })
		tr.set(-time.Hour)
		tr.becomes(b, "the next try", isDone)
	})
	t.Run("a limit of two seconds stays one", func(t *testing.T) {
		tr := travel(t)
		tr.host.Inject(chevtest.Fault{Kind: chevtest.TooMany, RetryAfter: 2 * time.Second})
		b := tr.give()
		tr.becomes(b, "the limit", closed(job.GateThrottled))
		tr.set(-time.Hour)
		tr.becomes(b, "the next try", isDone)
	})
	t.Run("an unavailable host is asked again in its minute", func(t *testing.T) {
		tr := travel(t)
		tr.host.Inject(chevtest.Fault{Kind: chevtest.Maintenance})
		b := tr.give()
		tr.becomes(b, "the gate", closed(job.GateUnavailable))
		tr.set(-time.Hour)
		time.Sleep(time.Second) // the dispatcher has seen it
		tr.set(-time.Hour + time.Minute)
		tr.becomes(b, "the next try", isDone)
	})
	t.Run("what is saved in a folder is found, though its time is to come", func(t *testing.T) {
		tr := travel(t)
		dir := t.TempDir() // not below UPSHOT_HOME, which is never watched
		if _, err := tr.up().AddFolder(t.Context(), uploader.Folder{Path: dir, Quiet: 100 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		tr.set(-time.Hour)
		path := filepath.Join(dir, "a.webp")
		if err := os.WriteFile(path, tiny(99), 0o600); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(24 * time.Hour)
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
		platformtest.Eventually(t, "the file on the host", func() bool { return len(tr.host.Stored()) == 1 })
	})
}

// pastes waits until another program reads text from the clipboard.
func (tr *traveler) pastes(text string) {
	tr.t.Helper()
	read := ""
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(tr.t.Context(), time.Second)
		cmd := exec.CommandContext(ctx, "xclip", "-selection", "clipboard", "-o")
		cmd.Env = tr.d.Env()
		out, _ := cmd.Output() // empty is an error of xclip's
		cancel()
		if read = string(out); read == text {
			return
		}
	}
	tr.t.Errorf("the clipboard holds %q, not %q", read, text)
}
