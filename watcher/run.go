package watcher

import (
	"context"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// run is all state of one Run. Its loop alone touches it; what blocks is done
// by goroutines that get their input as arguments and send back what came out.
type run struct {
	w   *Watcher
	sys system
	now time.Time // of this turn of the loop

	files    *candidates
	handled  *memory
	filtered *filtered
	retimed  *retimed

	place placeState
	walk  walkState
	give  giveState

	closes   closes
	noCloses bool            // it could not be had; tried again with the next slow scan
	above    map[string]bool // what leads to the folder, and whose moving is waited for
	lookers  int
	last     string
	broken   map[string]string // directories that cannot be read

	dirty     bool
	published time.Time

	answers chan []seen
	parts   chan walked
	places  chan checked
	given   chan []outcome
	asked   chan func()   // by callers of the Watcher's methods
	ended   chan struct{} // closed when the loop has
	workers sync.WaitGroup
}

func newRun(w *Watcher) *run {
	return &run{
		w: w, sys: w.sys,
		files: newCandidates(), handled: newMemory(), filtered: newFiltered(), retimed: newRetimed(),
		walk:    walkState{some: map[string]bool{}, dirs: map[string]bool{}},
		broken:  map[string]string{},
		answers: make(chan []seen), parts: make(chan walked), places: make(chan checked), given: make(chan []outcome),
		asked: make(chan func()), ended: make(chan struct{}),
	}
}

const (
	// drain is how many events are taken in one turn of the loop.
	drain = 512
	// parting is how long Run waits for goroutines that the system holds.
	parting = 3 * time.Second
	// between is the least time between two changes of the status.
	between = 100 * time.Millisecond
)

// loop runs until ctx ends.
func (r *run) loop(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	mounts, endMounts := r.sys.mounts()
	timer := time.NewTimer(0)
	defer timer.Stop()
	r.now = time.Now()
	r.place.next = r.now
	for ctx.Err() == nil {
		r.startCheck(ctx)
		r.startWalk(ctx)
		r.startLooks(ctx)
		r.startGive(ctx)
		r.publish()
		if wake, ok := r.wake(); ok {
			timer.Reset(max(0, time.Until(wake)))
		} else {
			timer.Stop()
		}
		happened, failed := r.eventChannels()
		select {
		case <-ctx.Done():
		case <-timer.C:
			r.now = time.Now()
		case ev, ok := <-happened:
			r.now = time.Now()
			r.drain(ev, ok, happened)
		case err, ok := <-failed:
			r.now = time.Now()
			r.eventsFailed(err, ok)
		case f := <-r.asked:
			r.now = time.Now()
			f()
		case <-r.closedChannel():
			r.now = time.Now()
			for _, path := range r.closes.closed() {
				r.closed(path)
			}
		case <-mounts:
			r.now = time.Now()
			r.checkSoon()
		case list := <-r.answers:
			r.now = time.Now()
			r.answered(list)
		case part := <-r.parts:
			r.now = time.Now()
			r.walked(part)
		case c := <-r.places:
			r.now = time.Now()
			r.checked(c)
		case list := <-r.given:
			r.now = time.Now()
			r.gave(list)
		}
	}
	cancel()
	r.spawn(endMounts)
	r.setEvents(nil)
	r.endCloses()
	r.part()
}

// spawn starts what may block.
func (r *run) spawn(f func()) {
	r.workers.Go(f)
}

// part waits for all goroutines, but not for ever: one that a dead network
// drive holds cannot be ended.
func (r *run) part() {
	done := make(chan struct{})
	go func() {
		r.workers.Wait()
		close(done)
	}()
	late := time.NewTimer(parting)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		r.w.cfg.Log.Warn("the file system does not answer, left behind")
	}
}

// wake is when the loop must turn next by itself.
func (r *run) wake() (time.Time, bool) {
	var at time.Time
	need := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if len(r.files.queue) > 0 && r.lookers < maxLookers {
		need(r.files.queue[0].due)
	}
	if !r.place.busy {
		need(r.place.next)
	}
	if r.place.here && !r.walk.busy && !r.place.busy {
		need(r.walk.next)
	}
	if len(r.give.ready) > 0 && !r.give.busy {
		need(r.hold())
	}
	if r.dirty {
		need(r.published.Add(between))
	}
	return at, !at.IsZero()
}

func (r *run) eventChannels() (<-chan fsnotify.Event, <-chan error) {
	if r.place.events == nil {
		return nil, nil
	}
	return r.place.events.happened(), r.place.events.failed()
}

func (r *run) closedChannel() <-chan struct{} {
	if r.closes == nil {
		return nil
	}
	return r.closes.woken()
}

// openCloses makes the wait for closings possible if it can be.
func (r *run) openCloses() bool {
	if r.closes == nil && !r.noCloses {
		w, err := r.sys.closes()
		r.closes, r.noCloses = w, err != nil
	}
	return r.closes != nil
}

func (r *run) endCloses() {
	if r.closes != nil {
		r.spawn(r.closes.close) // the kernel takes some ms
		r.closes = nil
	}
}

// watchAbove waits for what leads to the folder to be moved or replaced.
func (r *run) watchAbove(leads []string) {
	if !r.openCloses() {
		return
	}
	for path := range r.above {
		r.closes.remove(path)
	}
	r.above = map[string]bool{}
	for _, path := range leads {
		r.above[path] = true
	}
	w := r.closes
	r.spawn(func() {
		for _, path := range leads {
			_ = w.leave(path) // out of watches, or it may not be read: the slow timer sees it
		}
	})
}

// closed hears that a writer has closed path.
func (r *run) closed(path string) {
	if r.above[path] {
		r.restart()
	}
	c := r.files.of[path]
	if c == nil {
		return
	}
	c.waits = false
	c.h.tries = 0
	r.touch(c)
}
