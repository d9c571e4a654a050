package engine_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

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
	h.await("its link on the clipboard", func() bool {
		written := h.clipboard.written()
		return len(written) > 0 && strings.HasPrefix(written[len(written)-1], h.host.URL)
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
