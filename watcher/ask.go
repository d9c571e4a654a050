package watcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrNotRunning says that the watcher does not run now.
var ErrNotRunning = errors.New("this watcher does not run")

// ErrWriting says that a program has the file open for writing.
var ErrWriting = errors.New("the file is still being written")

// ask has the loop call f and waits for that.
func (w *Watcher) ask(ctx context.Context, f func(r *run)) error {
	w.mu.Lock()
	r := w.running
	w.mu.Unlock()
	if r == nil {
		return ErrNotRunning
	}
	done := make(chan struct{})
	select {
	case r.asked <- func() { f(r); close(done) }:
		<-done
		return nil
	case <-r.ended:
		return ErrNotRunning
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Files tells of every file in the folder its state, also of those that
// Status has no room for. each is called for a portion at a time from the
// caller's goroutine; false ends it. It looks through the folder, so it may
// take a while, and changes nothing. It must not be called from Changed.
func (w *Watcher) Files(ctx context.Context, each func([]Pending) bool) error {
	var failed error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.sys.walk(ctx, []string{w.filter.dir}, nil, func(part found) bool {
		if failed = part.root; failed != nil {
			return false
		}
		list := append(part.broken, part.filtered...)
		if failed = w.ask(ctx, func(r *run) {
			for _, e := range part.files {
				list = append(list, r.standing(e))
			}
		}); failed != nil {
			return false
		}
		return len(list) == 0 || each(list)
	})
	if failed == nil {
		failed = ctx.Err()
	}
	if failed != nil {
		return fmt.Errorf("list the files of %q: %w", w.filter.dir, failed)
	}
	return nil
}

// standing is the state of a file that passes the filters.
func (r *run) standing(e entry) Pending {
	p := Pending{Path: e.path, State: FileSettling, Reason: "settling: it was found a moment ago"}
	if c := r.files.of[e.path]; c != nil {
		p.State = c.state()
		if c.h.reason != "" {
			p.Reason = c.h.reason
		}
		return p
	}
	if r.handled.has(e.path, e.stat.version) {
		p.State, p.Reason = FileHandled, "it was handed over, or known already"
	}
	return p
}

// Give hands over a file that waits though nobody writes it, incomplete or of
// a kind that its content does not show, because a person wants it so. It goes
// to Known and Take as it stands, unless it changes just now. The error wraps
// [fs.ErrNotExist] if no such file waits (one that a filter keeps out does not:
// the caller may send it without the watcher), and [ErrWriting].
func (w *Watcher) Give(ctx context.Context, path string) error {
	err := fs.ErrNotExist
	asked := w.ask(ctx, func(r *run) {
		c := r.files.of[path]
		switch {
		case c == nil:
			return
		case c.h.phase == writing:
			err = ErrWriting
			return
		}
		err = nil
		c.byHand, c.wanted = true, c.h.last.version
		r.touch(c)
	})
	if asked != nil {
		err = asked
	}
	if err != nil {
		return fmt.Errorf("give %q by hand: %w", path, err)
	}
	return nil
}

// Again looks at everything anew: Refuse answers otherwise now.
func (w *Watcher) Again(ctx context.Context) error {
	return w.ask(ctx, func(r *run) { r.walk.all = r.place.here })
}
