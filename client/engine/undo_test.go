package engine_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
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

func TestAKnownFloodLimitIsKeptFromTheNextStartOn(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Hour: 4}}})
	h.start()
	var paths []string
	for i := range 6 {
		paths = append(paths, h.file(string(rune('a'+i))+".png", i))
	}
	o := order(paths...)
	o.Jobs = 1 // a host that is asked for several at once lets more through
	r := h.submit(o)
	h.await("a throttled account", func() bool {
		_, ok := h.gates()[job.GateThrottled]
		return ok && len(h.host.Stored()) == 4
	})
	h.await("a learned limit of 4 an hour", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Accounts[0].Limits) == 1 && s.Accounts[0].Limits[0].Uploads == 4 && s.Accounts[0].Limits[0].Period == time.Hour
	})
	refused := h.host.Stats().Requests
	h.stop()
	h.start()
	h.await("a throttled account again", func() bool { return h.gates()[job.GateThrottled].Failure != nil })
	if g := h.gates()[job.GateThrottled]; g.Failure.Code != job.CodePaced || g.Until.IsZero() {
		t.Errorf("gate is %+v", g)
	}
	if n := h.host.Stats().Requests; n != refused {
		t.Errorf("the host was asked %d times more", n-refused)
	}
	h.until(r.Batch, "two queued", func(jobs []job.Job) bool {
		n := 0
		for _, j := range jobs {
			if j.State == job.Queued {
				n++
			}
		}
		return n == 2
	})
}

func TestABatchMayHaveANumberOfItsOwnAtOnce(t *testing.T) {
	for _, atOnce := range []int{1, 6} {
		h := newHouse(t, chevtest.Config{})
		h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Times: -1})
		h.start()
		var paths []string
		for i := range 8 {
			paths = append(paths, h.file(string(rune('a'+i))+".png", i))
		}
		o := order(paths...)
		o.Jobs = atOnce
		h.submit(o)
		if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled == atOnce }); err != nil {
			t.Fatal(err)
		}
		s, err := h.Snapshot(t.Context(), uploader.None{})
		if err != nil || len(s.Sending) != atOnce {
			t.Errorf("%d are on their way, want %d (%v)", len(s.Sending), atOnce, err)
		}
		h.host.Heal()
		h.stop()
	}
}

func TestNothingIsSentOverANetworkPaidByVolume(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.PauseMetered = true
	network := &memNetwork{changed: make(chan [2]bool)}
	h.change = func(c *engine.Config) { c.Network = network }
	h.start()
	network.changed <- [2]bool{true, true}
	h.await("the network's cost in the snapshot", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && s.Metered
	})
	r := h.submit(order(h.file("a.png", 1)))
	network.changed <- [2]bool{true, true} // the dispatcher has looked in between
	if jobs := h.until(r.Batch, "queued", all(job.Queued)); jobs[0].Attempts != 0 || len(h.host.Stored()) != 0 {
		t.Errorf("it was sent all the same: %+v", jobs[0])
	}
	network.changed <- [2]bool{true, false}
	h.until(r.Batch, "done", all(job.Done))
}

func TestAnUnreachableHostIsAskedAtOnceWhenTheNetworkReturns(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	network := &memNetwork{changed: make(chan [2]bool)}
	h.change = func(c *engine.Config) { c.Network = network }
	h.start()
	network.changed <- [2]bool{false, false}
	h.host.Close()
	h.submit(order(h.file("a.png", 1)))
	h.await("an offline gate", func() bool { return !h.gates()[job.GateOffline].Until.IsZero() })
	// Asked again and again, the pause has grown: the network's word shortens it.
	h.await("a pause of some seconds", func() bool {
		g := h.gates()[job.GateOffline]
		return g.Failure != nil && untilLong(g)
	})
	before := h.gates()[job.GateOffline].Until
	network.changed <- [2]bool{true, false}
	h.await("another look before its time", func() bool {
		g := h.gates()[job.GateOffline]
		return g.Failure != nil && g.Until.Before(before)
	})
}

func TestADuplicateCanBeSentAgainWithAMark(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	path := h.file("a.png", 1)
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	r := h.submit(order(path))
	h.until(r.Batch, "waiting for another try", func(jobs []job.Job) bool { return jobs[0].State == job.Waiting || jobs[0].State == job.Done })
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, IDs: []job.ID{r.Entries[0].Job}}); err != nil {
		t.Log(err) // its time had come already
	}
	j := h.until(r.Batch, "done", all(job.Done))[0]
	if j.Outcome != job.Duplicate {
		t.Fatalf("after a lost answer it is %s", j.Outcome)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbMark, IDs: []job.ID{j.ID}})
	if err != nil || len(s.IDs) != 1 {
		t.Fatalf("marked: %+v, %v", s, err)
	}
	h.await("the marked copy's link", func() bool {
		page, err := h.Jobs(t.Context(), uploader.JobsRequest{IDs: s.IDs})
		return err == nil && len(page.Jobs) == 1 && page.Jobs[0].Outcome == job.Uploaded && page.Jobs[0].Text() != ""
	})
	if n := len(h.host.Stored()); n != 2 {
		t.Errorf("the host has %d files", n)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the person's own file is another one now (%v)", err)
	}
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbMark, IDs: s.IDs}); !errors.Is(err, job.ErrTransition) {
		t.Errorf("an upload with a link can be marked: %v", err)
	}
}

func TestTheLimitOfABatchHoldsItBack(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	path := filepath.Join(h.dir, "files", "big.png")
	data := append(bigPicture(t), make([]byte, 100<<10)...)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	o := order(path)
	o.Limit = 64 << 10
	h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	// All but the first 32 KB go at 64 KB a second.
	if took := time.Since(began); took < time.Second {
		t.Errorf("%d bytes took %s", len(data), took)
	}
}
