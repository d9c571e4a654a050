package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

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
	batch  job.BatchID   // it was taken for, "" for any
	limit  *rate.Limiter // of the batch, nil: none
	since  time.Time
	sent   atomic.Int64
	answer atomic.Bool // the whole body is out
	cancel context.CancelFunc
	done   chan struct{} // closed when its outcome is written
	wish   job.Event     // what the person asked for meanwhile, "" for nothing
	tail   []byte        // how its file ends, for its twins; nil: not looked at
	key    int           // number of the account's key it was sent with
	// released says that the body and its answer are done with: the sender may
	// take another job while the outcome is written.
	released bool
	told     []job.BatchID // batches that were told with its outcome
}

// ended reports whether its outcome is written: it is only told of still.
func (s *sending) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
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
	times := []time.Time{e.passGates(ctx, now.Round(0))}
	e.mu.Lock()
	times = append(times, e.applyLimit(now), e.endUndo(now))
	e.mu.Unlock()
	next, err := e.wakeDue(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	err = e.claim(ctx)
	e.mu.Lock()
	keptBack := e.keptBack
	e.keptBack = false
	e.mu.Unlock()
	if keptBack {
		e.settleWaiting()
	}
	for _, t := range times {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next, err
}

// wakeDue queues waiting jobs whose time has come and returns when the next
// one is due. The database is asked only when that may have changed.
func (e *Engine) wakeDue(ctx context.Context, now time.Time) (next time.Time, err error) {
	e.mu.Lock()
	asked, next := !e.dueChanged, e.due
	e.dueChanged = false
	e.mu.Unlock()
	// A clock that was set back is noticed as well: what is due then lies
	// further away than we ever wait.
	if asked && (next.IsZero() || now.Before(next) && next.Sub(now) < lookAtLeast) {
		return next, nil
	}
	woken, next, err := e.cfg.Queue.Due(ctx, now)
	e.mu.Lock()
	e.due, e.dueChanged = next, e.dueChanged || err != nil
	e.mu.Unlock()
	if err != nil {
		return time.Time{}, fmt.Errorf("wake waiting jobs: %w", err)
	}
	if len(woken) > 0 {
		e.news.Store(true)
		e.changes.touch(woken...)
	}
	return next, nil
}

// claim takes as many jobs as there are free senders, account by account. Only
// the dispatcher calls it. While it asks the database for jobs it does not hold
// mu: senders end and begin meanwhile.
func (e *Engine) claim(ctx context.Context) (err error) {
	e.taking.Lock()
	defer e.taking.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.draining || e.ended || e.stilled > 0 || e.costly() {
		e.giveAllBack()
		return nil
	}
	if e.news.Swap(false) {
		for _, a := range e.accounts {
			clear(a.dry)
		}
	}
	for _, a := range slices.Collect(maps.Values(e.accounts)) {
		if !e.mayStart(a) {
			e.giveBack(a)
			continue
		}
		if err := e.readLimits(ctx, a); err != nil {
			return err
		}
		room, until, err := e.allowance(ctx, a, time.Now())
		if err != nil {
			return err
		}
		if room <= 0 && !until.IsZero() && e.waits(ctx, a) {
			a.holdBack(until)
			e.keptBack = true
			e.changes.touch()
			e.poke()
			continue
		}
		if err := e.claimFor(ctx, a, room); err != nil {
			return err
		}
	}
	return nil
}

// mayStart reports whether the account's jobs may go now. The caller holds mu.
func (e *Engine) mayStart(a *account) bool {
	return e.open(a) && e.accounts[a.id] == a && !e.draining && !e.ended && e.stilled == 0 && !e.costly()
}

// waits reports whether a job of the account is queued. The caller holds mu.
func (e *Engine) waits(ctx context.Context, a *account) bool {
	_, n, err := e.cfg.Queue.Jobs(ctx, queue.Filter{States: []job.State{job.Queued}, Account: a.id, N: 1})
	return err == nil && n > 0
}

// claimFor sets free senders of one account to work, for at most room jobs:
// first for batches that may have a number of their own at once, then for all
// others. The caller holds mu.
func (e *Engine) claimFor(ctx context.Context, a *account, room int) error {
	var capped, free []job.BatchID
	for id, role := range e.active {
		if role.jobs > 0 || role.limit != nil {
			capped = append(capped, id)
		} else {
			free = append(free, id)
		}
	}
	for id, jobs := range a.ready { // of a batch that has no number of its own any more
		if id != "" && !slices.Contains(capped, id) {
			a.ready[""] = append(a.ready[""], jobs...)
			delete(a.ready, id)
		}
	}
	for _, id := range capped {
		if err := e.staff(ctx, a, id, room, queue.Claiming{Batches: []job.BatchID{id}}); err != nil {
			return err
		}
	}
	var c queue.Claiming
	if e.all {
		c.Except = capped
	} else if c.Batches = free; len(free) == 0 {
		return nil
	}
	return e.staff(ctx, a, "", room, c)
}

// staff sets the free senders to work on the account's jobs for a batch ("":
// any): those claimed already, and then what c says, with some more to come
// soon, so that no sender waits for the disk. The caller holds mu, which is
// free while the database is asked.
func (e *Engine) staff(ctx context.Context, a *account, batch job.BatchID, most int, c queue.Claiming) error {
	e.startReady(ctx, a, batch, most)
	senders, room := e.freeFor(a, batch), most-e.inFlight(a)
	if senders <= 0 && (a.dry[batch] || len(a.ready[batch]) > aheadOf(a)/2) {
		return nil
	}
	c.Accounts, c.N = []string{a.id}, min(max(senders, 0)+aheadOf(a)-len(a.ready[batch]), room)
	if c.N <= 0 {
		return nil
	}
	e.mu.Unlock()
	jobs, err := e.cfg.Queue.Claim(ctx, c)
	e.mu.Lock()
	if err != nil {
		return fmt.Errorf("take jobs: %w", err)
	}
	a.dry[batch] = len(jobs) < c.N
	if len(jobs) > 0 {
		a.ready[batch] = append(a.ready[batch], jobs...)
	}
	if !e.mayStart(a) { // something has come between
		e.giveBack(a)
		e.keptBack = true
		return nil
	}
	e.startReady(ctx, a, batch, most)
	return nil
}

// startReady gives jobs that are claimed to free senders, as long as no more
// than so many of the account are on their way. The caller holds mu.
func (e *Engine) startReady(ctx context.Context, a *account, batch job.BatchID, most int) {
	for senders := e.freeFor(a, batch); senders > 0; senders-- {
		if e.inFlight(a)-a.ready.count() >= most {
			return
		}
		j, ok := a.ready.next(batch)
		if !ok {
			return
		}
		e.start(ctx, a, j, batch)
	}
}

// freeFor counts the senders that wait for a job of a batch ("": any). The
// caller holds mu.
func (e *Engine) freeFor(a *account, batch job.BatchID) int {
	if batch == "" {
		return e.workersFor(a) - a.busy
	}
	return cmp.Or(e.active[batch].jobs, e.workersFor(a)) - e.busyOf(batch)
}

// inFlight counts the account's jobs that have a sender or wait for one, and
// those whose outcome is about to be written. The caller holds mu.
func (e *Engine) inFlight(a *account) int {
	n := a.ready.count()
	for _, s := range e.sending {
		if s.job.Account == a.id {
			n++
		}
	}
	return n
}

// busyOf counts the senders at work for a batch. The caller holds mu.
func (e *Engine) busyOf(id job.BatchID) int {
	n := 0
	for _, s := range e.sending {
		if s.batch == id && !s.released {
			n++
		}
	}
	return n
}

// start runs a sender for j. The caller holds mu.
func (e *Engine) start(ctx context.Context, a *account, j job.Job, batch job.BatchID) {
	ctx, cancel := context.WithCancel(ctx)
	s := &sending{job: j, batch: batch, since: time.Now(), cancel: cancel, done: make(chan struct{})}
	s.limit = e.active[batch].limit
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
		if e.sending[j.ID] == s { // it may be on its way again
			delete(e.sending, j.ID)
		}
		if !s.released {
			a.busy--
		}
		e.goOn(a, batch)
		e.bury(a)
		close(e.idle)
		e.idle = make(chan struct{})
		e.mu.Unlock()
		e.changes.touch(j.ID)
		e.rouse()
	})
}

// release lets the sender take another job while the outcome of this one is
// written: the disk is slower than the wire.
func (e *Engine) release(a *account, s *sending) {
	e.mu.Lock()
	if !s.released {
		s.released = true
		a.busy--
	}
	e.goOn(a, s.batch)
	e.mu.Unlock()
	e.rouse()
}

// goOn gives a sender that has become free what is claimed already, while the
// dispatcher may be waiting for the database to claim more. Where the host's
// limits are counted, that is the dispatcher's to do. The caller holds mu.
func (e *Engine) goOn(a *account, batch job.BatchID) {
	if !e.limitKnown(a) && e.mayStart(a) {
		e.startReady(e.background(), a, batch, noLimit)
	}
}

// wished applies what the person asked of a job while its sender was about to
// end. That it no longer applies is the usual case: the sender has seen to it.
// The caller holds mu.
func (e *Engine) wished(s *sending) {
	_, err := e.cfg.Queue.MoveAll(context.WithoutCancel(e.background()), []job.ID{s.job.ID}, s.wish, queue.Update{})
	if err != nil {
		e.log.Error("job state not kept", "job", int64(s.job.ID), "error", err)
	}
}

// openAccounts are those whose queued jobs are about to be sent.
func (e *Engine) openAccounts() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := []string{}
	for id, a := range e.accounts {
		if e.open(a) && !e.draining && !e.costly() {
			list = append(list, id)
		}
	}
	return list
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
		return a != nil && e.open(a) && !e.draining && !e.costly()
	default:
		return false
	}
}
