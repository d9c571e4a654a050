package watcher

import (
	"cmp"
	"slices"
)

// publish tells the status if it changed, not more often than people can see.
func (r *run) publish() {
	if !r.dirty || r.now.Sub(r.published) < between {
		return
	}
	r.dirty, r.published = false, r.now
	if r.w.publish(r.status()) && r.w.cfg.Changed != nil {
		r.w.cfg.Changed()
	}
}

func (r *run) status() Status {
	s := Status{State: r.place.state, Reason: r.place.reason, Last: r.last, Filtered: len(r.filtered.is.all)}
	if s.State == "" {
		s.State, s.Reason = StateWatching, "starting"
	}
	var top top
	for dir, reason := range r.broken {
		top.add(Pending{dir, reason, FileUnreadable}, 0)
	}
	s.Waiting = len(r.broken)
	for _, c := range r.files.of {
		// What has only just appeared is most likely gone before it is read.
		if c.h.reason == "" || c.h.phase == settling && r.now.Sub(c.born) < between {
			continue
		}
		s.Waiting++
		top.add(Pending{c.path, c.h.reason, c.state()}, c.h.phase.rank())
	}
	for _, l := range top {
		s.Pending = append(s.Pending, l.Pending)
	}
	var kept []Pending
	for _, p := range r.filtered.is.some {
		kept = append(kept, p)
	}
	slices.SortFunc(kept, func(a, b Pending) int { return cmp.Compare(a.Path, b.Path) })
	s.Pending = append(s.Pending, kept[:min(len(kept), maxPending-len(s.Pending))]...)
	return s
}

// line is a file that waits, and how much a person wants to know of it.
type line struct {
	Pending
	rank int
}

func (l line) compare(o line) int {
	return cmp.Or(cmp.Compare(l.rank, o.rank), cmp.Compare(l.Path, o.Path))
}

// top are the first lines, in order; ten thousand files may wait, and this is
// the loop.
type top []line

func (t *top) add(p Pending, rank int) {
	l := line{p, rank}
	if n := len(*t); n == maxPending {
		if l.compare((*t)[n-1]) >= 0 {
			return
		}
		*t = (*t)[:n-1]
	}
	at, _ := slices.BinarySearchFunc(*t, l, line.compare)
	*t = slices.Insert(*t, at, l)
}

// rank orders phases by what a person wants to know first.
func (p phase) rank() int {
	switch p {
	case broken:
		return 0
	case parked:
		return 1
	case writing:
		return 2
	case settling, resting, ready:
	}
	return 3
}
