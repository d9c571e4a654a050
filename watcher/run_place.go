package watcher

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

const (
	firstCheck = time.Second
	lastCheck  = 30 * time.Second
	glance     = 20 * time.Millisecond  // least time between two checks for a missing folder
	calm       = 200 * time.Millisecond // least time between two new sets of watches
)

// placeState is about the folder itself.
type placeState struct {
	here   bool
	id     folderID
	remote string
	events events // of the folder, or of what is above it while it is missing
	above  string // the directory watched while it is missing
	limit  error  // why not everything is watched
	state  State
	reason string

	busy  bool      // a check is under way
	soon  bool      // another is wanted after it
	next  time.Time // of the next check by itself
	last  time.Time // of the last one
	renew bool      // new watches are wanted
	scan  bool      // and a scan of everything
	tries int
	freed <-chan struct{} // closed when the watches before these are given back
	reset time.Time       // when watches were renewed last
	rush  int             // how often in a row in short order
}

// checked is what a check of the folder found.
type checked struct {
	folder
	err    error
	fresh  bool   // events are new, to replace the old ones
	events events // nil: they cannot be had
	refuse error  // why
	above  string
	drive  bool     // the folder lay on another drive than what is above it
	over   []string // what leads to a folder that is there
}

// checkSoon asks for a check of the folder.
func (r *run) checkSoon() {
	p := &r.place
	if p.busy {
		p.soon = true
		return
	}
	at := r.now
	if first := p.last.Add(glance); !p.here && first.After(at) {
		at = first // what is above the folder may be a busy place
	}
	if p.next.IsZero() || at.Before(p.next) {
		p.next = at
	}
}

// restart asks for new watches and a scan: events were lost, or watches may
// stand for what is not there any more.
func (r *run) restart() {
	p := &r.place
	r.gone(r.w.filter.dir)
	r.retimed.clear() // writes may be among what was lost
	p.renew, p.scan = true, true
	if r.now.Sub(p.reset) > time.Minute {
		p.rush = 0
	}
	at := r.now
	if wait := calm << min(p.rush, 6); p.rush > 0 && r.now.Sub(p.reset) < wait {
		at = p.reset.Add(wait)
	}
	if p.next.IsZero() || at.Before(p.next) {
		p.next = at
	}
}

// eventsFailed hears that events were lost or have ended.
func (r *run) eventsFailed(err error, ok bool) {
	if ok && err == nil {
		return
	}
	r.w.cfg.Log.Info("events were lost, looking at everything again", "dir", r.w.filter.dir, "err", err)
	if !ok {
		r.setEvents(nil)
	}
	r.restart()
}

// startCheck sends out for a check that is due.
func (r *run) startCheck(ctx context.Context) {
	p := &r.place
	if p.busy || p.next.IsZero() || r.now.Before(p.next) {
		return
	}
	p.busy, p.soon, p.next, p.last = true, false, time.Time{}, r.now
	before, renew := *p, p.renew || !p.here || p.events == nil
	p.renew = false
	r.spawn(func() {
		c := r.check(before, renew)
		select {
		case r.places <- c:
		case <-ctx.Done():
			if c.events != nil {
				c.events.close()
			}
		}
	})
}

// check looks for the folder; it knows of the loop only what it is given.
func (r *run) check(before placeState, renew bool) (c checked) {
	c.folder, c.err = r.sys.folder()
	if c.err == nil {
		if c.fresh = renew || c.id != before.id; c.fresh {
			c.events, c.refuse = r.sys.events()
			c.over = leads(r.w.filter.dir)
		}
		return c
	}
	// Missing: what is above it is watched, so that its return is seen at once.
	c.above = r.sys.ancestor()
	c.drive = before.id != (folderID{}) && !before.id.sameDrive(r.sys.place(c.above))
	if before.above == c.above && before.events != nil {
		return c
	}
	c.fresh = true
	w, err := r.sys.events()
	if err != nil {
		return c
	}
	if err := w.add(c.above); err != nil {
		w.close()
		return c
	}
	if f, err := r.sys.folder(); err == nil { // it came while we turned to its parent
		w.remove(c.above)
		return checked{folder: f, fresh: true, events: w, over: leads(r.w.filter.dir)}
	}
	c.events = w
	return c
}

// checked takes in what a check found.
func (r *run) checked(c checked) {
	p := &r.place
	p.busy = false
	r.dirty = true
	if p.soon {
		p.soon, p.next = false, r.now
	}
	if c.err != nil {
		r.missing(c)
		return
	}
	p.tries = 0
	p.remote, p.above = c.remote, ""
	if c.fresh {
		if !p.here || p.id != c.id {
			r.w.cfg.Log.Info("watching folder", "dir", r.w.filter.dir)
		}
		r.endWalk()
		r.setEvents(c.events)
		r.watchAbove(c.over)
		clear(r.walk.dirs)
		p.limit = c.refuse
		r.walk.again, r.walk.heal = true, r.now.Add(r.w.cfg.Rescan)
		if r.now.Sub(p.reset) < time.Minute {
			p.rush++
		}
		p.reset = r.now
		p.scan = true
	}
	p.here, p.id = true, c.id
	if p.scan {
		p.scan = false
		r.walk.all = true
	}
	r.judgePlace()
}

// missing is the state without a folder: nothing is forgotten, nothing fails.
func (r *run) missing(c checked) {
	p := &r.place
	if p.here {
		r.w.cfg.Log.Info("folder cannot be watched now", "dir", r.w.filter.dir, "err", c.err)
		r.endWalk()
		r.walk.all, r.walk.next, r.walk.stale = false, time.Time{}, false
		clear(r.walk.some)
		clear(r.walk.dirs)
		clear(r.broken)
		r.filtered.clear()
		for _, f := range r.files.of {
			r.drop(f)
		}
		r.give.ready, r.give.asks = nil, nil
	}
	if c.fresh || p.here {
		r.setEvents(c.events)
	}
	p.above = c.above
	p.here, p.limit, p.renew, p.scan = false, nil, false, false
	p.tries++
	if p.next.IsZero() {
		p.next = r.now.Add(min(firstCheck<<min(p.tries-1, 8), lastCheck))
	}
	switch {
	case isMissing(c.err):
		p.state, p.reason = StateMissing, "The folder is not there. Watching goes on when it comes back."
		if c.drive || removable(r.w.filter.dir) {
			p.reason = "Waiting for the drive: the folder is not there now."
		}
	case errors.Is(c.err, errNoFolder):
		p.state, p.reason = StateFailed, "There is a file of that name, not a folder."
	case errors.Is(c.err, ErrIgnored):
		p.state, p.reason = StateFailed, "This folder belongs to the program itself and is not watched."
	case errors.Is(c.err, fs.ErrPermission):
		p.state, p.reason = StateFailed, "The folder cannot be read: permission denied. Change its permissions, then watching goes on."
	default:
		p.state, p.reason = StateFailed, "The folder cannot be read: "+cause(c.err)+". It is tried again."
	}
}

// removable guesses by its place whether the folder lies on a drive that comes
// and goes.
func removable(dir string) bool {
	for _, top := range []string{"/media", "/run/media", "/mnt", "/Volumes"} {
		if within(dir, filepath.FromSlash(top)) {
			return true
		}
	}
	v := filepath.VolumeName(dir)
	return v != "" && !strings.EqualFold(v, "C:")
}

// judgePlace says how a folder that is there is watched.
func (r *run) judgePlace() {
	p := &r.place
	r.dirty = true
	if !p.here {
		return
	}
	p.state, p.reason = StateWatching, ""
	switch {
	case p.limit != nil:
		p.state = StatePolling
		p.reason = "Looked through every " + r.every().String() + ": " + advice(p.limit)
	case p.remote != "":
		p.reason = "This is " + p.remote + ", so it is also looked through every " + r.every().String() + "."
	}
}

// setEvents changes the source of events. The kernel takes some milliseconds to
// end the old one.
func (r *run) setEvents(e events) {
	if old := r.place.events; old != nil && old != e {
		freed := make(chan struct{})
		r.place.freed = freed
		r.spawn(func() {
			defer close(freed)
			old.close()
		})
	}
	r.place.events = e
}
