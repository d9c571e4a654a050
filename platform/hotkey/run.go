package hotkey

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"
)

// backend is one way to hotkeys, open.
type backend interface {
	// serve keeps the bindings until ctx ends or the way is gone. It tells
	// what became of them, at least once before it waits, and again when that
	// changes, and each press.
	serve(ctx context.Context, all []Binding, tell func([]Status), press func(action string)) error
}

// errNone says why there is no backend at the moment.
type errNone string

func (e errNone) Error() string { return string(e) }

const (
	// maxWaiting presses wait for Pressed; who holds a key down for an hour
	// does not want thousands of pictures.
	maxWaiting = 4
	// firstPause doubles with each failure up to Config.Retry.
	firstPause = 250 * time.Millisecond
)

// Run keeps the bindings until ctx ends; it returns ctx's error. It is called
// once.
func (h *Hotkeys) Run(ctx context.Context) error {
	h.mu.Lock()
	h.running = true
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		h.running = false
		wanted, asked := h.wanted, h.asked
		h.mu.Unlock()
		h.tell(asked, statuses(wanted, ErrIdle))
	}()
	var working sync.WaitGroup
	defer working.Wait()
	presses := make(chan string, maxWaiting)
	working.Go(func() { h.deliver(ctx, presses) })

	pause := firstPause
	for ctx.Err() == nil {
		h.mu.Lock()
		wanted, asked := h.wanted, h.asked
		h.mu.Unlock()
		began := time.Now()
		err := h.serve(ctx, asked, wanted, presses)
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			pause = firstPause
			continue
		}
		if time.Since(began) > h.config.Retry {
			pause = firstPause // it worked for a while
		}
		var none errNone
		var late <-chan time.Time
		if errors.As(err, &none) {
			pause = h.config.Retry
			h.tell(asked, unsupported(wanted, string(none)))
		} else {
			h.tell(asked, statuses(wanted, err))
			h.config.Log.Info("hotkeys do not work now", "error", err)
		}
		// A desktop that has asked the person, or will, is not asked again
		// without need.
		refused := errors.Is(err, fs.ErrPermission)
		if !refused && !errors.Is(err, context.DeadlineExceeded) {
			late = time.After(pause)
			pause = min(2*pause, h.config.Retry)
		}
		h.rest(ctx, late, asked, refused)
	}
	return ctx.Err()
}

// rest waits until it is time, or Run has to look; if refused, only for other
// bindings.
func (h *Hotkeys) rest(ctx context.Context, late <-chan time.Time, asked uint64, refused bool) {
	for {
		select {
		case <-late:
			return
		case <-h.wake:
			h.mu.Lock()
			same := h.asked == asked
			h.mu.Unlock()
			if !same || !refused {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// serve keeps one set of bindings until another is wanted (nil) or it cannot.
func (h *Hotkeys) serve(ctx context.Context, asked uint64, wanted []Binding, presses chan<- string) error {
	if len(wanted) == 0 {
		h.tell(asked, nil)
		select {
		case <-h.wake:
		case <-ctx.Done():
		}
		return nil
	}
	b, err := open(h.config)
	if err != nil {
		return err
	}
	sctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- b.serve(sctx, wanted, func(s []Status) { h.tell(asked, s) }, func(action string) {
			select {
			case presses <- action:
			default:
				h.config.Log.Warn("hotkey pressed too often", "action", action)
			}
		})
	}()
	for {
		select {
		case <-h.wake:
			h.mu.Lock()
			same := h.asked == asked
			h.mu.Unlock()
			if same {
				continue // Again, and there is a display already
			}
			stop()
			<-ended
			return nil
		case err := <-ended:
			return err
		}
	}
}

// deliver calls Pressed, one press at a time.
func (h *Hotkeys) deliver(ctx context.Context, presses <-chan string) {
	for {
		select {
		case action := <-presses:
			if h.config.Pressed != nil {
				h.config.Pressed(ctx, action)
			}
		case <-ctx.Done():
			return
		}
	}
}

// tell keeps what became of the bindings that were asked for as number asked.
func (h *Hotkeys) tell(asked uint64, status []Status) {
	h.mu.Lock()
	if asked != h.asked {
		h.mu.Unlock()
		return // others are wanted by now
	}
	changed := h.applied != asked || !slices.EqualFunc(h.status, status, func(a, b Status) bool {
		return a.Binding == b.Binding && a.Active == b.Active && a.Shown == b.Shown && words(a.Err) == words(b.Err)
	})
	h.applied, h.status = asked, slices.Clone(status)
	if changed {
		close(h.news)
		h.news = make(chan struct{})
	}
	h.mu.Unlock()
	if changed && h.config.Changed != nil {
		h.config.Changed(slices.Clone(status))
	}
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
