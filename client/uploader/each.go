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

// EachEnded goes through all ended jobs that r selects, those that ended first
// before others, a page at a time. Each comes once, and none is left out: what
// ends meanwhile comes at the end. Where r begins, how many it asks for and in
// which order is not looked at. An error is the last that comes.
func EachEnded(ctx context.Context, h Pages, r JobsRequest) iter.Seq2[job.Job, error] {
	r.From, r.N, r.ByEnded, r.Oldest, r.InOrder, r.Behind = 0, eachPage, true, true, false, job.End{}
	return func(yield func(job.Job, error) bool) {
		r := r
		for {
			page, err := h.Jobs(ctx, r)
			if err != nil {
				yield(job.Job{}, err)
				return
			}
			// A page that is not full need not be the last: jobs may be removed
			// while it is made.
			if len(page.Jobs) == 0 {
				return
			}
			for _, j := range page.Jobs {
				if !r.Behind.IsZero() && !r.Behind.Before(j.End()) {
					yield(job.Job{}, fmt.Errorf("list history by when it ended: %w", errors.ErrUnsupported)) // an older engine
					return
				}
				if !yield(j, nil) {
					return
				}
				r.Behind = j.End()
			}
		}
	}
}
