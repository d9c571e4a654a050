package queue

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"
)

// groupMax is how many changes share a transaction at most.
const groupMax = 256

// While changes that can wait come in a burst, of several callers at once, the
// writer lets them gather for a moment: a transaction costs a wait for the disk
// and a dozen pages, however many changes it holds. A few files never wait.
const (
	gather     = 10 * time.Millisecond
	burst      = 32                    // so many changes
	burstPause = 20 * time.Millisecond // with no longer pause in between
)

// writer is the one goroutine that changes the database. While it commits,
// callers gather; the next transaction takes them all.
type writer struct {
	db      *sql.DB
	images  *images
	done    chan struct{}
	rest    time.Duration // without a change, after which upkeep begins
	reserve *reserve
	full    func(bool) // is told whether the disk is full
	// upkeep is done in steps while nothing else is; more asks for another.
	upkeep func(context.Context, *tx) (more bool)

	mu      sync.Mutex
	waiting []*wish
	closed  bool
	recent  int           // changes made without a longer pause
	shared  bool          // some of those came together
	ended   time.Time     // when the last was durable
	wake    chan struct{} // holds one token when waiting is not empty or closed is set
}

// wish is a change that somebody waits for.
type wish struct {
	do    func(context.Context, *tx) error
	late  bool // it may wait a moment for others of its kind
	knows bool // it sees to tx.claimed
	// must says that it tells what has happened already: on a full disk it may
	// use the room that is kept for that. starts says that it begins something,
	// which needs that room to be there.
	must, starts bool
	err          error
	done         chan struct{}
}

// start starts the goroutine; stop ends it. ctx must not end before.
func (w *writer) start(ctx context.Context) *writer {
	w.done, w.wake = make(chan struct{}), make(chan struct{}, 1)
	go func() {
		defer close(w.done)
		w.run(ctx)
	}()
	return w
}

// stop lets the writer finish what was asked for and waits for it.
func (w *writer) stop() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.nudge()
	<-w.done
}

func (w *writer) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// nudge wakes the writer; a token that lies there already is enough.
func (w *writer) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// change has do done and waits for it to be durable. A context that ends
// takes the wish back only as long as the writer has not begun with it:
// afterwards the caller is told what really happened.
func (w *writer) change(ctx context.Context, do func(context.Context, *tx) error) error {
	return w.wait(ctx, &wish{do: do})
}

// wait is change of a wish.
func (w *writer) wait(ctx context.Context, wi *wish) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wi.done = make(chan struct{})
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.waiting = append(w.waiting, wi)
	w.mu.Unlock()
	w.nudge()

	select {
	case <-wi.done:
		return wi.err
	case <-ctx.Done():
	}
	w.mu.Lock()
	i := slices.Index(w.waiting, wi)
	if i >= 0 {
		w.waiting = slices.Delete(w.waiting, i, i+1)
	}
	w.mu.Unlock()
	if i >= 0 {
		return ctx.Err()
	}
	<-wi.done
	return wi.err
}

// next takes the wishes of the next group; none and true mean the end. None
// and a pause mean that those that wait may wait so long for more.
func (w *writer) next() (group []*wish, pause time.Duration, end bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if pause := w.pause(); pause > 0 {
		return nil, pause, false
	}
	n := min(len(w.waiting), groupMax)
	group = slices.Clone(w.waiting[:n])
	w.waiting = slices.Delete(w.waiting, 0, n)
	return group, 0, n == 0 && w.closed
}

// pause is how long the next group may gather: not when somebody wants it now,
// and not for one caller who does one thing after the other. The caller holds
// mu.
func (w *writer) pause() time.Duration {
	n := len(w.waiting)
	if n == 0 || n >= groupMax || w.closed || w.recent < burst || !w.shared {
		return 0
	}
	for _, wi := range w.waiting {
		if !wi.late {
			return 0
		}
	}
	return gather - time.Since(w.ended)
}

// durable remembers that a transaction has ended, which held so many changes.
func (w *writer) durable(changes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if now.Sub(w.ended) > burstPause {
		w.recent, w.shared = 0, false
	}
	w.recent, w.shared, w.ended = w.recent+changes, w.shared || changes > 1, now
}

func (w *writer) run(ctx context.Context) {
	t := &tx{db: w.db, images: w.images, reserve: w.reserve}
	defer t.close()
	full := w.reserve.refill() != nil
	w.full(full)
	idle := time.NewTimer(w.rest)
	defer idle.Stop()
	soon := time.NewTimer(w.rest)
	defer soon.Stop()
	for {
		group, pause, end := w.next()
		if end {
			return
		}
		if pause > 0 {
			soon.Reset(pause)
			select {
			case <-w.wake:
			case <-soon.C:
			}
			continue
		}
		if len(group) == 0 {
			select {
			case <-w.wake:
			case <-idle.C:
				if full {
					full = w.reserve.refill() != nil
					w.full(full)
				}
				began := time.Now()
				switch {
				case full:
					idle.Reset(w.rest)
				case w.upkeep(ctx, t):
					// A fifth of the time at most goes there.
					idle.Reset(4 * time.Since(began))
				}
			}
			continue
		}
		t.commit(ctx, group)
		w.durable(len(group))
		if is := isFull(ctx, group) || w.reserve.refill() != nil; is != full {
			full = is
			w.full(full)
		}
		for _, wi := range group {
			close(wi.done)
		}
		idle.Reset(w.rest)
	}
}
