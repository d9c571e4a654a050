package engine_test

import (
	"strings"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestLinksThatComeAfterTheirBatchWasToldAreToldOfTogether(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	o := order(h.file("a.png", 1), h.file("b.png", 2), h.file("c.png", 3), h.file("d.png", 4))
	r := h.submit(o)
	later := []job.ID{r.Entries[1].Job, r.Entries[2].Job, r.Entries[3].Job}
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, IDs: later}); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	h.await("the first link told", func() bool { return len(h.notifier.shown()) == 1 })
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRelease, IDs: later}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
	h.await("the others told", func() bool { return len(h.notifier.shown()) > 1 })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	notes := h.notifier.shown()
	if len(notes) != 2 || !strings.Contains(notes[1].title+notes[1].body, "3") {
		t.Errorf("told %+v", notes)
	}
	if len(h.clipboard.written()) != 1 {
		t.Errorf("links that came later went to the clipboard: %q", h.clipboard.written())
	}
}

func TestManySmallFilesAreToldOfOnce(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Off: true}}})
	h.store.s.Workers = 8
	h.start()
	var paths []string
	for n := range 60 {
		paths = append(paths, h.file(string(rune('a'+n/10))+string(rune('0'+n%10))+".png", n+1))
	}
	o := order(paths...)
	h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if notes := h.notifier.shown(); len(notes) != 1 || strings.Count(h.clipboard.written()[0], "\n") != len(paths)-1 {
		t.Errorf("told %d times, %d texts on the clipboard", len(notes), len(h.clipboard.written()))
	}
}
