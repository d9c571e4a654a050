package uploader

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"images-uploader.com/upshot/client/job"
)

// eachPage is how many jobs EachEnded asks for at a time.
const eachPage = 500

// Pages reads jobs; every History does.
type Pages interface {
	Jobs(ctx context.Context, r JobsRequest) (JobsPage, error)
}

// eachTimes is how often EachEnded begins anew at most.
const eachTimes = 5

// EachEnded goes through all ended jobs that r selects, those that ended first
// before others, a page at a time. Each comes once, and none is left out: what
// ends meanwhile comes at the end, also when the clock is set back meanwhile.
// Where r begins, how many it asks for and in which order is not looked at. An
// error is the last that comes.
func EachEnded(ctx context.Context, h Pages, r JobsRequest) iter.Seq2[job.Job, error] {
	r.From, r.N, r.ByEnded, r.Oldest, r.InOrder = 0, eachPage, true, true, false
	return func(yield func(job.Job, error) bool) {
		e := each{came: map[job.ID]bool{}, yield: yield}
		// When there are more in the end than have come, some have ended before
		// what had come already: they come now.
		for more, times := true, 0; more && times < eachTimes; times++ {
			more = e.through(ctx, h, r)
		}
	}
}

// each is EachEnded under way.
type each struct {
	came  map[job.ID]bool
	yield func(job.Job, error) bool
}

// through goes through all that has not come yet, and reports whether there
// may be others.
func (e *each) through(ctx context.Context, h Pages, r JobsRequest) (more bool) {
	r.Behind = job.End{}
	for {
		page, err := h.Jobs(ctx, r)
		if err != nil {
			e.yield(job.Job{}, err)
			return false
		}
		// A page that is not full need not be the last: jobs may be removed
		// while it is made.
		if len(page.Jobs) == 0 {
			return page.Total > len(e.came)
		}
		for _, j := range page.Jobs {
			if !r.Behind.IsZero() && !r.Behind.Before(j.End()) {
				e.yield(job.Job{}, fmt.Errorf("list history by when it ended: %w", errors.ErrUnsupported)) // an older engine
				return false
			}
			r.Behind = j.End()
			if e.came[j.ID] {
				continue
			}
			e.came[j.ID] = true
			if !e.yield(j, nil) {
				return false
			}
		}
	}
}
