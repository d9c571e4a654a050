//go:build linux

package watcher

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A person may watch a folder through a link, and set the link anew.
func TestALinkToTheFolderMayLeadElsewhere(t *testing.T) {
	t.Parallel()
	pic := pngOf(t, 110, 10, 10)
	for _, how := range []string{"the folder's own link", "a link above it", "a link that a link names"} {
		for _, set := range []string{"made anew", "replaced at once"} {
			t.Run(how+", "+set, func(t *testing.T) {
				t.Parallel()
				top := t.TempDir()
				put(t, filepath.Join(top, "one/in/a.png"), pic)
				put(t, filepath.Join(top, "two/in/b.png"), pic)
				link, to, dir := filepath.Join(top, "link"), "one/in", filepath.Join(top, "link")
				switch how {
				case "a link above it":
					to, dir = "one", filepath.Join(top, "link", "in")
				case "a link that a link names":
					dir = filepath.Join(top, "first")
					if err := os.Symlink("link", dir); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Symlink(to, link); err != nil {
					t.Fatal(err)
				}
				r := watch(t, dir)
				r.got("a.png", pic)
				r.waitsForLeads()
				if set == "made anew" {
					shell(t, `rm "$1"; ln -s "$2" "$1"`, link, "two"+to[3:])
				} else {
					shell(t, `ln -s "$2" "$1.new"; mv -T "$1.new" "$1"`, link, "two"+to[3:])
				}
				r.got("b.png", pic)
				put(t, filepath.Join(top, "two/in/c.png"), pic)
				r.got("c.png", pic)
			})
		}
	}
}

// waitsForLeads waits until everything that leads to the folder is watched.
func (r *rig) waitsForLeads() {
	r.t.Helper()
	// Not by until, whose lock the watcher may wait for meanwhile.
	for end := time.Now().Add(patience); ; pause(r.t, 10*time.Millisecond) {
		all := false
		if err := r.w.ask(r.t.Context(), func(run *run) { all = run.waitsFor(run.above) }); err != nil {
			r.t.Fatal(err)
		}
		if all {
			return
		}
		if time.Now().After(end) {
			r.t.Fatal("what leads to the folder is not watched")
		}
	}
}

func (r *run) waitsFor(paths map[string]bool) bool {
	w, ok := r.closes.(*closeWatch)
	if !ok || len(paths) == 0 {
		return false
	}
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	for path := range paths {
		if _, ok := w.wds[path]; !ok {
			return false
		}
	}
	return true
}

func TestTheLeadsOfAFolderAreWhatItsPathGoesThrough(t *testing.T) {
	t.Parallel()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "real/in/x"), nil)
	for link, to := range map[string]string{"a": "b", "b": filepath.Join(top, "real"), "round": "round"} {
		if err := os.Symlink(to, filepath.Join(top, link)); err != nil {
			t.Fatal(err)
		}
	}
	got := leads(filepath.Join(top, "a/in"))
	for _, name := range []string{"", "a", "b", "real"} {
		if !slices.Contains(got, filepath.Join(top, name)) {
			t.Errorf("%q is not in %q", name, got)
		}
	}
	if slices.Contains(got, filepath.Join(top, "real/in")) || slices.Contains(got, filepath.Join(top, "a/in")) {
		t.Errorf("the folder itself is in %q", got)
	}
	if got := leads(filepath.Join(top, "round")); len(got) == 0 {
		t.Error("nothing leads to a link that goes round")
	}
}
