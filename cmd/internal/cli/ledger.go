package cli

import (
	"context"
	"slices"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// A run waits between two looks at its jobs, longer the more of them are open:
// many files change many times a second, and every look costs; one file's link
// is waited for.
const (
	lookEach = 250 * time.Microsecond
	lookMost = 100 * time.Millisecond
)

// ledger knows how the jobs of a run stand. All of them are read once from
// each engine, and then only those that have changed.
type ledger struct {
	jobs   []job.Job // in the order given; a file given twice stands twice
	engine *wire.Attached
	at     uint64 // revision up to which changes are known
	changed
	looked time.Time
}

// changed is what has changed since the last look.
type changed struct {
	all bool
	ids map[job.ID]bool
}

// look brings the jobs up to date. load reads all of them; new reports
// whether a job that is not among them belongs there.
func (l *ledger) look(ctx context.Context, a *wire.Attached, snap uploader.Snapshot, load func() ([]job.Job, error), belongs func(job.Job) bool) error {
	l.looked = time.Now()
	switch {
	case l.engine != a || l.all:
		jobs, err := load()
		if err != nil {
			return err
		}
		if l.engine != a {
			l.engine, l.at = a, snap.Revision // taken before the jobs were read
		}
		l.jobs, l.changed = jobs, changed{}
		return nil
	case len(l.ids) == 0:
		return nil
	}
	return l.reread(ctx, a, belongs)
}

// rereadMost is how many jobs are asked for at once: of ten thousand that
// change together no second copy is made.
const rereadMost = 1024

// reread asks for what has changed.
func (l *ledger) reread(ctx context.Context, a *wire.Attached, belongs func(job.Job) bool) error {
	var ask []job.ID
	known := map[job.ID]bool{}
	for _, j := range l.jobs {
		known[j.ID] = true
	}
	for id := range l.ids {
		if known[id] || belongs != nil {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		l.changed = changed{}
		return nil
	}
	slices.Sort(ask)
	there := make(map[job.ID]bool, len(ask))
	for ids := range slices.Chunk(ask, rereadMost) {
		page, err := a.Jobs(ctx, uploader.JobsRequest{IDs: ids, N: len(ids), Oldest: true})
		if err != nil {
			return err
		}
		now := make(map[job.ID]int, len(page.Jobs))
		for i, j := range page.Jobs {
			now[j.ID], there[j.ID] = i, true
		}
		for i := range l.jobs {
			if at, ok := now[l.jobs[i].ID]; ok {
				l.jobs[i] = page.Jobs[at]
			}
		}
		for _, j := range page.Jobs {
			if !known[j.ID] && belongs(j) {
				known[j.ID] = true
				l.jobs = append(l.jobs, j)
			}
		}
	}
	l.jobs = slices.DeleteFunc(l.jobs, func(j job.Job) bool { // taken off the list elsewhere
		return l.ids[j.ID] && !there[j.ID]
	})
	l.changed = changed{}
	return nil
}

// patience is how long to wait between two looks.
func (l *ledger) patience() time.Duration {
	wait := time.Duration(0)
	for _, j := range l.jobs {
		if j.State.Open() {
			wait += lookEach
		}
	}
	return min(wait, lookMost)
}

// wait returns when something has changed, and not sooner after the last look
// than patience says; but at once when no more changes come: what was changing
// has ended.
func (l *ledger) wait(ctx context.Context, a *wire.Attached) error {
	if err := l.hear(ctx, a); err != nil {
		return err
	}
	for {
		left := l.patience() - time.Since(l.looked)
		calm := max(l.patience()/16, time.Millisecond)
		if rest(ctx, min(left, calm)) != nil || left <= calm {
			return nil
		}
		cctx, cancel := context.WithTimeout(ctx, calm)
		err := l.hear(cctx, a)
		over := cctx.Err() != nil
		cancel()
		if over {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hear waits for a change and notes what has changed.
func (l *ledger) hear(ctx context.Context, a *wire.Attached) error {
	c, err := a.Changes(ctx, uploader.Since{Revision: l.at})
	if err != nil {
		return err
	}
	l.at = c.Revision
	l.all = l.all || c.All
	if l.ids == nil {
		l.ids = map[job.ID]bool{}
	}
	for _, id := range c.Jobs {
		l.ids[id] = true
	}
	return nil
}
