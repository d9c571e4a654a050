package watcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// states are the states of all files as Files tells them.
func (r *rig) states() map[string]Pending {
	r.t.Helper()
	all := map[string]Pending{}
	if err := r.w.Files(r.t.Context(), func(list []Pending) bool {
		for _, p := range list {
			all[r.rel(p.Path)] = p
		}
		return true
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// stands waits until what holds of the states of all files. It holds no lock
// meanwhile: the watcher's loop answers, and that tells of its news.
func (r *rig) stands(what string, holds func(map[string]Pending) bool) {
	r.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		all := r.states()
		if holds(all) {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("not within %v: %s; the files: %v", patience, what, all)
		}
	}
}

func TestEveryFileFoundHasAStateAndAReason(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 91, 20, 20)
	put(t, filepath.Join(dir, "known.png"), pic)
	refuse := errors.New("the database is full")
	r := watch(t, dir, recursive, func(c *Config) {
		take := c.Take
		c.Exclude = []string{"raw-*", "left-out"}
		c.MinSize, c.MaxSize = 10, 50_000
		c.Known = func(_ context.Context, f File) (bool, error) { return strings.Contains(f.Path, "known"), nil }
		c.Refuse = func(f File) (FileState, string) {
			switch filepath.Ext(f.Path) {
			case ".bmp":
				return FileFiltered, "the host has refused .bmp files"
			case ".webm":
				return FileTooLarge, "the host takes 2 MB"
			}
			return "", ""
		}
		c.Take = func(ctx context.Context, files []File) error {
			if strings.Contains(files[0].Path, "later") {
				return refuse
			}
			return take(ctx, files)
		}
	})
	r.state(StateWatching)
	for name, b := range map[string][]byte{
		"sent.png": pic, "half.png": pic[:100], "text.png": []byte("this is no picture, whatever its name says"),
		"raw-1.png": pic, "a.heic": pic, ".hidden.png": pic, "x.png.part": pic, "huge.png": make([]byte, 60_000),
		"tiny.png": pic[:5], "a.bmp": sample(t, "plain.bmp"), "v.webm": sample(t, "plain.webm"), "n.txt": pic,
		"left-out/a.png": pic, "sub.crdownload/a.png": pic,
	} {
		put(t, filepath.Join(dir, name), b)
	}
	r.got("sent.png", pic)
	open, err := os.OpenFile(filepath.Join(dir, "open.png"), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	if _, err := open.Write(pic); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "later.png"), pic)
	want := map[string]struct {
		state  FileState
		reason string
	}{
		"sent.png": {FileHandled, "handed over"}, "known.png": {FileHandled, "known already"},
		"half.png": {FileIncomplete, "ends before its end mark"}, "text.png": {FileFiltered, "its content is no picture"},
		"raw-1.png": {FileFiltered, "pattern raw-*"}, "a.heic": {FileFiltered, "do not take .heic"},
		".hidden.png": {FileFiltered, "hidden"}, "x.png.part": {FileFiltered, "temporary name (.part)"},
		"huge.png": {FileTooLarge, "larger than the 50 kB that"}, "tiny.png": {FileFiltered, "smaller than the 10 bytes"},
		"a.bmp": {FileFiltered, "refused .bmp"}, "v.webm": {FileTooLarge, "2 MB"}, "n.txt": {FileFiltered, "(.txt)"},
		"left-out": {FileFiltered, "pattern left-out"}, "sub.crdownload": {FileFiltered, "temporary directory"},
		"open.png": {FileWriting, "still being written"}, "later.png": {FileWaiting, "the database is full"},
	}
	var all map[string]Pending
	missing := ""
	r.stands("all are in their states", func(now map[string]Pending) bool {
		all = now
		for name, w := range want {
			if p := all[name]; p.State != w.state || !strings.Contains(p.Reason, w.reason) {
				missing = fmt.Sprintf("%s: %+v", name, p)
				return false
			}
		}
		return true
	})
	if len(all) != len(want) {
		t.Errorf("%d files for %d: %v; %s", len(all), len(want), all, missing)
	}
	r.stop()
	if err := r.w.Files(t.Context(), func([]Pending) bool { return true }); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after its end: %v", err)
	}
}

func TestAnIncompleteFileCanBeGivenByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 92, 30, 30)
	half, text := pic[:200], []byte("this is no picture, whatever its name says")
	r := watch(t, dir)
	r.state(StateWatching)
	put(t, filepath.Join(dir, "half.png"), half)
	put(t, filepath.Join(dir, "text.png"), text)
	put(t, filepath.Join(dir, "other.png"), half)
	r.pends("half.png", "not complete")
	r.pends("text.png", "no picture")
	r.pends("other.png", "not complete")
	for _, name := range []string{"half.png", "text.png"} {
		if err := r.w.Give(t.Context(), filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	r.onlyGot(map[string][]byte{"half.png": half, "text.png": text})
	if err := r.w.Give(t.Context(), filepath.Join(dir, "half.png")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("once more: %v", err)
	}
	if err := r.w.Give(t.Context(), filepath.Join(dir, "none.png")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	open, err := os.Create(filepath.Join(dir, "open.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Write(half); err != nil {
		t.Fatal(err)
	}
	r.pends("open.png", "still being written")
	if err := r.w.Give(t.Context(), filepath.Join(dir, "open.png")); !errors.Is(err, ErrWriting) {
		t.Errorf("one that is being written: %v", err)
	}
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	// Written on after all, the file is whole and a new version.
	put(t, filepath.Join(dir, "half.png"), pic)
	r.got("half.png", pic)
	r.notTaken("other.png")
	r.notTaken("open.png")
}

func TestWhenARuleOfOthersChangesTheFilesAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 93, 20, 20)
	var closed atomic.Bool
	closed.Store(true)
	r := watch(t, dir, func(c *Config) {
		c.Refuse = func(File) (FileState, string) {
			if closed.Load() {
				return FileTooLarge, "the host takes nothing"
			}
			return "", ""
		}
	})
	r.state(StateWatching)
	put(t, filepath.Join(dir, "a.png"), pic)
	r.pends("a.png", "the host takes nothing")
	closed.Store(false)
	if err := r.w.Again(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.onlyGot(map[string][]byte{"a.png": pic})
}

// A FAT drive that comes back has other inode numbers for the same files.
func TestInodesThatDoNotLastAreNoPartOfAVersion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.png")
	put(t, path, []byte("x"))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f := newFilter(Config{Dir: filepath.Dir(path)})
	lasting := f.statOf(info)
	f.fleeting.Store(true)
	s := f.statOf(info)
	if file := s.file(path); s.inode != 0 || file.Inode != lasting.inode || file.Fleeting != (lasting.inode != 0) {
		t.Errorf("%+v %+v", s, file)
	}
	if lasting.file(path).Fleeting {
		t.Error("an inode that lasts is said not to")
	}
}
