package presenter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// Config says whom to follow and whom to tell.
type Config struct {
	// Connect attaches to an uploader, starting one if need be. It is called
	// again, with growing pauses, whenever it failed or the uploader has gone;
	// an uploader that is an io.Closer is closed then.
	Connect func(ctx context.Context) (uploader.Uploader, error)
	// Publish is given every new view, one at a time. It must not block.
	Publish func(View)
	// Interval is the least time between two views; 0 means 100 ms.
	Interval time.Duration
	Log      *slog.Logger // nil: nothing is logged
}

// Presenter stands between the window and its uploader. Its methods may be
// called from any goroutine and never block.
type Presenter struct {
	cfg    Config
	poke   chan struct{} // something is wanted: have a look
	calls  calls
	thumbs thumbs

	mu    sync.Mutex
	asks  [2]ask
	dirty bool // asks have changed since the lists were loaded
	up    uploader.Uploader
}

// New returns a Presenter that does nothing until Run.
func New(cfg Config) (*Presenter, error) {
	if cfg.Connect == nil || cfg.Publish == nil {
		return nil, errors.New("presenter: Connect and Publish are needed")
	}
	if cfg.Interval <= 0 {
		cfg.Interval = 100 * time.Millisecond
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Presenter{cfg: cfg, poke: make(chan struct{}, 1)}
	p.calls.wake = make(chan struct{}, 1)
	p.thumbs.wake = make(chan struct{}, thumbWorkers)
	// the first page of each list is on the screen as soon as the list is
	p.asks[Queue].want(0)
	p.asks[History].want(0)
	return p, nil
}

// Want says that a row of a list is on the screen.
func (p *Presenter) Want(which Which, row int) {
	p.mu.Lock()
	fresh := p.asks[which].want(row)
	p.dirty = p.dirty || fresh
	p.mu.Unlock()
	if fresh {
		p.nudge()
	}
}

// Narrow shows only those jobs of a list that a filter leaves.
func (p *Presenter) Narrow(which Which, f Filter) {
	p.mu.Lock()
	fresh := p.asks[which].filter != f
	if fresh {
		p.asks[which] = ask{filter: f, pages: []int{0}}
		p.dirty = true
	}
	p.mu.Unlock()
	if fresh {
		p.nudge()
	}
}

// Retry attaches at once instead of waiting for the next try.
func (p *Presenter) Retry() { p.nudge() }

func (p *Presenter) nudge() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// Run follows the uploader until ctx ends.
func (p *Presenter) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { p.serveCalls(ctx) })
	for range thumbWorkers {
		wg.Go(func() { p.serveThumbs(ctx) })
	}

	view := View{Link: Connecting}
	p.cfg.Publish(view)
	pause := firstPause
	for ctx.Err() == nil {
		up, err := p.cfg.Connect(ctx)
		if err == nil {
			p.setUploader(up)
			var seen bool
			seen, err = p.follow(ctx, up, &view)
			p.setUploader(nil)
			if c, ok := up.(io.Closer); ok {
				_ = c.Close() // it has gone, or we go
			}
			if seen {
				pause = firstPause
			}
		}
		if ctx.Err() != nil {
			return
		}
		p.cfg.Log.Info("the uploader has gone", "error", err)
		view.Tries++
		view.Link, view.Err, view.Sending = Lost, err, nil
		view.Snapshot.Sending = nil // nobody knows how far they are
		p.cfg.Publish(view)
		select {
		case <-ctx.Done():
		case <-p.poke:
		case <-time.After(pause):
			pause = min(2*pause, lastPause)
		}
	}
}

// The pauses between tries to attach.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// change is an answer of Changes.
type change struct {
	uploader.Change
	err error
}

// follow publishes views of up until it fails or ctx ends. seen says that at
// least one view was published.
func (p *Presenter) follow(ctx context.Context, up uploader.Uploader, view *View) (seen bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	var changed chan change // an outstanding Changes
	stale, jobs := true, true
	for {
		next := *view
		if stale {
			if next.Snapshot, err = up.Snapshot(ctx, uploader.None{}); err != nil {
				return seen, fmt.Errorf("snapshot: %w", err)
			}
			next.Sending = make(map[job.ID]uploader.Progress, len(next.Snapshot.Sending))
			for _, s := range next.Snapshot.Sending {
				next.Sending[s.ID] = s
			}
		}
		if asks, dirty := p.takeAsks(); dirty || jobs {
			for which := range next.Lists {
				if next.Lists[which], err = load(ctx, up, Which(which), asks[which], next.Snapshot.Counts); err != nil {
					return seen, fmt.Errorf("jobs: %w", err)
				}
			}
		}
		next.Link, next.Err, next.Tries = Live, nil, 0
		*view = next
		seen = true
		p.cfg.Publish(next)

		if changed == nil {
			changed = make(chan change, 1)
			since := uploader.Since{Revision: next.Snapshot.Revision}
			wg.Go(func() {
				c, err := up.Changes(ctx, since)
				changed <- change{c, err}
			})
		}
		pause := time.After(p.cfg.Interval)
		stale, jobs = false, false
		select {
		case <-ctx.Done():
			return seen, ctx.Err()
		case c := <-changed:
			if c.err != nil {
				return seen, fmt.Errorf("changes: %w", c.err)
			}
			changed, stale = nil, true
			jobs = c.All || len(c.Jobs) > 0 // progress alone moves no row
		case <-p.poke:
		}
		select {
		case <-ctx.Done():
			return seen, ctx.Err()
		case <-pause:
		}
	}
}

// takeAsks returns what is wanted, and whether that has changed since.
func (p *Presenter) takeAsks() (asks [2]ask, dirty bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asks, dirty = p.asks, p.dirty
	for i := range asks {
		asks[i].pages = append([]int(nil), asks[i].pages...)
	}
	p.dirty = false
	return asks, dirty
}

func (p *Presenter) setUploader(up uploader.Uploader) {
	p.mu.Lock()
	p.up = up
	p.mu.Unlock()
	if up != nil {
		p.wakeThumbs()
	}
}

func (p *Presenter) uploader() uploader.Uploader {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up
}
