package queue

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"images-uploader.com/upshot/client/job"
)

// Trouble is what cannot be written down now.
type Trouble struct {
	// Full says that the disk is full: nothing new is taken or begun.
	Full bool
	// Unwritten are jobs that have moved on without the database knowing: as
	// they would be. For who asks the queue, and after a crash, they are what
	// they were. What another program keeps from being written for a moment is
	// not among them.
	Unwritten map[job.ID]job.Job
}

// troubles keeps Trouble and tells of its changes.
type troubles struct {
	mu      sync.Mutex
	full    bool
	left    map[job.ID]unwritten
	changed chan struct{} // closed and renewed
}

// unwritten is a move that could not be written.
type unwritten struct {
	on    job.Event
	u     Update
	after job.Job
	busy  bool // another program held the database: it is asked for again
}

// Trouble returns what cannot be written down now, and a channel that is closed
// when that changes.
func (q *Queue) Trouble() (Trouble, <-chan struct{}) {
	q.troubles.mu.Lock()
	defer q.troubles.mu.Unlock()
	t := Trouble{Full: q.troubles.full}
	for id, l := range q.troubles.left {
		if l.busy {
			continue
		}
		if t.Unwritten == nil {
			t.Unwritten = make(map[job.ID]job.Job, len(q.troubles.left))
		}
		t.Unwritten[id] = l.after
	}
	return t, q.troubles.changed
}

func (t *troubles) init() { t.changed = make(chan struct{}) }

// tell wakes who waits for a change. The caller holds mu.
func (t *troubles) tell() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// setFull says whether the disk is full.
func (t *troubles) setFull(full bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full != full {
		t.full = full
		t.tell()
	}
}

// written forgets that a move of the job was not.
func (t *troubles) written(id job.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.left[id]; ok {
		delete(t.left, id)
		t.tell()
	}
}

// noteMove remembers a move that could not be written, if it may be asked for
// again, and forgets one that now was.
func (q *Queue) noteMove(ctx context.Context, id job.ID, e job.Event, u Update, err error) {
	if err == nil || errors.Is(err, job.ErrTransition) || errors.Is(err, fs.ErrNotExist) {
		q.troubles.written(id)
		return
	}
	if errors.Is(err, fs.ErrClosed) || ctx.Err() != nil {
		return
	}
	after, ok := q.afterMove(ctx, id, e, u)
	if !ok {
		return
	}
	q.troubles.mu.Lock()
	defer q.troubles.mu.Unlock()
	if q.troubles.left == nil {
		q.troubles.left = map[job.ID]unwritten{}
	}
	q.troubles.left[id] = unwritten{on: e, u: u, after: after, busy: errors.Is(err, ErrBusy)}
	q.troubles.tell()
}

// afterMove is the job as it would be.
func (q *Queue) afterMove(ctx context.Context, id job.ID, e job.Event, u Update) (job.Job, bool) {
	j, err := q.Job(ctx, id)
	if err != nil {
		return job.Job{}, false
	}
	to, err := j.State.Next(e)
	if err != nil {
		return job.Job{}, false
	}
	if j, err = apply(j, e, to, u); err != nil {
		return job.Job{}, false
	}
	if u.Image != nil {
		if j.Image, _, err = u.answer(); err != nil {
			return job.Job{}, false
		}
	}
	return j, true
}

// writeLeft tries a last time to write what could not be written.
func (q *Queue) writeLeft(ctx context.Context) {
	q.troubles.mu.Lock()
	all := maps.Clone(q.troubles.left)
	q.troubles.mu.Unlock()
	var err error
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if !errors.Is(err, ErrBusy) { // else each of them would wait as long
			_, err = q.Move(ctx, id, all[id].on, all[id].u)
		}
		if err != nil {
			q.log.Error("what became of an upload could not be written down", "job", int64(id), "event", string(all[id].on), "err", err)
		}
	}
}
