package engine_test

import (
	"context"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAnInterruptedUploadGoesOnAfterARestart(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100})
	path := filepath.Join(h.dir, "files", "large.png")
	if err := os.WriteFile(path, largePicture(), 0o600); err != nil { // more than the sockets' buffers hold
		t.Fatal(err)
	}
	o := order(path)
	h.submit(o)
	h.until(o.Batch, "sending", all(job.Sending))
	h.stalled()
	h.stop()
	h.host.Heal()
	h.start()
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if j.Outcome != job.Uploaded {
		t.Errorf("job ended as %s", j.Outcome)
	}
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want 1", n)
	}
}

// stalled waits until the host holds a request back.
func (h *house) stalled() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	if err := h.host.Await(ctx, func(s chevtest.Stats) bool { return s.Stalled == 1 }); err != nil {
		h.t.Fatal(err)
	}
}

// largePicture is a PNG of noise, about 12 MB.
func largePicture() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 2000, 1500))
	seed := uint64(1)
	for i := range img.Pix {
		seed = seed*6364136223846793005 + 1442695040888963407
		img.Pix[i] = byte(seed >> 56)
	}
	var b strings.Builder
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		panic(err)
	}
	return []byte(b.String())
}

func TestCancelStopsAFileOnItsWayAtOnce(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100})
	o := order(h.file("a.png", 1))
	r := h.submit(o)
	h.until(o.Batch, "sending", all(job.Sending))
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbCancel, IDs: []job.ID{r.Entries[0].Job}}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "canceled", all(job.Canceled))
	h.host.Heal()
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, IDs: []job.ID{r.Entries[0].Job}}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done after retry", all(job.Done))
}

func TestSteeringWhatIsNotThereOrDoesNotApplyIsAnError(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, IDs: []job.ID{99}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown job: %v", err)
	}
	o := order(h.file("a.png", 1))
	r := h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, IDs: []job.ID{r.Entries[0].Job}}); !errors.Is(err, job.ErrTransition) {
		t.Errorf("hold of a done job: %v", err)
	}
}

func TestAServingCommandWorksOnItsOwnBatchesOnly(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	old := order(h.file("old.png", 1))
	h.submit(old)
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{Account: "nobody"}); !errors.Is(err, uploader.ErrNoAccount) {
		t.Errorf("resume of an unknown account: %v", err)
	}
	h.stop()
	h.role = uploader.RoleCommand
	h.start()
	h.resumeAll()
	mine := order(h.file("mine.png", 2))
	h.submit(mine)
	h.until(mine.Batch, "done", all(job.Done))
	h.until(old.Batch, "still queued", all(job.Queued))
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRun}); err != nil {
		t.Fatal(err)
	}
	h.until(old.Batch, "done after queue run", all(job.Done))
}

func TestDrainLetsFilesOnTheWayEndAndTakesNoMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Workers = 1
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, For: 300 * time.Millisecond})
	o := order(h.file("a.png", 1), h.file("b.png", 2))
	h.submit(o)
	h.until(o.Batch, "the first on its way", func(jobs []job.Job) bool { return jobs[0].State == job.Sending })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "one done, one left", func(jobs []job.Job) bool { return jobs[0].State == job.Done && jobs[1].State == job.Queued })
}
