package engine_test

import (
	"errors"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func (h *house) undo(id job.ID) (uploader.Undone, error) {
	h.t.Helper()
	return h.Undo(h.t.Context(), uploader.UndoRequest{ID: id})
}

func (h *house) offer() *uploader.UndoOffer {
	h.t.Helper()
	s, err := h.Snapshot(h.t.Context(), uploader.None{})
	if err != nil {
		h.t.Fatal(err)
	}
	return s.Undo
}

// copied submits a file and waits until its link is on the clipboard.
func (h *house) copied(name string, n int) job.Job {
	h.t.Helper()
	o := order(h.file(name, n))
	o.Copy = true
	r := h.submit(o)
	j := h.until(r.Batch, "done", all(job.Done))[0]
	h.await("an offer to undo", func() bool {
		o := h.offer()
		return o != nil && o.IDs[0] == j.ID
	})
	return j
}

func TestUndoDeletesOnTheHostAndPutsTheClipboardBack(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if err := h.clipboard.SetText(t.Context(), "what was there before"); err != nil {
		t.Fatal(err)
	}
	j := h.copied("a.png", 1)
	done, err := h.undo(0)
	if err != nil || len(done.IDs) != 1 || done.IDs[0] != j.ID || !done.Restored {
		t.Fatalf("undone is %+v, %v", done, err)
	}
	if n := len(h.host.Stored()); n != 0 {
		t.Errorf("the host has %d files", n)
	}
	if text, _ := h.clipboard.Text(t.Context()); text != "what was there before" {
		t.Errorf("on the clipboard is %q", text)
	}
	if h.offer() != nil {
		t.Error("it is offered again")
	}
	if _, err := h.undo(0); !errors.Is(err, uploader.ErrNothing) {
		t.Errorf("a second time gives %v", err)
	}
}

func TestUndoLeavesAClipboardAloneThatHasSomethingElseOnIt(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if err := h.clipboard.SetText(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}
	h.copied("a.png", 1)
	if err := h.clipboard.SetText(t.Context(), "copied meanwhile"); err != nil {
		t.Fatal(err)
	}
	done, err := h.undo(0)
	if err != nil || done.Restored || len(h.host.Stored()) != 0 {
		t.Errorf("undone is %+v, %v", done, err)
	}
	if text, _ := h.clipboard.Text(t.Context()); text != "copied meanwhile" {
		t.Errorf("on the clipboard is %q", text)
	}
}

func TestUndoNeverKeepsASecret(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if err := h.clipboard.SetText(t.Context(), "a password"); err != nil {
		t.Fatal(err)
	}
	h.clipboard.mu.Lock()
	h.clipboard.secret = true
	h.clipboard.mu.Unlock()
	h.copied("a.png", 1)
	if done, err := h.undo(0); err != nil || done.Restored {
		t.Errorf("undone is %+v, %v", done, err)
	}
}

func TestUndoOfAKnownFileLeavesTheEarlierUpload(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.copied("a.png", 1)
	second := h.copied("same.png", 1)
	if second.Outcome != job.Known {
		t.Fatalf("second is %s", second.Outcome)
	}
	if done, err := h.undo(second.ID); err != nil || len(done.IDs) != 0 {
		t.Errorf("undone is %+v, %v; want the clipboard's part only", done, err)
	}
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("the host has %d files, want the first", n)
	}
}

func TestUndoFromHistoryDeletesThatUpload(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	first := h.copied("a.png", 1)
	h.copied("b.png", 2)
	if done, err := h.undo(first.ID); err != nil || len(done.IDs) != 1 || done.Restored {
		t.Errorf("undone is %+v, %v", done, err)
	}
	if stored := h.host.Stored(); len(stored) != 1 || stored[0].ID == first.Image.ID {
		t.Errorf("the host has %+v", stored)
	}
	if _, err := h.undo(4711); err == nil {
		t.Error("an upload that never was is undone")
	}
}
