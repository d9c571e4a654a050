package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/uploader"
)

func TestFoldersThatNobodyCanMeanAreRefused(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places are those of Linux")
	}
	home := t.TempDir()
	if real, err := filepath.EvalSymlinks(home); err == nil {
		home = real
	}
	t.Setenv("HOME", home)
	shots := filepath.Join(home, "Pictures")
	for _, c := range []struct {
		path            string
		plain, likewise bool // may be watched by itself, and with all below it
	}{
		{"/", false, false},
		{"/etc", false, false},
		{"/etc/ssl", false, false},
		{"/usr/bin", false, false},
		{"/proc/1", false, false},
		{"/dev", false, false},
		{"/dev/shm", true, true},
		{"/usr", true, false},
		{"/home", true, false},
		{"/var", true, false},
		{"/tmp", true, false},
		{filepath.Dir(home), true, false}, // holds the home
		{home, true, false},
		{shots, true, true},
		{"/home/ada/Pictures", true, true},
		{"/mnt/card/DCIM", true, true},
		{"/media/ada/CARD", true, true},
		{"/etcetera", true, true},
		{"/usr/local/www/pictures", true, true},
	} {
		for recursive, want := range map[bool]bool{false: c.plain, true: c.likewise} {
			err := engine.CheckPlace(uploader.Folder{Path: c.path, Recursive: recursive})
			if (err == nil) != want {
				t.Errorf("%s, recursive %v: %v", c.path, recursive, err)
			}
			var ce *client.Error
			if err != nil && (!errors.As(err, &ce) || ce.Kind != client.KindInvalid || !strings.HasPrefix(ce.Message, c.path+" ")) {
				t.Errorf("%s: refused by %v", c.path, err)
			}
		}
	}
}

func TestOurOwnDirectoriesAreNotWatched(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	own := filepath.Join(h.dir, "spool", "deep")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	h.change = func(cfg *engine.Config) { cfg.Ours = []string{filepath.Join(h.dir, "spool")} }
	h.start()
	for name, ask := range map[string]func(uploader.Folder) error{
		"add": func(f uploader.Folder) error { _, err := h.AddFolder(t.Context(), f); return err },
		"preview": func(f uploader.Folder) error {
			_, err := h.Preview(t.Context(), f)
			return err
		},
		"lend": func(f uploader.Folder) error {
			_, err := h.Lend(t.Context(), uploader.Lent{ID: "x", Folder: f})
			return err
		},
	} {
		var ce *client.Error
		if err := ask(uploader.Folder{Path: own}); !errors.As(err, &ce) || !strings.Contains(ce.Message, "Upshot's own directory") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFolderOfAFileEditedByHandIsCheckedToo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places are those of Linux")
	}
	h := newHouse(t, chevtest.Config{})
	own, me := h.folder("spool-of-ours"), h.folder("me")
	pictures, odd, link := filepath.Join(me, "Pictures"), h.folder("odd"), filepath.Join(h.dir, "link")
	if err := errors.Join(os.Mkdir(pictures, 0o700), os.Symlink(me, link)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", me)
	h.save(filepath.Join(me, "private.png"), 1)
	h.save(filepath.Join(own, "spooled.png"), 2)
	h.change = func(cfg *engine.Config) { cfg.Ours = append(cfg.Ours, own) }
	want := map[string]string{
		own:      "This folder belongs to the program itself and is not watched",
		me:       "This folder is not watched: " + me + " holds all of your files",
		link:     "This folder is not watched: " + me + " holds all of your files",
		"/etc":   "This folder is not watched: /etc belongs to the system",
		odd:      `This folder is not watched: the pattern "[" is not valid`,
		pictures: "",
	}
	for path := range want {
		f := uploader.Folder{Path: path, Recursive: true, Existing: uploader.ExistingUpload}
		if path == odd {
			f.Include = []string{"["}
		}
		h.store.s.Folders = append(h.store.s.Folders, f)
	}
	h.start()
	h.save(filepath.Join(pictures, "a.png"), 3)
	h.done("a.png")
	h.await("each is told", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		if err != nil || len(s.Folders) != len(want) {
			t.Fatalf("%+v, %v", s.Folders, err)
		}
		for _, f := range s.Folders {
			reason := want[f.Folder.Path]
			state := uploader.FolderFailed
			if reason == "" {
				state = uploader.FolderWatching
			}
			if f.State != state || !strings.HasPrefix(f.Reason, reason) {
				return false
			}
		}
		return true
	})
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.done("a.png")
}
