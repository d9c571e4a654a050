package uploader_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// endless is a history in which others end with each page that is read.
type endless struct {
	jobs  []job.Job // as they ended
	asked []uploader.JobsRequest
	ended int
	more  func(h *endless)
	fail  error
}

func (h *endless) Jobs(_ context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	if h.fail != nil && len(h.asked) > 0 {
		return uploader.JobsPage{}, h.fail
	}
	h.asked = append(h.asked, r)
	var page []job.Job
	for _, j := range h.jobs {
		if (r.Behind.IsZero() || r.Behind.Before(j.End())) && len(page) < r.N {
			page = append(page, j)
		}
	}
	if h.more != nil {
		h.more(h)
	}
	return uploader.JobsPage{Jobs: page, Total: len(h.jobs)}, nil
}

// end has n more jobs end, seven at a time.
func (h *endless) end(n int) {
	for range n {
		h.jobs = append(h.jobs, job.Job{ID: job.ID(h.ended + 1), State: job.Done, Ended: time.Unix(1_800_000_000+int64(h.ended/7), 0)})
		h.ended++
	}
}

func TestEachJobThatEndedComesOnceThoughOthersEndAndGoMeanwhile(t *testing.T) {
	h := &endless{}
	h.end(1200)
	r := rand.New(rand.NewPCG(1, 1))
	removed := map[job.ID]bool{}
	h.more = func(h *endless) {
		if len(h.asked) < 4 {
			h.end(100)
			at := r.IntN(len(h.jobs))
			removed[h.jobs[at].ID] = true
			h.jobs = slices.Delete(h.jobs, at, at+1)
		}
	}
	came := map[job.ID]bool{}
	last := job.End{}
	for j, err := range uploader.EachEnded(t.Context(), h, uploader.JobsRequest{Search: "lake", From: 7, N: 3, InOrder: true, Behind: job.End{ID: 9}}) {
		if err != nil {
			t.Fatal(err)
		}
		if came[j.ID] || !last.IsZero() && !last.Before(j.End()) {
			t.Fatalf("job %d comes twice, or in a wrong place", j.ID)
		}
		came[j.ID], last = true, j.End()
	}
	for _, j := range h.jobs {
		if !came[j.ID] {
			t.Errorf("job %d is left out", j.ID)
		}
	}
	if len(removed) != 3 {
		t.Errorf("%d were removed", len(removed))
	}
	for _, asked := range h.asked {
		if asked.Search != "lake" || !asked.ByEnded || !asked.Oldest || asked.From != 0 {
			t.Errorf("asked was %+v", asked)
		}
	}
}

func TestWhatEndsAfterTheClockWasSetBackComesTooAndOnce(t *testing.T) {
	h := &endless{}
	h.end(1200)
	h.more = func(h *endless) {
		if len(h.asked) == 2 {
			h.jobs = append([]job.Job{{ID: 5000, State: job.Done, Ended: time.Unix(1_700_000_000, 0)}}, h.jobs...)
		}
	}
	came := map[job.ID]int{}
	for j, err := range uploader.EachEnded(t.Context(), h, uploader.JobsRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		came[j.ID]++
	}
	if len(came) != 1201 || came[5000] != 1 {
		t.Errorf("%d came, that one %d times", len(came), came[5000])
	}
	for id, n := range came {
		if n != 1 {
			t.Errorf("job %d came %d times", id, n)
		}
	}
}

func TestATotalThatIsNeverReachedIsNotAskedForForEver(t *testing.T) {
	h := boastful{&endless{}}
	h.end(3)
	n := 0
	for _, err := range uploader.EachEnded(t.Context(), h, uploader.JobsRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 || len(h.asked) > 20 {
		t.Errorf("%d came, asked %d times", n, len(h.asked))
	}
}

// boastful says that it has more than it gives.
type boastful struct{ *endless }

func (h boastful) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	page, err := h.endless.Jobs(ctx, r)
	page.Total++
	return page, err
}

func TestEachEndedStopsWhereItIsTo(t *testing.T) {
	h := &endless{fail: errors.New("it broke")}
	h.end(600)
	n := 0
	var last error
	for _, err := range uploader.EachEnded(t.Context(), h, uploader.JobsRequest{}) {
		if n++; err != nil {
			last = err
		}
	}
	if n != 501 || !errors.Is(last, h.fail) {
		t.Errorf("after a failure %d came, then %v", n, last)
	}
	h.fail = nil
	for range uploader.EachEnded(t.Context(), h, uploader.JobsRequest{}) {
		break
	}
	if len(h.asked) != 2 {
		t.Errorf("asked %d times", len(h.asked))
	}
}

// old is an engine that knows nothing of Behind.
type old struct{ *endless }

func (h old) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	r.Behind = job.End{}
	return h.endless.Jobs(ctx, r)
}

func TestAnEngineThatCannotGoOnIsNotAskedForEver(t *testing.T) {
	h := old{&endless{}}
	h.end(3)
	var last error
	n := 0
	for _, err := range uploader.EachEnded(t.Context(), h, uploader.JobsRequest{}) {
		n, last = n+1, err
	}
	if n != 4 || !errors.Is(last, errors.ErrUnsupported) {
		t.Errorf("%d came, then %v", n, last)
	}
}
