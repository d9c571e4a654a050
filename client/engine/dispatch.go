package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// lookAtLeast bounds how long the dispatcher sleeps while something waits for
// a time: Go's timers stand still while the computer is suspended, the wall
// clock does not.
const lookAtLeast = time.Minute

// sending is a job on its way.
type sending struct {
	job    job.Job
	since  time.Time
	sent   atomic.Int64
	answer atomic.Bool // the whole body is out
	cancel context.CancelFunc
	done   chan struct{} // closed when its outcome is written
	wish   job.Event     // what the person asked for meanwhile, "" for nothing
	key    int           // number of the account's key it was sent with
}

// dispatch gives queued jobs to senders until ctx ends.
func (e *Engine) dispatch(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next, err := e.round(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error("queue cannot be read", "error", err)
			next = time.Now().Add(5 * time.Second)
		}
		var due <-chan time.Time
		if !next.IsZero() {
			timer.Reset(min(time.Until(next.Round(0))+time.Millisecond, lookAtLeast))
			due = timer.C
		}
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		case <-due:
		}
	}
}

// round wakes what is due and starts senders; it returns when to look again.
func (e *Engine) round(ctx context.Context) (time.Time, error) {
	now := time.Now()
	gates := e.passGates(ctx, now.Round(0))
	woken, next, err := e.cfg.Queue.Due(ctx, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("wake waiting jobs: %w", err)
	}
	if len(woken) > 0 {
		e.changes.touch(woken...)
	}
	if !gates.IsZero() && (next.IsZero() || gates.Before(next)) {
		next = gates
	}
	return next, e.claim(ctx)
}

// claim takes as many jobs as there are free senders, account by account.
func (e *Engine) claim(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.draining {
		return nil
	}
	var batches []job.BatchID
	if !e.all {
		if batches = slices.Collect(maps.Keys(e.active)); len(batches) == 0 {
			return nil
		}
	}
	for _, a := range e.accounts {
		free := e.workersFor() - a.busy
		if free <= 0 || !e.open(a) {
			continue
		}
		jobs, err := e.cfg.Queue.Claim(ctx, queue.Claiming{Accounts: []string{a.id}, Batches: batches, N: free})
		if err != nil {
			return fmt.Errorf("take jobs: %w", err)
		}
		for _, j := range jobs {
			e.start(ctx, a, j)
		}
	}
	return nil
}

// start runs a sender for j. The caller holds mu.
func (e *Engine) start(ctx context.Context, a *account, j job.Job) {
	ctx, cancel := context.WithCancel(ctx)
	s := &sending{job: j, since: time.Now(), cancel: cancel, done: make(chan struct{})}
	e.sending[j.ID] = s
	a.busy++
	e.changes.touch(j.ID)
	e.workers.Go(func() {
		defer cancel()
		e.send(ctx, a, s)
		close(s.done)
		e.settleJob(j.ID) // still counted as on its way: Drain waits for it
		e.mu.Lock()
		if s.wish != "" {
			e.wished(s)
		}
		delete(e.sending, j.ID)
		a.busy--
		e.bury(a)
		close(e.idle)
		e.idle = make(chan struct{})
		e.mu.Unlock()
		e.changes.touch(j.ID)
		e.poke()
	})
}

// wished applies what the person asked of a job while its sender was about to
// end. That it no longer applies is the usual case: the sender has seen to it.
// The caller holds mu.
func (e *Engine) wished(s *sending) {
	_, err := e.cfg.Queue.Move(context.WithoutCancel(e.background()), s.job.ID, s.wish, queue.Update{})
	if err != nil && !errors.Is(err, job.ErrTransition) && !errors.Is(err, fs.ErrNotExist) {
		e.log.Error("job state not kept", "job", int64(s.job.ID), "error", err)
	}
}

// moving reports whether j is on its way or about to be: not ended, and not
// behind a gate, a backoff or the person's wish.
func (e *Engine) moving(j job.Job) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch j.State {
	case job.Sending:
		return true
	case job.Queued:
		a := e.accounts[j.Account]
		return a != nil && e.open(a) && !e.draining
	default:
		return false
	}
}
