package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// ahead is how many jobs are claimed beyond those that are sent at once: the
// database is asked, and the disk waited for, once for all of them, while the
// senders wait: 16 took a fifth more time than 64 for a thousand small files.
// The more are claimed, the more are to be given back.
const ahead = 48

// aheadOf is how many an account's jobs are claimed ahead. A dead program's
// claims count as perhaps sent: where the person is asked about those, nothing
// is claimed that does not go.
func aheadOf(a *account) int {
	if a.conf().Ask {
		return 0
	}
	return ahead
}

// ready are jobs of an account that are claimed and wait for a sender, by the
// batch they were claimed for ("": any). For the database they are sending;
// for everybody who asks they are queued still.
type ready map[job.BatchID][]job.Job

// next takes the first job out.
func (r ready) next(batch job.BatchID) (job.Job, bool) {
	jobs := r[batch]
	if len(jobs) == 0 {
		delete(r, batch)
		return job.Job{}, false
	}
	r[batch] = jobs[1:]
	return jobs[0], true
}

// count is how many there are.
func (r ready) count() int {
	n := 0
	for _, jobs := range r {
		n += len(jobs)
	}
	return n
}

// giveBack puts claimed jobs that no sender has back into the queue: they may
// not go now. The caller holds mu.
func (e *Engine) giveBack(a *account) {
	var ids []job.ID
	for _, jobs := range a.ready {
		for _, j := range jobs {
			ids = append(ids, j.ID)
		}
	}
	clear(a.ready)
	if len(ids) == 0 {
		return
	}
	ctx := context.WithoutCancel(e.background())
	if _, err := e.cfg.Queue.MoveAll(ctx, ids, job.Shut, queue.Update{Uncounted: true}); err != nil {
		e.log.Error("claimed jobs not given back", "jobs", len(ids), "error", err)
		e.giveBackLater(ids)
	}
	e.changes.touch(ids...)
}

// giveBackLater gives claimed jobs back that could not be (a full disk), again
// and again until they can, or the engine ends: the next one takes them up. The
// caller holds mu.
func (e *Engine) giveBackLater(ids []job.ID) {
	ctx := e.background()
	if e.ended || ctx.Err() != nil {
		return
	}
	e.workers.Go(func() {
		for pause := writeAgain; ; pause = min(2*pause, time.Minute) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			if _, err := e.cfg.Queue.MoveAll(context.WithoutCancel(ctx), ids, job.Shut, queue.Update{Uncounted: true}); err == nil {
				e.changes.touch(ids...)
				e.poke()
				return
			}
		}
	})
}

// giveAllBack is giveBack of every account. The caller holds mu.
func (e *Engine) giveAllBack() {
	for _, a := range e.accounts {
		e.giveBack(a)
	}
}

// still keeps the dispatcher from claiming until the returned function is
// called, and gives back what it has claimed ahead: what is asked of the
// queue meanwhile sees every job that is not on its way as queued.
func (e *Engine) still() (done func()) {
	e.taking.Lock()
	e.mu.Lock()
	e.stilled++
	e.giveAllBack()
	e.mu.Unlock()
	e.taking.Unlock()
	return func() {
		e.mu.Lock()
		e.stilled--
		e.dueChanged = true
		e.mu.Unlock()
		e.links.Add(1)
		e.poke()
	}
}

// waitingIDs are the jobs that are claimed and not begun.
func (e *Engine) waitingIDs() map[job.ID]bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := map[job.ID]bool{}
	for _, a := range e.accounts {
		for _, jobs := range a.ready {
			for _, j := range jobs {
				ids[j.ID] = true
			}
		}
	}
	return ids
}

// asShown has jobs that are claimed and not begun, which waiting are, be what
// they are to people: queued. The caller holds taking since before it read
// them, so that no further ones are claimed; those that begin meanwhile may be
// told as either.
func asShown(jobs []job.Job, waiting map[job.ID]bool) []job.Job {
	for i, j := range jobs {
		if waiting[j.ID] && j.State == job.Sending {
			jobs[i].State, jobs[i].Attempts = job.Queued, max(j.Attempts-1, 0)
		}
	}
	return jobs
}

// jobsAsShown is Queue.Jobs for who asks for jobs in some states only: those
// that are claimed and not begun come with the queued ones, and before them,
// as they go first. The caller holds taking.
func (e *Engine) jobsAsShown(ctx context.Context, f queue.Filter) ([]job.Job, int, error) {
	claimed := e.waitingIDs()
	jobs, total, err := e.jobsByShown(ctx, f, claimed)
	return asShown(jobs, claimed), total, err
}

func (e *Engine) jobsByShown(ctx context.Context, f queue.Filter, claimed map[job.ID]bool) ([]job.Job, int, error) {
	queued, sending := slices.Contains(f.States, job.Queued), slices.Contains(f.States, job.Sending)
	if queued == sending || len(claimed) == 0 {
		return e.cfg.Queue.Jobs(ctx, f)
	}
	n := cmp.Or(f.N, 100)
	all := f
	all.States, all.From, all.N = []job.State{job.Sending}, 0, -1
	begun, _, err := e.cfg.Queue.Jobs(ctx, all) // so many as are sent at once, and claimed ahead
	if err != nil {
		return nil, 0, err
	}
	first := slices.DeleteFunc(begun, func(j job.Job) bool { return claimed[j.ID] == sending })
	total := len(first)
	first = first[min(max(f.From, 0), total):]
	if n > 0 {
		first = first[:min(n, len(first))]
	}
	f.States = slices.DeleteFunc(slices.Clone(f.States), func(s job.State) bool { return s == job.Sending })
	if len(f.States) == 0 {
		return first, total, nil
	}
	f.From = max(f.From-total, 0)
	if f.N = n - len(first); n < 0 {
		f.N = -1
	}
	if f.N == 0 {
		f.N = 1 // for the total only
	}
	rest, more, err := e.cfg.Queue.Jobs(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	if n >= 0 {
		rest = rest[:min(n-len(first), len(rest))]
	}
	return append(first, rest...), total + more, nil
}

// countAsShown does the same to the numbers of a snapshot. The caller holds mu,
// and taking since before it counted.
func (e *Engine) countAsShown(s *uploader.Snapshot) {
	n := 0
	for _, a := range e.accounts {
		n += a.ready.count()
	}
	n = min(n, s.Counts[job.Sending])
	if n > 0 {
		s.Counts[job.Sending] -= n
		s.Counts[job.Queued] += n
	}
}
