package engine_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// What was read in part before somebody wrote it anew is on the host for a
// moment, and is taken back.
func TestAFileWrittenOverWhileItIsSentIsTakenAgain(t *testing.T) {
	for _, versions := range []bool{false, true} {
		h := newHouse(t, chevtest.Config{}).start()
		h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 10})
		dir := h.folder("shots")
		h.addFolder(uploader.Folder{Path: dir, Versions: versions})
		path := filepath.Join(dir, "a.png")
		const size = 12 << 20 // more than the buffers on the way hold
		if err := os.WriteFile(path, padded(1, size), 0o600); err != nil {
			t.Fatal(err)
		}
		soon(t, "on its way", func() bool { return h.host.Stats().Stalled == 1 })
		after := padded(2, size)
		if err := os.WriteFile(path, after, 0o600); err != nil {
			t.Fatal(err)
		}
		h.host.Heal()
		h.await("all have ended", func() bool {
			page, err := h.Jobs(t.Context(), uploader.JobsRequest{N: 10})
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Jobs) > 0 && !slices.ContainsFunc(page.Jobs, func(j job.Job) bool { return j.State.Open() })
		})
		soon(t, "the file is told as sent", func() bool { return h.filesOf(dir)["a.png"].State == uploader.FileSent })
		if err := h.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, err := h.Jobs(t.Context(), uploader.JobsRequest{N: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range page.Jobs {
			if j.State != job.Done {
				t.Errorf("versions %v: %+v", versions, j)
			}
		}
		if first := page.Jobs[len(page.Jobs)-1]; first.Changes == 0 {
			t.Errorf("versions %v: nobody noticed that it has changed: %+v", versions, first)
		}
		stored := h.host.Stored()
		if len(stored) != 1 {
			t.Fatalf("versions %v: the host has %d files", versions, len(stored))
		}
		if content, err := h.host.Content(stored[0].ID); err != nil || !bytes.Equal(content, after) {
			t.Errorf("versions %v: the host has something else: %v", versions, err)
		}
		h.stop()
	}
}
