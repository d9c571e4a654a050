package engine_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// preview is the preview of a job.
func (h *house) preview(id job.ID) []byte {
	h.t.Helper()
	got, err := h.Thumb(h.t.Context(), uploader.JobRequest{ID: id})
	if err != nil {
		h.t.Fatal(err)
	}
	return got.JPEG
}

// previews are the names of those that are kept.
func (h *house) previews() []string {
	h.t.Helper()
	found, err := os.ReadDir(filepath.Join(h.dir, "thumbs"))
	if err != nil {
		h.t.Fatal(err)
	}
	var names []string
	for _, one := range found {
		names = append(names, one.Name())
	}
	return names
}

func TestAPreviewGoesWithItsUpload(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1), h.file("b.png", 2))
	h.submit(o)
	jobs := h.until(o.Batch, "done", all(job.Done))
	first, second := h.preview(jobs[0].ID), h.preview(jobs[1].ID)
	if bytes.Equal(first, second) || len(h.previews()) != 2 {
		t.Fatalf("two pictures have previews %v", h.previews())
	}
	if err := os.WriteFile(filepath.Join(h.dir, "thumbs", "somebody's.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRemove, IDs: []job.ID{jobs[0].ID}}); err != nil {
		t.Fatal(err)
	}
	h.soon("one preview is left, and what is none", func() bool { return len(h.previews()) == 2 })
	if again := h.preview(jobs[1].ID); !bytes.Equal(again, second) {
		t.Error("the other's preview is another one now")
	}
	if _, err := h.Thumb(t.Context(), uploader.JobRequest{ID: jobs[0].ID}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the preview of what was removed: %v", err)
	}
}

func TestAPreviewIsOfTheFileAndNotOfItsNumber(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	upload := func(name string, n int) []byte {
		o := order(h.file(name, n))
		h.submit(o)
		j := h.until(o.Batch, "done", all(job.Done))[0]
		if j.ID != 1 {
			t.Fatalf("its number is %d", j.ID)
		}
		return h.preview(j.ID)
	}
	first := upload("a.png", 1)
	h.stop()
	for _, name := range []string{"queue.db", "queue.db-wal", "queue.db-shm"} { // the list begins anew
		if err := os.Remove(filepath.Join(h.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	h.start()
	if bytes.Equal(first, upload("b.png", 77777)) {
		t.Error("another picture is shown with the preview of the first that had its number")
	}
}

// soon looks until cond holds at what the engine makes no revision for.
func (h *house) soon(what string, cond func() bool) {
	h.t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("%s: did not happen", what)
		}
	}
}
