package watcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestTheFolderMayGoAndComeBack(t *testing.T) {
	t.Parallel()
	pic := pngOf(t, 31, 20, 20)
	for name, c := range map[string]struct{ away, back string }{
		"deleted and made again":           {`rm -rf "$1"`, `mkdir "$1"`},
		"moved away and another made":      {`mv "$1" "$1.old"`, `mkdir "$1"`},
		"moved with what is above it":      {`mv "$(dirname "$1")" "$(dirname "$1").old"`, `mkdir -p "$1"`},
		"moved away and back":              {`mv "$1" "$1.old"`, `mv "$1.old" "$1"`},
		"gone with what is above it":       {`rm -rf "$(dirname "$1")"`, `mkdir -p "$1"`},
		"replaced by a file for a while":   {`rm -rf "$1"; : > "$1"`, `rm "$1"; mkdir "$1"`},
		"replaced by a full folder at one": {`rm -rf "$1"`, `mkdir "$1.new"; cp "$2" "$1.new/moved.png"; mv "$1.new" "$1"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top, src := t.TempDir(), filepath.Join(t.TempDir(), "a.png")
			put(t, src, pic)
			dir := filepath.Join(top, "above", "w")
			put(t, filepath.Join(dir, "first.png"), pic)
			r := watch(t, dir, recursive)
			r.got("first.png", pic)
			shell(t, c.away, dir)
			r.until("it is seen that it is gone", func() bool {
				s := r.w.Status()
				return (s.State == StateMissing || s.State == StateFailed) && s.Reason != ""
			})
			shell(t, c.back, dir, src)
			r.state(StateWatching)
			shell(t, `mkdir -p "$1/sub"; cp "$2" "$1/second.png"; cp "$2" "$1/sub/third.png"`, dir, src)
			r.got("second.png", pic)
			r.got("sub/third.png", pic)
			if contains(c.back, "moved.png") {
				r.got("moved.png", pic)
			}
		})
	}
}

func TestAFolderThatIsNotThereYetIsTakenUpWhenItComes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet")
	pic := pngOf(t, 32, 20, 20)
	r := watch(t, dir)
	r.state(StateMissing)
	since := time.Now()
	put(t, filepath.Join(dir, "a.png"), pic)
	r.got("a.png", pic)
	if took := time.Since(since); took > 700*time.Millisecond {
		t.Errorf("seen after %v: its parent is not watched", took)
	}
	r.onlyGot(map[string][]byte{"a.png": pic})
}

func TestAFolderReplacedInOneInstantIsNoticed(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "w")
	pic := pngOf(t, 33, 20, 20)
	put(t, filepath.Join(dir, "old.png"), pic)
	r := watch(t, dir)
	r.got("old.png", pic)
	put(t, filepath.Join(top, "new", "in.png"), pic)
	shell(t, `mv "$1" "$1.old"; mv "$2" "$1"`, dir, filepath.Join(top, "new"))
	r.got("in.png", pic)
	put(t, filepath.Join(dir, "later.png"), pic)
	r.got("later.png", pic)
}

func TestALinkToAFolderCanBeWatched(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	pic := pngOf(t, 34, 20, 20)
	put(t, filepath.Join(top, "real", "sub", "a.png"), pic)
	dir := filepath.Join(top, "link")
	if err := os.Symlink(filepath.Join(top, "real"), dir); err != nil {
		t.Fatal(err)
	}
	r := watch(t, dir, recursive)
	r.got("sub/a.png", pic)
	put(t, filepath.Join(top, "real", "sub", "b.png"), pic)
	r.got("sub/b.png", pic)
}

func TestNoFileThroughALinkedDirectory(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	pic := pngOf(t, 35, 20, 20)
	put(t, filepath.Join(dir, "sub", "x.png"), pic[:100]) // known as a candidate
	put(t, filepath.Join(other, "x.png"), pic)
	r := watch(t, dir, recursive)
	r.pends("sub/x.png", "not complete")
	shell(t, `rm -r "$1/sub"; ln -s "$2" "$1/sub"`, dir, other)
	r.onlyGot(nil)
}

func TestWhatIsKnownIsNotTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 36, 20, 20)
	for i := range 20 {
		put(t, filepath.Join(dir, fmt.Sprintf("old%d.png", i)), pic)
	}
	base, err := Scan(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(base) != 20 {
		t.Fatalf("Scan found %d files", len(base))
	}
	put(t, filepath.Join(dir, "while-down.png"), pic)
	r := watch(t, dir, func(c *Config) {
		c.Known = func(_ context.Context, f File) (bool, error) {
			return slices.ContainsFunc(base, func(b File) bool {
				return b.Path == f.Path && b.Size == f.Size && b.ModTime.Equal(f.ModTime) && b.Inode == f.Inode
			}), nil
		}
	})
	put(t, filepath.Join(dir, "new.png"), pic)
	r.onlyGot(map[string][]byte{"while-down.png": pic, "new.png": pic})
	// A known file that is written anew is a new version.
	pic2 := pngOf(t, 37, 25, 25)
	put(t, filepath.Join(dir, "old3.png"), pic2)
	r.onlyGot(map[string][]byte{"while-down.png": pic, "new.png": pic, "old3.png": pic2})
}

func TestKnownFilesAreNotOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Nothing in it could pass a look inside.
	put(t, filepath.Join(dir, "a.png"), []byte("no picture"))
	var mu sync.Mutex
	asked := 0
	r := watch(t, dir, func(c *Config) {
		c.Known = func(context.Context, File) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return true, nil
		}
	})
	r.state(StateWatching)
	r.until("Known was asked", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return asked == 1
	})
	r.until("nothing pends", func() bool { return r.w.Status().Waiting == 0 })
}

func TestARefusedBatchIsOfferedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 38, 20, 20)
	r := watch(t, dir)
	r.state(StateWatching)
	r.mu.Lock()
	r.refuse = errors.New("the database is full")
	r.mu.Unlock()
	put(t, filepath.Join(dir, "a.png"), pic)
	r.pends("a.png", "the database is full")
	r.until("offered three times", func() bool { return r.offered >= 3 })
	r.mu.Lock()
	r.refuse = nil
	r.mu.Unlock()
	r.onlyGot(map[string][]byte{"a.png": pic})
}

func TestAnAnswerThatKnownCannotGiveIsAskedForAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 39, 20, 20)
	put(t, filepath.Join(dir, "a.png"), pic)
	asked := 0
	r := watch(t, dir, func(c *Config) {
		c.Known = func(context.Context, File) (bool, error) {
			if asked++; asked < 4 {
				return false, errors.New("locked")
			}
			return false, nil
		}
	})
	r.onlyGot(map[string][]byte{"a.png": pic})
	if asked < 4 {
		t.Errorf("asked %d times", asked)
	}
}

func TestANewVersionIsTakenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := pngOf(t, 40, 20, 20), pngOf(t, 41, 20, 20)
	r := watch(t, dir)
	r.state(StateWatching)
	put(t, filepath.Join(dir, "a.png"), one)
	r.got("a.png", one)
	put(t, filepath.Join(dir, "a.png"), two)
	r.got("a.png", two)
	shell(t, `cp "$1/a.png" "$1/.n"; chmod 600 "$1/a.png"; mv "$1/.n" "$1/a.png"`, dir)
	r.until("the replaced file is a version of its own", func() bool { return len(r.taken) == 3 })
	r.quiet()
	if len(r.taken) != 3 {
		t.Errorf("taken: %v", r.namesLocked())
	}
}

func TestAChangeOfModeIsNoNewVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 42, 20, 20)
	r := watch(t, dir)
	r.state(StateWatching)
	put(t, filepath.Join(dir, "a.png"), pic)
	r.got("a.png", pic)
	shell(t, `chmod 600 "$1"; ln "$1" "$1.keep"; rm "$1.keep"; cat "$1" > /dev/null`, filepath.Join(dir, "a.png"))
	r.onlyGot(map[string][]byte{"a.png": pic})
}

func TestSubdirectoriesAreLeftAloneUnlessAskedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 43, 20, 20)
	put(t, filepath.Join(dir, "sub", "a.png"), pic)
	r := watch(t, dir)
	r.state(StateWatching)
	put(t, filepath.Join(dir, "sub", "b.png"), pic)
	put(t, filepath.Join(dir, "new", "c.png"), pic)
	put(t, filepath.Join(dir, "d.png"), pic)
	r.onlyGot(map[string][]byte{"d.png": pic})
}

func TestScanListsWhatTheFiltersPass(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 44, 20, 20)
	for i, name := range []string{"c.png", "a.jpg", "sub/b.webm", ".x/h.png", "n.txt", "e.png.part"} {
		put(t, filepath.Join(dir, name), pic[:50])
		at := time.Unix(int64(1_000_000+i), 0)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		cfg  Config
		want []string
	}{
		{Config{Dir: dir}, []string{"c.png", "a.jpg"}},
		{Config{Dir: dir, Recursive: true}, []string{"c.png", "a.jpg", "sub/b.webm"}},
		{Config{Dir: dir, Recursive: true, Include: []string{"*.webm", "c.*"}}, []string{"c.png", "sub/b.webm"}},
		{Config{Dir: dir, Recursive: true, Exclude: []string{"sub"}}, []string{"c.png", "a.jpg"}},
	} {
		files, err := Scan(t.Context(), c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			rel, err := filepath.Rel(dir, f.Path)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, filepath.ToSlash(rel))
			if f.Size != 50 || f.ModTime.Unix() < 1_000_000 {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.cfg, got, c.want)
		}
	}
	if _, err := Scan(t.Context(), Config{Dir: filepath.Join(dir, "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"a relative folder":    {Dir: "pictures"},
		"no folder":            {},
		"a broken pattern":     {Dir: "/x", Include: []string{"[a"}},
		"a relative ignored":   {Dir: "/x", Ignore: []string{"spool"}},
		"a negative time":      {Dir: "/x", Quiet: -1},
		"a negative size":      {Dir: "/x", MinSize: -1},
		"sizes the wrong way":  {Dir: "/x", MinSize: 10, MaxSize: 9},
		"an unknown kind":      {Dir: "/x", Kinds: "sounds"},
		"a folder of our own":  {Dir: "/x/spool", Ignore: []string{"/x"}},
		"our own, spelled odd": {Dir: "/x/../x/./spool", Ignore: []string{"/x/"}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestRunIsRefusedWhileItRuns(t *testing.T) {
	t.Parallel()
	r := watch(t, t.TempDir())
	r.state(StateWatching)
	if err := r.w.Run(t.Context()); err == nil {
		t.Error("it was not")
	}
	r.stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.w.Run(ctx); err != nil {
		t.Errorf("again after its end: %v", err)
	}
}
