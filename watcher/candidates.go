package watcher

import (
	"container/heap"
	"time"
)

// candidate is a file on its way from its first sign to Take.
type candidate struct {
	path     string
	h        history
	born     time.Time // when it appeared
	due      time.Time // of its next look
	index    int       // in the heap; -1: no look is due
	looking  bool      // a look is under way
	giving   bool      // it is with Known or Take
	again    bool      // something happened to it meanwhile
	wrote    bool      // and that was more than a change of attributes
	stirred  bool      // the same, since the last look at it was sent out
	replaced bool      // or that another file may stand there
	came     bool      // it got its name since it was given, or ever
	touched  bool      // or no more
	waits    bool      // its closing is waited for
	ask      bool      // Known comes before the next look
	unknown  bool      // Known said no to the version below
	version  version
	fails    int    // of Known or Take, in a row
	met      uint64 // the last scan of everything that met it
	dropped  bool
	refused  bool // Known or Take gave an error last
	byHand   bool // a person wants the version below as it is
	wanted   version
}

// state is where c stands, for a person.
func (c *candidate) state() FileState {
	switch c.h.phase {
	case writing:
		return FileWriting
	case parked:
		if c.h.verdict.is == foreign {
			return FileFiltered
		}
		return FileIncomplete
	case broken:
		if c.refused {
			return FileWaiting
		}
		return FileUnreadable
	case settling, resting, ready:
	}
	return FileSettling
}

// candidates are all files on their way, and those whose next look is due
// first.
type candidates struct {
	of    map[string]*candidate
	queue queue
	young []*candidate // in the order they appeared; what is old or settled is dropped from the front
}

func newCandidates() *candidates { return &candidates{of: map[string]*candidate{}} }

// at schedules the next look at c; it never delays one that is due already.
func (cs *candidates) at(c *candidate, t time.Time) {
	switch {
	case c.index < 0:
		c.due = t
		heap.Push(&cs.queue, c)
	case t.Before(c.due):
		c.due = t
		heap.Fix(&cs.queue, c.index)
	}
}

// next takes the candidate whose look is due at now, or returns nil.
func (cs *candidates) next(now time.Time) *candidate {
	if len(cs.queue) == 0 || cs.queue[0].due.After(now) {
		return nil
	}
	c, ok := heap.Pop(&cs.queue).(*candidate)
	if !ok {
		return nil
	}
	return c
}

func (cs *candidates) drop(c *candidate) {
	c.dropped = true
	if c.index >= 0 {
		heap.Remove(&cs.queue, c.index)
	}
	if cs.of[c.path] == c {
		delete(cs.of, c.path)
	}
}

const (
	// together is how long after its appearance a file that still settles is
	// waited for by finished ones, so that they go together. One whose closing
	// is waited for is not, nor is one that is incomplete.
	together = 150 * time.Millisecond
	// soon is how near the end of another's quiet time must be for the same,
	// and how long two or more wait for yet another.
	soon = 50 * time.Millisecond
	// longest is how long finished files wait at most.
	longest = 300 * time.Millisecond
)

// appeared remembers that c is new.
func (cs *candidates) appeared(c *candidate) {
	cs.trim(c.born)
	cs.young = append(cs.young, c)
}

// trim drops from the front of young what is old or settled.
func (cs *candidates) trim(now time.Time) {
	for len(cs.young) > 0 {
		c := cs.young[0]
		if !c.dropped && c.h.phase == settling && !c.waits && c.born.Add(together).After(now) {
			return
		}
		cs.young[0] = nil
		cs.young = cs.young[1:]
	}
	cs.young = nil
}

// hold says until when n finished files, the first of them since first and the
// last since last, shall wait for those that appeared with them; not after
// now: they go.
func (cs *candidates) hold(n int, first, last, now time.Time) time.Time {
	cs.trim(now)
	until := now
	if n > 1 { // a lone file never waits for this
		until = last.Add(soon)
	}
	if len(cs.young) > 0 && cs.young[0].born.Add(together).After(until) {
		until = cs.young[0].born.Add(together)
	}
	if len(cs.queue) > 0 {
		if c := cs.queue[0]; c.h.phase == resting && c.due.After(until) && !c.due.After(now.Add(soon)) {
			until = c.due
		}
	}
	if end := first.Add(longest); end.Before(until) {
		return end
	}
	return until
}

// queue is a heap by due time.
type queue []*candidate

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	c, ok := x.(*candidate)
	if !ok {
		return
	}
	c.index = len(*q)
	*q = append(*q, c)
}

func (q *queue) Pop() any {
	old := *q
	c := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	c.index = -1
	return c
}
