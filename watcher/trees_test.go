package watcher

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// deep is a path of so many directories.
func deep(levels int) string {
	var s strings.Builder
	for i := range levels {
		fmt.Fprintf(&s, "/d%d", i)
	}
	return s.String()
}

func TestATreeOfTwoHundredLevelsIsWatchedToItsEnd(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are shorter there")
	}
	t.Parallel()
	top := t.TempDir()
	dir, bottom := filepath.Join(top, "w"), deep(200)
	pic := pngOf(t, 130, 10, 10)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "tree", bottom, "a.png"), remarked(pic, 1))
	r := watch(t, dir, recursive)
	r.state(StateWatching)
	want := map[string][]byte{}
	take := func(path string, n int) {
		want[path] = remarked(pic, n)
		r.got(path, want[path])
	}
	must(t, os.Rename(filepath.Join(top, "tree"), filepath.Join(dir, "tree")))
	take("tree"+bottom+"/a.png", 1)
	put(t, filepath.Join(dir, "tree"+bottom, "b.png"), remarked(pic, 2))
	take("tree"+bottom+"/b.png", 2)
	put(t, filepath.Join(dir, "made"+bottom, "c.png"), remarked(pic, 3))
	take("made"+bottom+"/c.png", 3)

	// Out and in again: what was taken is known, what comes then is not.
	must(t, os.Rename(filepath.Join(dir, "tree"), filepath.Join(top, "tree")))
	put(t, filepath.Join(top, "tree"+bottom, "d.png"), remarked(pic, 4))
	must(t, os.Rename(filepath.Join(top, "tree"), filepath.Join(dir, "tree")))
	take("tree"+bottom+"/d.png", 4)
	put(t, filepath.Join(dir, "tree"+bottom, "e.png"), remarked(pic, 5))
	take("tree"+bottom+"/e.png", 5)
	r.onlyGot(want)
}

func TestADirectoryThatIsFilledWhileItIsMovedAboutLosesNothing(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "w")
	pic := pngOf(t, 131, 30, 30)
	put(t, filepath.Join(top, "a.png"), pic)
	for _, d := range []string{dir, filepath.Join(top, "fill")} {
		must(t, os.Mkdir(d, 0o755))
	}
	r := watch(t, dir, recursive)
	r.state(StateWatching)
	shell(t, `cd "$1/fill"
		(i=0; while [ $i -lt 150 ]; do head -c 500 "$1/a.png" > n$i.png; tail -c +501 "$1/a.png" >> n$i.png; i=$((i + 1)); sleep 0.005; done) &
		sleep 0.3; mv "$1/fill" "$1/w/fill"
		sleep 0.3; mv "$1/w/fill" "$1/w/other"
		sleep 0.3; mv "$1/w/other" "$1/w/fill"
		wait`, top)
	// One that was moved before this test could read it is known by its size.
	meant := func(tk take) bool {
		return tk.hash == hashOf(pic) || strings.Contains(tk.hash, "no such file") && tk.file.Size == int64(len(pic))
	}
	for i := range 150 {
		path := fmt.Sprintf("fill/n%d.png", i)
		r.until(path+" is taken", func() bool {
			return slices.ContainsFunc(r.taken, func(tk take) bool { return tk.path == path && meant(tk) })
		})
	}
	r.quiet()
	r.mu.Lock()
	defer r.mu.Unlock()
	count := map[string]int{}
	for _, tk := range r.taken {
		if !meant(tk) {
			t.Errorf("%s was taken with another content: %s", tk.path, tk.hash)
		}
		count[tk.path]++
	}
	for path, n := range count {
		if n > 1 {
			t.Errorf("%s was taken %d times", path, n)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
