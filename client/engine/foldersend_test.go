package engine_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

func TestAFileIsSentOnceUnlessEachVersionIsWanted(t *testing.T) {
	for _, versions := range []bool{false, true} {
		h := newHouse(t, chevtest.Config{}).start()
		dir := h.folder("shots")
		h.addFolder(uploader.Folder{Path: dir, Versions: versions})
		h.save(filepath.Join(dir, "a.png"), 1)
		h.done("a.png")
		h.save(filepath.Join(dir, "a.png"), 2) // written over, in place
		h.save(filepath.Join(dir, "b.png"), 3)
		if versions {
			h.done("a.png", "a.png", "b.png")
		} else {
			h.done("a.png", "b.png")
		}
		h.stop()
	}
}

func TestAFileThatTakesTheNameOfOneThatIsGoneIsSent(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	path := filepath.Join(dir, "scan.png")
	h.save(path, 1)
	h.done("scan.png")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	h.save(path, 2)
	h.done("scan.png", "scan.png")
}

func TestAFileThatIsMovedOrRenamedIsNotSentAgain(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.save(filepath.Join(dir, "old.png"), 9) // lies there already
	h.addFolder(uploader.Folder{Path: dir, Recursive: true})
	h.save(filepath.Join(dir, "a.png"), 1)
	h.done("a.png")
	for from, to := range map[string]string{"a.png": "renamed.png", "old.png": "older.png"} {
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	h.save(filepath.Join(dir, "b.png"), 2)
	h.done("a.png", "b.png")
	h.stop()
	h.start() // and not at the next start either
	h.save(filepath.Join(dir, "c.png"), 3)
	h.await("the third on the host", func() bool { return len(h.host.Stored()) > 2 })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Stored()); n != 3 {
		t.Errorf("the host has %d files of 3", n)
	}
}

func TestAFilterThatIsLoosenedMakesNoOldFileNew(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.save(filepath.Join(dir, "old.png"), 1)
	h.addFolder(uploader.Folder{Path: dir, Include: []string{"*.jpg"}})
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "new.png"), 2)
	h.done("new.png")
}

func TestAFoldersTitleIsFilledIn(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("Holiday")
	h.addFolder(uploader.Folder{Path: dir, Title: "{folder}: {name}"})
	h.save(filepath.Join(dir, "beach.png"), 1)
	if j := h.done("beach.png")[0]; j.Params.Title != "Holiday: beach" || j.Image.Title != "Holiday: beach" {
		t.Errorf("title is %q, on the host %q", j.Params.Title, j.Image.Title)
	}
}

func TestAPreviewTellsWhatWouldGo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	for i, name := range []string{"a.png", "b.png", "notes.txt"} {
		h.save(filepath.Join(dir, name), i)
	}
	p, err := h.Preview(t.Context(), uploader.Folder{Path: dir, Exclude: []string{"b.*"}})
	if err != nil || p.Files != 1 || p.Newest != filepath.Join(dir, "a.png") || len(p.Sample) != 1 || p.Bytes == 0 {
		t.Errorf("preview is %+v, %v", p, err)
	}
	if _, total, err := h.queue.Jobs(t.Context(), queue.Filter{}); err != nil || total != 0 {
		t.Errorf("%d jobs after a preview (%v)", total, err)
	}
}

func TestAnIncompleteFileIsSentWhenThePersonSaysSo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	path := filepath.Join(dir, "cut.png")
	whole := bigPicture(t)
	if err := os.WriteFile(path, whole[:len(whole)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	h.await("the file is shown as incomplete", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Folders) == 1 && len(s.Folders[0].Pending) == 1 && s.Folders[0].Pending[0].State == uploader.FileIncomplete
	})
	if _, err := h.GiveFile(t.Context(), uploader.FileRequest{Folder: dir, Path: filepath.Join(dir, "no.png")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := h.GiveFile(t.Context(), uploader.FileRequest{Folder: dir, Path: path}); err != nil {
		t.Fatal(err)
	}
	h.await("a job for it", func() bool {
		jobs, _, err := h.queue.Jobs(t.Context(), queue.Filter{N: -1})
		return err == nil && len(jobs) == 1 && jobs[0].Name == "cut.png" && !jobs[0].State.Open()
	})
}

func TestAFileWithAnotherContentButTheOldTimesIsSentWhereEachVersionIsWanted(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir, Versions: true})
	path := filepath.Join(dir, "a.png")
	h.save(path, 1)
	h.done("a.png")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	data := picture(2)
	if int64(len(data)) != info.Size() {
		t.Fatalf("the pictures have %d and %d bytes", len(data), info.Size())
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
	jobs := h.done("a.png", "a.png")
	if jobs[0].SHA256 == jobs[1].SHA256 {
		t.Error("the same bytes were sent twice")
	}
}

func TestTwoFilesThatChangePlacesAreNotSentAgain(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir, Versions: true})
	a, b, aside := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png"), filepath.Join(h.dir, "aside")
	h.save(a, 1)
	h.save(b, 2)
	h.done("a.png", "b.png")
	for _, move := range [][2]string{{a, aside}, {b, a}, {aside, b}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
	h.save(filepath.Join(dir, "c.png"), 3)
	h.await("the third on the host", func() bool { return len(h.host.Stored()) > 2 })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Stored()); n != 3 {
		t.Errorf("the host has %d files of 3", n)
	}
}
