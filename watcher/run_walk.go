package watcher

import (
	"context"
	"slices"
	"time"
)

const (
	pollEvery   = 2 * time.Second  // a folder that cannot be watched
	remoteEvery = 10 * time.Second // one where events do not tell everything
	failedWalk  = 5 * time.Second  // after one that could not read the folder
	restFactor  = 20               // a poll may take a twentieth of the time
)

// walkState is about scans: of everything, or of directories that appeared.
type walkState struct {
	dirs  map[string]bool // watched
	some  map[string]bool // directories to be walked
	all   bool            // everything shall be walked
	stale bool            // watches may stand under old names
	next  time.Time       // of the next scan of everything by itself
	heal  time.Time       // when watches are made anew
	again bool            // watches that were refused are tried again

	busy    bool
	full    bool // the running one is of everything
	limited bool // the running one was refused a watch
	adds    bool // the running one adds watches
	number  uint64
	since   time.Time
	end     context.CancelFunc
}

// walked is a portion of scan number.
type walked struct {
	number uint64
	found
}

// startWalk starts the scan that is wanted, if any.
func (r *run) startWalk(ctx context.Context) {
	s := &r.walk
	if !r.place.here || s.busy || r.place.busy {
		return
	}
	if !s.next.IsZero() && !r.now.Before(s.next) {
		s.next = time.Time{}
		r.rescan()
		return
	}
	if !s.all && len(s.some) == 0 {
		return
	}
	var roots []string
	s.full = s.all
	if s.all {
		roots = []string{r.w.filter.dir}
		r.handled.begin()
		r.filtered.begin()
		clear(r.broken)
	} else {
		for dir := range s.some {
			roots = append(roots, dir)
		}
		slices.Sort(roots) // a directory stands right before those in it
		roots = slices.CompactFunc(roots, func(kept, dir string) bool { return within(dir, kept) })
	}
	clear(s.some)
	s.all, s.busy, s.limited = false, true, false
	s.number++
	s.since = r.now
	var add func(string) error
	if s.adds = r.place.events != nil && (r.place.limit == nil || s.again); s.adds {
		add = r.place.events.add
	}
	if s.full {
		s.again = false
	}
	ctx, end := context.WithCancel(ctx)
	s.end = end
	number, freed := s.number, r.place.freed
	r.spawn(func() {
		defer end()
		if freed != nil {
			select {
			case <-freed: // both sets of watches at once may be too many
			case <-ctx.Done():
			}
		}
		r.sys.walk(ctx, roots, add, func(part found) bool {
			select {
			case r.parts <- walked{number, part}:
				return true
			case <-ctx.Done():
				return false
			}
		})
	})
}

// rescan is the slow timer, or the next poll: it heals whatever was missed.
func (r *run) rescan() {
	if !r.now.Before(r.walk.heal) {
		r.walk.heal = r.now.Add(r.w.cfg.Rescan)
		r.noCloses = false
		r.retimed.prune(r.now)
		if len(r.walk.dirs) > 1 || r.place.limit != nil {
			// Fresh watches: nothing stands under an old name.
			r.place.renew = true
		}
	}
	r.place.scan = true
	r.checkSoon()
}

// endWalk gives up the running scan.
func (r *run) endWalk() {
	if !r.walk.busy {
		return
	}
	r.walk.end()
	r.walk.busy = false
	r.walk.number++ // what it still sends is nobody's
	if r.walk.full {
		r.handled.end(false)
		r.filtered.end(false)
	}
}

// walked takes in a portion.
func (r *run) walked(part walked) {
	s := &r.walk
	if !s.busy || part.number != s.number {
		return
	}
	r.dirty = true
	if part.root != nil {
		r.endWalk()
		s.next = r.now.Add(failedWalk)
		r.checkSoon()
		return
	}
	for _, dir := range part.dirs {
		s.dirs[dir] = true
	}
	for _, p := range part.filtered {
		r.filtered.add(p)
	}
	for _, p := range part.broken {
		r.broken[p.Path] = p.Reason
	}
	for _, e := range part.files {
		r.met(e)
	}
	if part.limit != nil {
		s.limited = true
		if r.place.limit == nil {
			r.w.cfg.Log.Warn("folder cannot be watched, polling it", "dir", r.w.filter.dir, "err", part.limit)
		}
		r.place.limit = part.limit
	}
	if part.done {
		r.walkDone()
	}
}

// met takes in a file that a scan met.
func (r *run) met(e entry) {
	c := r.files.of[e.path]
	if r.handled.has(e.path, e.stat.version) {
		return // a candidate of that path finds out by itself
	}
	if c != nil {
		c.met = r.walk.number
		if c.h.asked && c.h.last != e.stat || c.h.phase == broken {
			r.touch(c)
		}
		return
	}
	c = &candidate{path: e.path, born: r.now, index: -1, met: r.walk.number, ask: r.w.cfg.Known != nil}
	c.h = history{asked: true, last: e.stat, first: r.now, since: r.now, reason: "settling: it was found a moment ago"}
	r.files.of[e.path] = c
	r.files.at(c, r.now)
	if !c.ask {
		r.files.appeared(c)
	}
}

// walkDone ends a scan and plans the next.
func (r *run) walkDone() {
	s := &r.walk
	s.busy = false
	s.end()
	if s.full {
		r.handled.end(true)
		r.filtered.end(true)
		if s.adds && !s.limited {
			r.place.limit = nil
		}
		for _, c := range r.files.of {
			if c.met != s.number && c.index < 0 { // gone, if no event told
				r.touch(c)
			}
		}
	}
	took := r.now.Sub(s.since)
	switch every := r.every(); {
	case every < r.w.cfg.Rescan:
		s.next = r.now.Add(min(max(every, restFactor*took), r.w.cfg.Rescan))
	case s.full || s.next.IsZero():
		s.next = r.now.Add(every)
	}
	if s.stale {
		s.stale = false
		r.restart()
	}
	r.judgePlace()
}

// every is the time between scans of everything.
func (r *run) every() time.Duration {
	switch {
	case r.place.limit != nil:
		return min(pollEvery, r.w.cfg.Rescan)
	case r.place.remote != "":
		return min(remoteEvery, r.w.cfg.Rescan)
	}
	return r.w.cfg.Rescan
}
