package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/watcher"
)

// FAT, network and FUSE drives, and Windows, have no inodes that last.
func TestWithoutInodesAMovedFileIsKnownBySizeAndTime(t *testing.T) {
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(t.TempDir(), "upshot.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	e := &Engine{cfg: Config{Queue: q}}
	dir := t.TempDir()
	fine, coarse := time.Unix(1_700_000_001, 123_400_000), time.Unix(1_700_000_002, 0)
	odd := time.Unix(1_700_000_001, 0) // as archives and phones keep times
	file := func(name string, at time.Time) watcher.File {
		return watcher.File{Path: filepath.Join(dir, name), Size: 1000, ModTime: at, Inode: 77, Fleeting: true}
	}
	f := &folder{conf: uploader.Folder{Path: dir}, key: "folder:" + dir}
	seen := []queue.Seen{
		seenOf(file("fine.png", fine)), seenOf(file("coarse.png", coarse)), seenOf(file("here.png", fine.Add(time.Second))),
		seenOf(file("sent.arw", odd)),
	}
	if err := q.SetBaseline(t.Context(), f.key, seen); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "here.png"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		file watcher.File
		want bool
	}{
		{"the same after another mount", watcher.File{Path: filepath.Join(dir, "fine.png"), Size: 1000, ModTime: fine, Inode: 99, Fleeting: true}, true},
		{"renamed, with a time of its own", file("renamed.png", fine), true},
		{"another size", watcher.File{Path: filepath.Join(dir, "x.png"), Size: 1001, ModTime: fine, Fleeting: true}, false},
		{"another file of the same two seconds", file("other.png", coarse), false},
		{"another file of the same whole second", file("other.arw", odd), false},
		{"moved to another directory in the same two seconds", file(filepath.Join("sub", "coarse.png"), coarse), true},
		{"a copy, the first is still there", file("copy.png", fine.Add(time.Second)), false},
		{"Windows: no inode at all", watcher.File{Path: filepath.Join(dir, "windows.png"), Size: 1000, ModTime: fine}, true},
	} {
		known, err := e.isKnown(t.Context(), f, c.file)
		if err != nil || known != c.want {
			t.Errorf("%s: known %v, %v", c.what, known, err)
		}
	}
	if was := seenOf(file("fine.png", fine)).File; was != (job.Fingerprint{Size: 1000, ModTime: fine}) {
		t.Errorf("an inode that does not last is remembered: %+v", was)
	}
}
