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
	type line struct {
		Pending
		rank int
	}
	var lines []line
	for dir, reason := range r.broken {
		lines = append(lines, line{Pending{dir, reason, FileUnreadable}, 0})
	}
	for _, c := range r.files.of {
		// What has only just appeared is most likely gone before it is read.
		if c.h.reason == "" || c.h.phase == settling && r.now.Sub(c.born) < between {
			continue
		}
		lines = append(lines, line{Pending{c.path, c.h.reason, c.state()}, c.h.phase.rank()})
	}
	s.Waiting = len(lines)
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Path, b.Path))
	})
	for _, l := range lines[:min(len(lines), maxPending)] {
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
