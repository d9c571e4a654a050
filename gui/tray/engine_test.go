package tray

import (
	"context"
	"fmt"
	"sync"

	"images-uploader.com/upshot/client/uploader"
)

// engine is an Uploader that shows what a test sets and records what it is
// asked. Methods that the tray does not use are not there.
type engine struct {
	uploader.Uploader

	asked chan string

	mu      sync.Mutex
	snap    uploader.Snapshot
	prefs   uploader.Settings
	broken  error // what Snapshot fails with
	failing error // what everything else fails with
	receipt uploader.Receipt
	changed chan struct{}
	looks   int
}

func newEngine() *engine {
	return &engine{
		asked:   make(chan string, 100),
		changed: make(chan struct{}),
		snap:    uploader.Snapshot{Revision: 1, Accounts: []uploader.AccountStatus{{ID: "a", Name: "home"}}},
	}
}

// set changes what is.
func (e *engine) set(change func(*uploader.Snapshot)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.snap)
	e.snap.Revision++
	close(e.changed)
	e.changed = make(chan struct{})
}

// answer sets what requests are answered with.
func (e *engine) answer(r uploader.Receipt, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.receipt, e.failing = r, err
}

func (e *engine) breakDown(err error) {
	e.set(func(*uploader.Snapshot) { e.broken = err })
}

func (e *engine) looked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.looks
}

func (e *engine) ask(format string, args ...any) (uploader.Receipt, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked <- fmt.Sprintf(format, args...)
	return e.receipt, e.failing
}

func (e *engine) SubmitClipboard(_ context.Context, o uploader.Order) (uploader.Receipt, error) {
	return e.ask("SubmitClipboard via %s copy %v notify %v batch %v", o.Via, o.Copy, o.Notify, o.Batch != "")
}

func (e *engine) Capture(_ context.Context, c uploader.CaptureOrder) (uploader.Receipt, error) {
	return e.ask("Capture %s via %s copy %v notify %v batch %v", c.Shot, c.Order.Via, c.Order.Copy, c.Order.Notify, c.Order.Batch != "")
}

func (e *engine) Pause(_ context.Context, r uploader.AccountRequest) (uploader.None, error) {
	_, err := e.ask("Pause %q", r.Account)
	return uploader.None{}, err
}

func (e *engine) Resume(_ context.Context, r uploader.AccountRequest) (uploader.None, error) {
	_, err := e.ask("Resume %q", r.Account)
	return uploader.None{}, err
}

func (e *engine) CopyLinks(_ context.Context, r uploader.CopyRequest) (uploader.Copied, error) {
	_, err := e.ask("CopyLinks %v as %q", r.IDs, r.Link.Kind)
	return uploader.Copied{}, err
}

func (e *engine) Snapshot(ctx context.Context, _ uploader.None) (uploader.Snapshot, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.looks++
	if e.broken != nil {
		return uploader.Snapshot{}, e.broken
	}
	return e.snap, ctx.Err()
}

func (e *engine) Settings(context.Context, uploader.None) (uploader.Settings, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.prefs, nil
}

// speak changes the language of the settings.
func (e *engine) speak(language string) {
	e.set(func(*uploader.Snapshot) { e.prefs.Language = language })
}

func (e *engine) Changes(ctx context.Context, s uploader.Since) (uploader.Change, error) {
	e.mu.Lock()
	revision, changed := e.snap.Revision, e.changed
	e.mu.Unlock()
	if revision > s.Revision {
		return uploader.Change{Revision: revision}, nil
	}
	select {
	case <-changed:
		return uploader.Change{Revision: s.Revision + 1}, nil
	case <-ctx.Done():
		return uploader.Change{}, ctx.Err()
	}
}
