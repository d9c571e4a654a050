package watcher

import (
	"context"
	"slices"
	"time"
)

const maxAsks = 256

// giveState is about Known and Take, which one goroutine at a time calls.
type giveState struct {
	ready []*candidate
	since time.Time    // when the first of ready was
	last  time.Time    // and the last
	asks  []*candidate // found by a scan: is this one known?
	same  []File       // given other times since they were taken
	busy  bool
}

// gift is a version of a file on its way to Known, and to Take if it is
// finished.
type gift struct {
	c    *candidate
	file File
	v    version
	sum  uint64
	ask  bool // Known was not asked about this version
	take bool
}

// outcome is what Known and Take said.
type outcome struct {
	gift
	known bool
	taken bool
	err   error
}

// ready takes in a finished file.
func (r *run) ready(c *candidate) {
	if len(r.give.ready) == 0 {
		r.give.since = r.now
	}
	r.give.ready = append(r.give.ready, c)
	r.give.last = r.now
}

// hold says until when the finished files wait for more.
func (r *run) hold() time.Time {
	return r.files.hold(len(r.give.ready), r.give.since, r.give.last, r.now)
}

// startGive hands over what is finished and asks about what was found.
func (r *run) startGive(ctx context.Context) {
	g := &r.give
	if g.busy {
		return
	}
	var gifts []gift
	if len(g.ready) > 0 && !r.hold().After(r.now) {
		for _, c := range g.ready {
			switch {
			case c.dropped:
			case c.again: // something happened while it waited for the others
				c.again, c.h.phase = false, settling
				r.files.at(c, r.now)
			default:
				gifts = append(gifts, r.gift(c, true))
			}
		}
		g.ready = nil
		slices.SortFunc(gifts, func(a, b gift) int { return byAge(a.file, b.file) })
	}
	for len(g.asks) > 0 && len(gifts) < maxAsks {
		if c := g.asks[0]; !c.dropped && !c.giving && c.ask {
			gifts = append(gifts, r.gift(c, false))
		}
		g.asks[0] = nil
		g.asks = g.asks[1:]
	}
	same := g.same
	g.same = nil
	if len(gifts) == 0 && len(same) == 0 {
		return
	}
	g.busy = true
	r.spawn(func() {
		out := r.hand(ctx, gifts)
		for _, f := range same {
			if err := r.w.cfg.Same(ctx, f); err != nil {
				r.w.cfg.Log.Warn("a file's new times were not remembered", "err", err)
			}
		}
		select {
		case r.given <- out:
		case <-ctx.Done():
		}
	})
}

func (r *run) gift(c *candidate, take bool) gift {
	c.giving, c.wrote, c.came, c.touched, c.replaced = true, false, false, false, false
	v := c.h.last.version
	g := gift{
		c: c, file: c.h.last.file(c.path), v: v, sum: c.h.verdict.sum, take: take,
		ask: r.w.cfg.Known != nil && (!c.unknown || c.version != v),
	}
	g.file.Rewritten = take && r.handled.has(c.path, v)
	return g
}

// hand calls Known and Take.
func (r *run) hand(ctx context.Context, gifts []gift) []outcome {
	out := make([]outcome, len(gifts))
	var files []File
	for i, g := range gifts {
		out[i].gift = g
		if g.ask && ctx.Err() == nil {
			out[i].known, out[i].err = r.w.cfg.Known(ctx, g.file)
		}
		if g.take && !out[i].known && out[i].err == nil {
			files = append(files, g.file)
		}
	}
	if len(files) == 0 || ctx.Err() != nil {
		return out
	}
	var err error
	if r.w.cfg.Take != nil {
		err = r.w.cfg.Take(ctx, files)
	}
	for i := range out {
		if o := &out[i]; o.take && !o.known && o.err == nil {
			o.taken, o.err = err == nil, err
		}
	}
	return out
}

// gave takes in what Known and Take said.
func (r *run) gave(list []outcome) {
	r.give.busy = false
	r.dirty = true
	for _, o := range list {
		c := o.c
		c.giving = false
		if o.known || o.taken {
			r.handled.add(c.path, o.v, o.sum)
			if o.taken {
				r.last = c.path
				if !c.replaced && !c.dropped {
					r.retimed.taken(c.path, taking{version: o.v, sum: o.sum, touched: c.touched, written: c.wrote}, r.now)
				}
			}
		}
		if c.dropped {
			continue
		}
		switch {
		case o.err != nil:
			c.fails++
			c.refused = true
			c.h.phase, c.h.reason = broken, "it could not be handed over, tried again: "+o.err.Error()
			if c.ask {
				c.h.reason = "whether it was sent before is not known yet, asked again: " + o.err.Error()
			}
			r.files.at(c, r.now.Add(backoff(c.fails)))
		case o.known || o.taken:
			r.done(c)
		default: // found by a scan, and not known
			c.ask, c.unknown, c.version, c.fails = false, true, o.v, 0
			c.born = r.now
			r.files.appeared(c)
			r.files.at(c, r.now)
		}
	}
}
