package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// kept is how many touches are remembered; a caller further behind is told
// to look at all.
const kept = 8192

// progressEvery bounds how often progress alone makes a revision.
const progressEvery = 100 * time.Millisecond

// changes counts revisions and remembers which jobs each touched.
type changes struct {
	mu       sync.Mutex
	revision uint64
	touched  []touch
	floor    uint64        // who has seen less looks at all
	next     chan struct{} // closed at the next revision
	progress atomic.Int64  // when progress last made a revision, Unix ns
}

type touch struct {
	revision uint64
	id       job.ID
}

func (c *changes) init() { c.next = make(chan struct{}); c.revision = 1 }

// touch makes a revision that touched ids, or only the snapshot.
func (c *changes) touch(ids ...job.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision++
	for _, id := range ids {
		c.touched = append(c.touched, touch{c.revision, id})
	}
	if over := len(c.touched) - kept; over > 0 {
		c.touched = slices.Delete(c.touched, 0, over)
	}
	close(c.next)
	c.next = make(chan struct{})
}

// touchAll makes a revision after which everybody looks at everything.
func (c *changes) touchAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision++
	c.floor = c.revision
	close(c.next)
	c.next = make(chan struct{})
}

// moved makes a revision for progress, now and then only, unless last.
func (c *changes) moved(last bool) {
	now := time.Now().UnixNano()
	was := c.progress.Load()
	if !last && now-was < int64(progressEvery) {
		return
	}
	if c.progress.CompareAndSwap(was, now) || last {
		c.touch()
	}
}

func (c *changes) at() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revision
}

// since waits until the revision is past seen.
func (c *changes) since(ctx context.Context, seen uint64) (uploader.Change, error) {
	for {
		c.mu.Lock()
		if c.revision != seen {
			ch := c.collect(seen)
			c.mu.Unlock()
			return ch, nil
		}
		next := c.next
		c.mu.Unlock()
		select {
		case <-next:
		case <-ctx.Done():
			return uploader.Change{}, ctx.Err()
		}
	}
}

// collect names the jobs touched after seen. A revision of another engine's
// life is ahead of ours or older than what we remember: look at all.
func (c *changes) collect(seen uint64) uploader.Change {
	ch := uploader.Change{Revision: c.revision}
	oldest := c.revision - uint64(len(c.touched))
	if len(c.touched) > 0 {
		oldest = c.touched[0].revision
	}
	if seen > c.revision || seen == 0 || seen < c.floor || len(c.touched) == kept && seen < oldest {
		ch.All = true
		return ch
	}
	told := map[job.ID]bool{}
	for _, t := range c.touched {
		if t.revision > seen && !told[t.id] {
			told[t.id] = true
			ch.Jobs = append(ch.Jobs, t.id)
		}
	}
	return ch
}
