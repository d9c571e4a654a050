package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestPagesByStateHoldAsManyJobsAsTheSnapshotCounts(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 10, Times: -1})
	var o uploader.Order
	for i := range 20 {
		path := h.file(fmt.Sprintf("%d.png", i), i)
		o.Items = append(o.Items, uploader.Item{Path: path, Input: path})
	}
	h.submit(o)
	var s uploader.Snapshot
	h.await("four to be on their way", func() bool {
		s, _ = h.Snapshot(t.Context(), uploader.None{})
		return s.Counts[job.Sending] == 4 && s.Counts[job.Queued] == 16
	})
	page := func(from, n int, states ...job.State) []job.ID {
		got, err := h.Jobs(t.Context(), uploader.JobsRequest{States: states, From: from, N: n, InOrder: true})
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, state := range states {
			total += s.Counts[state]
		}
		if got.Total != total {
			t.Errorf("%v from %d: %d in all, want %d", states, from, got.Total, total)
		}
		var ids []job.ID
		for _, j := range got.Jobs {
			if !slices.Contains(states, j.State) {
				t.Errorf("a job that is %s is among those that are %v", j.State, states)
			}
			ids = append(ids, j.ID)
		}
		return ids
	}
	all := append(page(0, 4, job.Sending), page(0, 6, job.Queued, job.Waiting, job.Held)...)
	all = append(all, page(6, 6, job.Queued, job.Waiting, job.Held)...)
	all = append(all, page(12, 6, job.Queued, job.Waiting, job.Held)...)
	if len(all) != 20 || !slices.IsSorted(all) {
		t.Errorf("page by page there are %v", all)
	}
	h.host.Heal()
}

// shown remembers the files that it is asked to show.
type shown struct{ files []string }

func (*shown) OpenURL(context.Context, string) error { return nil }

func (s *shown) ShowFile(_ context.Context, path string) error {
	s.files = append(s.files, path)
	return nil
}

func TestAFileIsShownInTheFileManagerUnlessItIsNoFileOfThePersons(t *testing.T) {
	var opener shown
	h := newHouse(t, chevtest.Config{})
	h.change = func(c *engine.Config) { c.Opener = &opener }
	h.start()
	path := h.file("a.png", 1)
	r := h.submit(uploader.Order{Items: []uploader.Item{{Path: path, Input: path}}})
	if _, err := h.ShowFile(t.Context(), uploader.JobRequest{ID: r.Entries[0].Job}); err != nil {
		t.Fatal(err)
	}
	if got := opener.files; !slices.Equal(got, []string{path}) {
		t.Errorf("shown are %q", got)
	}
	c, err := h.Capture(t.Context(), uploader.CaptureOrder{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ShowFile(t.Context(), uploader.JobRequest{ID: c.Entries[0].Job}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a capture in the spool: %v", err)
	}
}
