package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// folder is an empty directory to watch.
func (h *house) folder(name string) string {
	h.t.Helper()
	dir := filepath.Join(h.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		h.t.Fatal(err)
	}
	return dir
}

func (h *house) save(path string, n int) {
	h.t.Helper()
	if err := os.WriteFile(path, picture(n), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) addFolder(f uploader.Folder) {
	h.t.Helper()
	if _, err := h.AddFolder(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
}

// done waits until the names of all done jobs are these, sorted.
func (h *house) done(names ...string) []job.Job {
	h.t.Helper()
	var jobs []job.Job
	h.await("done: "+names[0]+"...", func() bool {
		var err error
		jobs, _, err = h.queue.Jobs(h.t.Context(), queue.Filter{N: -1, Oldest: true})
		if err != nil {
			h.t.Fatal(err)
		}
		var got []string
		for _, j := range jobs {
			if j.State == job.Done {
				got = append(got, j.Name)
			}
		}
		slices.Sort(got)
		return slices.Equal(got, names) && len(jobs) == len(names)
	})
	return jobs
}

func TestAFileSavedInAWatchedFolderEndsAsALinkOnTheClipboard(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "shot.png"), 1)
	j := h.done("shot.png")[0]
	h.await("clipboard", func() bool { return slices.Equal(h.clipboard.written(), []string{j.Image.URL}) })
	if j.Via != job.ViaFolder || j.Folder != dir {
		t.Errorf("job is %+v", j)
	}
}

func TestFilesThatLieThereWhenAFolderIsAddedAreSkippedUnlessAskedFor(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	skip, upload := h.folder("skip"), h.folder("upload")
	h.save(filepath.Join(skip, "old.png"), 1)
	h.save(filepath.Join(upload, "wanted.png"), 2)
	h.addFolder(uploader.Folder{Path: skip})
	h.addFolder(uploader.Folder{Path: upload, Existing: uploader.ExistingUpload})
	h.save(filepath.Join(skip, "new.png"), 3)
	h.done("new.png", "wanted.png")
}

func TestAFileSavedWhileTheAgentWasDownIsFound(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "1.png"), 1)
	h.done("1.png")
	h.stop()
	h.save(filepath.Join(dir, "2.png"), 2)
	h.start()
	h.done("1.png", "2.png")
	if n := len(h.host.Stored()); n != 2 {
		t.Errorf("host has %d files, want 2", n)
	}
}

func TestAPausedFolderIsNotLookedAt(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir, Paused: true}); err != nil {
		t.Fatal(err)
	}
	h.save(filepath.Join(dir, "1.png"), 1)
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(s.Folders) != 1 || s.Folders[0].State != uploader.FolderPaused {
		t.Fatalf("folders: %+v, %v", s.Folders, err)
	}
	if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir}); err != nil {
		t.Fatal(err)
	}
	h.done("1.png")
}

func TestARemovedFolderIsWatchedNoMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	if _, err := h.RemoveFolder(t.Context(), uploader.FolderRequest{Path: dir}); err != nil {
		t.Fatal(err)
	}
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(s.Folders) != 0 {
		t.Errorf("folders: %+v, %v", s.Folders, err)
	}
}

func TestAnUploadedFileIsMovedOnlyWhenTheHostSurelyHasIt(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir, Recursive: true, After: "move=sent"})
	sent := filepath.Join(dir, "sent")
	if err := os.Mkdir(sent, 0o700); err != nil {
		t.Fatal(err)
	}
	h.save(filepath.Join(sent, "1.png"), 99) // a name that is taken
	h.save(filepath.Join(dir, "1.png"), 1)
	h.done("1.png")
	h.await("moved", func() bool { _, err := os.Stat(filepath.Join(sent, "1 (1).png")); return err == nil })
	if data, err := os.ReadFile(filepath.Join(sent, "1.png")); err != nil || string(data) != string(picture(99)) {
		t.Errorf("the file of that name was overwritten: %v", err)
	}
	if err := h.host.Change(func(s *chevtest.Site) { s.Moderated = true }); err != nil {
		t.Fatal(err)
	}
	h.save(filepath.Join(dir, "2.png"), 2)
	h.done("1.png", "2.png")
	if _, err := os.Stat(filepath.Join(dir, "2.png")); err != nil {
		t.Errorf("a file that waits for a moderator was moved: %v", err)
	}
}

func TestALentFolderIsWatchedAsLongAsItIsLent(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.role = uploader.RoleCommand
	h.start()
	dir := h.folder("shots")
	h.save(filepath.Join(dir, "old.png"), 1)
	ctx, cancel := context.WithCancel(t.Context())
	lent := make(chan error, 1)
	lend := func(ctx context.Context) {
		_, err := h.Lend(ctx, uploader.Lent{ID: "run", Folder: uploader.Folder{Path: dir}})
		lent <- err
	}
	go lend(ctx)
	h.await("lent", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Folders) == 1 && s.Folders[0].State == uploader.FolderWatching && !s.Folders[0].Starting
	})
	h.save(filepath.Join(dir, "1.png"), 2)
	h.done("1.png")
	h.stop() // the engine goes: the lender is told
	if err := <-lent; err == nil {
		t.Error("the lender was not told that the engine has gone")
	}
	cancel()
	h.save(filepath.Join(dir, "2.png"), 3)
	h.start()
	ctx, cancel = context.WithCancel(t.Context())
	go lend(ctx)
	h.done("1.png", "2.png") // lent again under the same id: what came meanwhile is found
	cancel()
	<-lent
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(s.Folders) != 0 {
		t.Errorf("folders: %+v, %v", s.Folders, err)
	}
}

func TestAFolderThatIsNoneIsRefused(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	for name, f := range map[string]uploader.Folder{
		"not there":       {Path: filepath.Join(h.dir, "nothing")},
		"a file":          {Path: h.file("a.png", 1)},
		"a relative path": {Path: "shots"},
		"a bad existing":  {Path: h.dir, Existing: "maybe"},
		"a bad after":     {Path: h.dir, After: "burn"},
	} {
		if _, err := h.AddFolder(t.Context(), f); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
