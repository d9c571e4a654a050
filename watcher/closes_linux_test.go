package watcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// instances counts the inotify instances of this process.
func instances(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && to == "anon_inode:inotify" {
			n++
		}
	}
	return n
}

// No other test of this package runs meanwhile: it counts what the process has.
func TestAllFoldersShareTheInstanceThatWaitsForClosings(t *testing.T) {
	if n := instances(t); n != 0 {
		t.Fatalf("%d instances before any folder", n)
	}
	top, pic := t.TempDir(), pngOf(t, 120, 10, 10)
	var rigs []*rig
	for i := range 5 {
		dir := filepath.Join(top, fmt.Sprint(i), "w")
		put(t, filepath.Join(dir, "busy.png"), pic)
		f, err := os.OpenFile(filepath.Join(dir, "busy.png"), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		r := watch(t, dir)
		r.pends("busy.png", "still being written")
		rigs = append(rigs, r)
	}
	if n := instances(t); n != 6 {
		t.Errorf("%d instances for five folders, want one for each and one for all", n)
	}
	for _, r := range rigs[1:] {
		r.stop()
	}
	if n := instances(t); n != 2 {
		t.Errorf("%d instances for one folder", n)
	}
	rigs[0].notTaken("busy.png")
	rigs[0].stop()
	if n := instances(t); n != 0 {
		t.Errorf("%d instances when no folder is watched", n)
	}
}

func TestAClosingIsToldToEverybodyWhoWaitsForTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	put(t, one, []byte("x"))
	if err := os.Link(one, two); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(one, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []closes
	for range 3 {
		c, err := disk{}.closes()
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		for _, path := range []string{one, two} {
			if err := c.add(path); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, c)
	}
	all[2].remove(one)
	all[2].remove(two)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for i, c := range all[:2] {
		select {
		case <-c.woken():
			if got := c.closed(); len(got) != 2 {
				t.Errorf("watcher %d heard of %q", i, got)
			}
		case <-time.After(patience):
			t.Fatalf("watcher %d heard nothing", i)
		}
	}
	if got := all[2].closed(); len(got) != 0 {
		t.Errorf("one that waits no more heard of %q", got)
	}
}

func TestAWaitThatCannotBeIsAnErrorAndLeavesNothing(t *testing.T) {
	t.Parallel()
	c, err := disk{}.closes()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.add(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "inotify_add_watch") {
		t.Errorf("waiting for a file that is not there: %v", err)
	}
	w, ok := c.(*closeWatch)
	if !ok {
		t.Fatalf("%T", c)
	}
	w.in.mu.Lock() // the instance is that of all tests
	defer w.in.mu.Unlock()
	if len(w.wds) != 0 {
		t.Errorf("left: %v", w.wds)
	}
}

func init() {
	// crowd DIR COUNT: watches the folders DIR/0, DIR/1, ... and prints how they fare and what is taken.
	roles["crowd"] = func(a []string) error {
		n, err := strconv.Atoi(a[1])
		if err != nil {
			return err
		}
		lines := make(chan crowdLine)
		for i := range n {
			var w *Watcher
			w, err := New(Config{
				Dir: filepath.Join(a[0], strconv.Itoa(i)), Rescan: time.Hour,
				Take: func(_ context.Context, files []File) error {
					for _, f := range files {
						lines <- crowdLine{Folder: i, Taken: filepath.Base(f.Path)}
					}
					return nil
				},
				Changed: func() {
					s := w.Status()
					go func() { lines <- crowdLine{i, s.State, s.Reason, ""} }()
				},
			})
			if err != nil {
				return err
			}
			go func() { _ = w.Run(context.Background()) }()
		}
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		out := json.NewEncoder(os.Stdout)
		for l := range lines {
			if err := out.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
}

type crowdLine struct {
	Folder int
	State  State
	Reason string
	Taken  string
}

// A system gives a person 128 inotify instances. The limit is that of a user
// namespace here, so that other programs of this machine do not count.
func TestTwoHundredFoldersAreWatchedOrPolledWhenInstancesRunOut(t *testing.T) {
	t.Parallel()
	const folders, limit = 200, 60
	inNamespace(t, "max_inotify_instances")
	top, pic := t.TempDir(), pngOf(t, 121, 10, 10)
	for i := range folders {
		if err := os.Mkdir(filepath.Join(top, strconv.Itoa(i)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := helper(t, "crowd")
	inside := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c",
		`echo "$1" > /proc/sys/user/max_inotify_instances && exec "$0" "$2" "$3"`, os.Args[0], strconv.Itoa(limit), top, strconv.Itoa(folders))
	inside.Env, inside.Stderr = cmd.Env, os.Stderr
	in, err := inside.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := inside.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := inside.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = inside.Wait()
	})
	states, reason, taken := map[int]State{}, "", map[string]int{}
	lines := json.NewDecoder(out)
	read := func() {
		var l crowdLine
		if err := lines.Decode(&l); err != nil {
			t.Fatalf("the watchers ended: %v", err)
		}
		switch {
		case l.Taken != "":
			taken[fmt.Sprint(l.Folder, l.Taken)]++
		case l.Reason != "starting":
			states[l.Folder] = l.State
			if l.State == StatePolling {
				reason = l.Reason
			}
		}
	}
	for len(states) < folders {
		read()
	}
	for i := range folders {
		put(t, filepath.Join(top, strconv.Itoa(i), "a.png"), pic)
	}
	for len(taken) < folders {
		read()
	}
	watched := 0
	for _, s := range states {
		if s == StateWatching {
			watched++
		}
	}
	// One instance is for the closings of all. What other programs have counts
	// against the limit outside of the namespace.
	if watched >= limit || watched < limit/2 {
		t.Errorf("%d folders are watched, %d polled", watched, folders-watched)
	}
	if !strings.Contains(reason, "sudo sysctl") || !strings.Contains(reason, "fs.inotify.max_user_instances=") {
		t.Errorf("a polled folder says: %q", reason)
	}
	for what, n := range taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", what, n)
		}
	}
}
