package watcher

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	maxLookers = 4
	lookBatch  = 64
	lookBack   = 2 * time.Millisecond // a looker reports at least so often
)

// seen is an answer about a candidate.
type seen struct {
	c *candidate
	answer
}

// startLooks sends lookers out for what is due.
func (r *run) startLooks(ctx context.Context) {
	for r.lookers < maxLookers {
		// A burst is shared by all lookers.
		share := min(lookBatch, len(r.files.queue)/maxLookers+1)
		var list []*candidate
		var asked []question
		for len(list) < share {
			c := r.files.next(r.now)
			if c == nil {
				break
			}
			if c.ask {
				r.give.asks = append(r.give.asks, c)
				continue
			}
			c.looking = true
			if c.stirred {
				c.stirred = false
				c.h.stir(r.now)
			}
			list = append(list, c)
			asked = append(asked, question{
				path: c.path, asked: c.h.asked, last: c.h.last, known: c.h.known, verdict: c.h.verdict,
				who: c.h.phase == writing && r.now.Sub(c.h.first) >= naming,
			})
		}
		if len(list) == 0 {
			return
		}
		r.lookers++
		r.spawn(func() { r.look(ctx, list, asked) })
	}
}

// look is a looker.
func (r *run) look(ctx context.Context, list []*candidate, asked []question) {
	var out []seen
	since := time.Now()
	for i, q := range asked {
		if ctx.Err() != nil {
			return
		}
		out = append(out, seen{list[i], r.sys.look(q)})
		if last := i == len(asked)-1; !last && time.Since(since) < lookBack {
			continue
		}
		select {
		case r.answers <- out:
			out, since = nil, time.Now()
		case <-ctx.Done():
			return
		}
	}
	select {
	case r.answers <- nil: // this looker is free
	case <-ctx.Done():
	}
}

// answered takes in what a looker saw.
func (r *run) answered(list []seen) {
	if list == nil {
		r.lookers--
		return
	}
	r.dirty = true
	for _, s := range list {
		if s.c.dropped {
			continue
		}
		s.c.looking = false
		r.saw(s.c, s.answer)
	}
}

// saw takes in one look.
func (r *run) saw(c *candidate, a answer) {
	switch a.sight {
	case sightGone:
		r.filtered.forget(c.path)
		r.done(c)
		return
	case sightDir:
		if ok, why := r.w.filter.entersWhy(c.path); ok {
			r.filtered.forget(c.path)
			r.walk.some[c.path] = true
		} else if why != "" {
			r.filtered.add(Pending{c.path, why, FileFiltered})
		}
		r.done(c)
		return
	case sightFiltered:
		r.filtered.add(Pending{c.path, a.reason, a.state})
		r.done(c)
		return
	case sightFile:
		r.filtered.forget(c.path)
		// What was written, or got this name just now, may look as what was
		// handled and have another content: inodes are given out again at once,
		// and some programs set times.
		if r.handled.has(c.path, a.stat.version) && !((c.wrote || c.came) && r.handled.sum(c.path) != 0) {
			r.done(c)
			return
		}
		if r.retimed.same(c.path, a.stat, r.now) {
			r.same(c, a.stat)
			return
		}
		if c.waits && c.h.asked && c.h.last.number != a.stat.number {
			r.waitNot(c) // another file stands there now
		}
	case sightBroken:
	}
	h, n := settle(c.h, a, r.now, r.w.cfg.Quiet, c.waits)
	c.refused = false
	if c.byHand && a.sight == sightFile {
		c.byHand = a.stat.version == c.wanted
		if c.byHand && a.deep && a.writer != writerOpen {
			h.phase, h.reason, n = ready, "given by hand", next{wait: -1}
		}
	}
	c.h = h
	again := c.again
	c.again = false
	if n.close && r.waitFor(c) {
		// It may have been closed before the wait began.
		r.files.at(c, r.now.Add(step))
		return
	}
	if h.phase == ready {
		if !again && r.handled.equal(c.path, a.stat.version, h.verdict.sum) {
			r.done(c)
			return
		}
		if !again && r.retimed.equal(c.path, a.stat, h.verdict.sum, r.now) {
			r.same(c, a.stat)
			return
		}
		if again { // told after or before this look? One more look knows.
			r.files.at(c, r.now.Add(step))
			return
		}
		r.ready(c)
		return
	}
	if n.wait >= 0 {
		r.files.at(c, r.now.Add(n.wait))
	}
	if again && !c.waits {
		r.files.at(c, r.now.Add(step))
	}
}

// same ends with c: it is what was taken a moment ago, with other times.
func (r *run) same(c *candidate, s stat) {
	r.handled.add(c.path, s.version, r.retimed.sum(c.path))
	if r.w.cfg.Same != nil {
		r.give.same = append(r.give.same, s.file(c.path))
	}
	r.done(c)
}

// waitFor begins to wait for the closing of c and reports whether that is new.
func (r *run) waitFor(c *candidate) bool {
	// A network drive may hang, and this is the loop.
	if c.waits || r.place.remote != "" || !r.openCloses() {
		return false
	}
	if err := r.closes.add(c.path); err != nil {
		return false
	}
	c.waits = true
	return true
}

// waitNot ends the wait for the closing of c.
func (r *run) waitNot(c *candidate) {
	if c.waits && r.closes != nil {
		r.closes.remove(c.path)
	}
	c.waits = false
}

func (r *run) drop(c *candidate) {
	r.waitNot(c)
	r.files.drop(c)
}

// done drops c, and begins anew if something happened to its path since.
func (r *run) done(c *candidate) {
	r.drop(c)
	if c.again {
		next := r.begin(c.path)
		next.wrote, next.came = c.wrote, c.came
	}
}

// touch brings the next look at c on, now or as soon as c is free.
func (r *run) touch(c *candidate) {
	switch {
	case c.looking || c.giving:
		c.again = true
	case c.h.phase == ready: // it waits for the others; a look would be lost
		c.again = true
	default:
		if c.h.phase == broken {
			c.h.tries = 0
		}
		r.files.at(c, r.now)
	}
}

// mark notes that something happened to path. data says that it was no more
// than a write or a change of attributes.
func (r *run) mark(path string, data bool) {
	if c := r.files.of[path]; c != nil {
		// While its closing is waited for, writes say nothing new: the next
		// look comes with the closing. But one that is looked at or handed
		// over just now must not be dropped with a write behind it.
		if data && c.waits && !c.looking && !c.giving && (c.h.phase == settling || c.h.phase == writing) {
			return
		}
		r.touch(c)
		return
	}
	if data && r.w.filter.file(path) != "" {
		return
	}
	r.begin(path)
}

// begin makes path a candidate that is looked at now.
func (r *run) begin(path string) *candidate {
	c := &candidate{path: path, born: r.now, index: -1}
	r.files.of[path] = c
	r.files.appeared(c)
	r.files.at(c, r.now)
	return c
}

// drain takes in an event and those behind it, up to drain of them.
func (r *run) drain(ev fsnotify.Event, ok bool, happened <-chan fsnotify.Event) {
	for n := 1; ; n++ {
		if !ok {
			r.eventsFailed(nil, false)
			return
		}
		r.event(ev)
		if n == drain { // before another is received: it would be lost
			return
		}
		select {
		case ev, ok = <-happened:
		default:
			return
		}
	}
}

// event is a hint; it never decides anything about a file.
func (r *run) event(ev fsnotify.Event) {
	if !r.place.here {
		r.checkSoon()
		return
	}
	gone := ev.Has(fsnotify.Remove) || ev.Has(fsnotify.Rename)
	if ev.Name == r.w.filter.dir {
		if gone {
			r.restart()
		} else if ev.Has(fsnotify.Chmod) {
			r.checkSoon()
		}
		return
	}
	if _, ok := r.w.filter.rel(ev.Name); !ok {
		return
	}
	switch c := r.files.of[ev.Name]; {
	case gone || ev.Has(fsnotify.Create):
		r.retimed.forget(ev.Name)
		if c != nil {
			c.replaced = true
		}
	case ev.Has(fsnotify.Write):
		r.retimed.written(ev.Name)
	}
	if ev.Op == fsnotify.Chmod {
		r.retimed.touched(ev.Name)
		if c := r.files.of[ev.Name]; c != nil {
			c.touched = true
		}
	}
	if of := controlled(ev.Name); of != "" && gone {
		if c := r.files.of[of]; c != nil {
			r.touch(c)
		}
	}
	if gone {
		r.gone(ev.Name)
		r.left(ev.Name, ev.Has(fsnotify.Rename))
	}
	if ev.Has(fsnotify.Create) || ev.Has(fsnotify.Write) || ev.Has(fsnotify.Chmod) {
		r.mark(ev.Name, !ev.Has(fsnotify.Create))
	}
	if c := r.files.of[ev.Name]; c != nil {
		c.came = c.came || ev.Has(fsnotify.Create)
		if ev.Has(fsnotify.Write) {
			c.wrote, c.stirred = true, true
		}
	}
}

// gone passes on that what had a path is there no more.
func (r *run) gone(path string) {
	if r.w.cfg.Gone != nil {
		r.w.cfg.Gone(path)
	}
}

// left hears that path has gone or has another name now.
func (r *run) left(path string, renamed bool) {
	r.dirty = true
	r.filtered.forget(path)
	delete(r.broken, path)
	if c := r.files.of[path]; c != nil {
		r.touch(c)
		return
	}
	switch {
	case !r.walk.dirs[path]:
		// A directory that the running scan has added and not told yet would
		// keep watches under its old name.
		if renamed && r.walk.busy && r.w.filter.recursive && passing(path) == "" && extension(path) != "" {
			r.walk.stale = true
		}
	case renamed:
		// Watches go with the directory and would tell its files by their old
		// paths: all below it are given up, the new name is met as new.
		for dir := range r.walk.dirs {
			if within(dir, path) {
				r.place.events.remove(dir)
				delete(r.walk.dirs, dir)
			}
		}
		// A scan may have met the new name before this news came; its watches
		// then were those just given up.
		r.walk.all = true
	default:
		delete(r.walk.dirs, path)
	}
}
