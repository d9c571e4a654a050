package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAnEngineThatRestsLetsFilesEndAndGoesOnWhenWoken(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Workers = 1
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, For: 300 * time.Millisecond})
	o := order(h.file("a.png", 1), h.file("b.png", 2))
	h.submit(o)
	h.until(o.Batch, "the first on its way", func(jobs []job.Job) bool { return jobs[0].State == job.Sending })
	wake := h.Rest(t.Context())
	h.until(o.Batch, "one done, one left", func(jobs []job.Job) bool { return jobs[0].State == job.Done && jobs[1].State == job.Queued })
	again := order(h.file("c.png", 3))
	h.submit(again) // takes no effect before the end
	h.until(again.Batch, "queued", all(job.Queued))
	wake()
	wake()
	h.until(o.Batch, "both done", all(job.Done))
	h.until(again.Batch, "what came meanwhile done", all(job.Done))
}

func TestABodyThatIsTooLongForTheRestIsBrokenOffAndSentLater(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100})
	path := filepath.Join(h.dir, "files", "large.png")
	if err := os.WriteFile(path, largePicture(), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order(path)
	h.submit(o)
	h.until(o.Batch, "sending", all(job.Sending))
	h.stalled()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wake := h.Rest(ctx)
	if j := h.until(o.Batch, "queued", all(job.Queued))[0]; j.MaybeSent || j.Attempts != 0 {
		t.Errorf("broken off as %+v", j)
	}
	h.host.Heal()
	wake()
	h.until(o.Batch, "done", all(job.Done))
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want 1", n)
	}
}

func TestADrainIsNotUndoneByWakingUp(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	wake := h.Rest(t.Context())
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	wake()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.until(o.Batch, "queued", all(job.Queued))
	if _, err := h.Snapshot(t.Context(), uploader.None{}); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Uploads()); n != 0 {
		t.Errorf("%d uploads after a drain", n)
	}
}

func TestHostsAreAskedAgainAtOnceAfterASleep(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Maintenance: true}}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate unavailable", func() bool { _, ok := h.gates()[job.GateUnavailable]; return ok })
	wake := h.Rest(t.Context())
	if err := h.host.Change(func(s *chevtest.Site) { s.Maintenance = false }); err != nil {
		t.Fatal(err)
	}
	wake()
	h.until(o.Batch, "done", all(job.Done)) // it would be asked after a minute
}
