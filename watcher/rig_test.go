package watcher

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// rig is a watcher on a real directory, and all that it took.
type rig struct {
	t    testing.TB
	dir  string
	w    *Watcher
	stop func()

	mu      sync.Mutex
	news    chan struct{} // closed and made anew when something was taken
	taken   []take
	batches [][]string
	refuse  error // what Take returns
	offered int
}

type take struct {
	path string
	hash string // of what stood there when it was handed over
	file File
}

// patience is for machines that are busy with other things; only a failure
// needs it.
const patience = 90 * time.Second

// watch starts a watcher on dir; change may change its configuration.
func watch(t testing.TB, dir string, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, news: make(chan struct{})}
	cfg := Config{Dir: dir, Rescan: time.Hour, Quiet: 300 * time.Millisecond, Take: r.take, Changed: r.changed}
	if testing.Verbose() {
		cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	for _, c := range change {
		c(&cfg)
	}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.w = w
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run returned %v", err)
			}
		case <-time.After(patience):
			t.Error("Run did not return when its context ended")
		}
	})
	t.Cleanup(r.stop)
	return r
}

func recursive(c *Config) { c.Recursive = true }

func (r *rig) take(_ context.Context, files []File) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offered++
	defer r.wakeLocked()
	if r.refuse != nil {
		return r.refuse
	}
	var batch []string
	for _, f := range files {
		b, err := os.ReadFile(f.Path)
		hash := hashOf(b)
		if err != nil {
			hash = err.Error()
		} else if int64(len(b)) != f.Size {
			hash = fmt.Sprintf("%d bytes, not the %d told", len(b), f.Size)
		}
		r.taken = append(r.taken, take{r.rel(f.Path), hash, f})
		batch = append(batch, r.rel(f.Path))
	}
	r.batches = append(r.batches, batch)
	return nil
}

func (r *rig) changed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakeLocked()
}

func (r *rig) wakeLocked() {
	close(r.news)
	r.news = make(chan struct{})
}

func (r *rig) rel(path string) string {
	rel, err := filepath.Rel(r.dir, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

func hashOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// until waits until what holds, looking when something happens.
func (r *rig) until(what string, holds func() bool) {
	r.t.Helper()
	end := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond) // for what is seen on the disk alone
	defer tick.Stop()
	for {
		r.mu.Lock()
		news, ok := r.news, holds()
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-news:
		case <-tick.C:
		case <-end:
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			r.mu.Lock()
			defer r.mu.Unlock()
			names := r.namesLocked()
			r.t.Fatalf("not within %v: %s\n%d taken, the last: %v\nstatus: %+v\n%s", patience, what, len(names), names[max(0, len(names)-20):], r.w.Status(), stacks)
		}
	}
}

func (r *rig) namesLocked() []string {
	var names []string
	for _, t := range r.taken {
		names = append(names, t.path)
	}
	return names
}

// got waits for path to be taken with just that content.
func (r *rig) got(path string, content []byte) {
	r.t.Helper()
	r.until(path+" is taken", func() bool {
		return slices.ContainsFunc(r.taken, func(t take) bool { return t.path == path && t.hash == hashOf(content) })
	})
}

// onlyGot waits for all of want (path to content), and for a file that comes
// after them; then nothing else may have been taken, and nothing twice.
func (r *rig) onlyGot(want map[string][]byte) {
	r.t.Helper()
	missing := map[string]bool{}
	for path, content := range want {
		missing[path+" "+hashOf(content)] = true
	}
	seen := 0
	r.until("all of them are taken", func() bool {
		for _, tk := range r.taken[seen:] {
			delete(missing, tk.path+" "+tk.hash)
		}
		seen = len(r.taken)
		return len(missing) == 0
	})
	r.quiet()
	r.mu.Lock()
	defer r.mu.Unlock()
	count := map[string]int{}
	for _, t := range r.taken {
		count[t.path]++
		if content, ok := want[t.path]; !ok {
			r.t.Errorf("%s was taken", t.path)
		} else if t.hash != hashOf(content) {
			r.t.Errorf("%s was taken with another content: %s", t.path, t.hash)
		}
	}
	for path, n := range count {
		if n > 1 {
			r.t.Errorf("%s was taken %d times", path, n)
		}
	}
}

// quiet waits until all that happened so far has been looked at: a file that
// comes after it is taken, and none of the others is on its way. It leaves no
// trace among the taken.
func (r *rig) quiet() {
	r.t.Helper()
	name := fmt.Sprintf("zz-%d.png", time.Now().UnixNano()) // where times are coarse another would be the one before
	last := pngOf(r.t, 99, 4, 4)
	out := filepath.Join(filepath.Dir(r.dir), "outside-"+filepath.Base(r.dir)+".png")
	if err := os.WriteFile(out, last, 0o644); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(out, filepath.Join(r.dir, name)); err != nil {
		r.t.Fatal(err)
	}
	r.got(name, last)
	r.until("nothing is on its way", func() bool {
		for _, p := range r.w.Status().Pending {
			if p.Reason != "" && !settledReason(p.Reason) {
				return false
			}
		}
		return true
	})
	if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = slices.DeleteFunc(r.taken, func(t take) bool { return t.path == name })
}

// settledReason reports whether a file that waits for this reason stays.
func settledReason(reason string) bool {
	for _, begin := range []string{"settling", "it may still", "it is still"} {
		if len(reason) >= len(begin) && reason[:len(begin)] == begin {
			return false
		}
	}
	return true
}

// nothingYet asserts that path was not taken.
func (r *rig) notTaken(path string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.namesLocked(), path) {
		r.t.Errorf("%s was taken", path)
	}
}

// pends waits until path is pending, and returns why.
func (r *rig) pends(path, with string) string {
	r.t.Helper()
	var reason string
	r.until(path+" waits: "+with, func() bool {
		for _, p := range r.w.Status().Pending {
			if r.rel(p.Path) == path && contains(p.Reason, with) {
				reason = p.Reason
				return true
			}
		}
		return false
	})
	return reason
}

func (r *rig) state(s State) {
	r.t.Helper()
	r.until("state "+string(s), func() bool { return r.w.Status().State == s && r.w.Status().Reason != "starting" })
}

// started waits until the first scan is over: a file that was there is taken.
func (r *rig) started() {
	r.t.Helper()
	r.state(StateWatching)
	r.quiet()
}

// at is an absolute path of this system.
func at(path string) string {
	if runtime.GOOS == "windows" {
		path = "C:" + path
	}
	return filepath.FromSlash(path)
}

func put(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
