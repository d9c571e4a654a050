package engine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

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
