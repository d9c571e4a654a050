package watcher

import (
	"context"
	"errors"
	"sync"
)

// Watcher watches one folder.
type Watcher struct {
	cfg    Config
	filter *filter
	sys    system

	mu      sync.Mutex
	status  Status
	running *run
}

// New checks cfg. The folder need not be there. The error wraps [ErrIgnored]
// if it is one of Config.Ignore or lies in one.
func New(cfg Config) (*Watcher, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	f := newFilter(cfg)
	return &Watcher{cfg: cfg, filter: f, sys: disk{f}, status: Status{State: StateWatching, Reason: "starting"}}, nil
}

// Status says how the watcher fares. It never waits for the disk.
func (w *Watcher) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.status
	s.Pending = append([]Pending(nil), s.Pending...)
	return s
}

var errRunning = errors.New("this watcher is running already")

// Run watches until ctx ends and then returns nil. It survives the folder's
// absence, deletion and return. It may be called again afterwards, and then
// offers again what Known does not know; it is an error while it runs.
func (w *Watcher) Run(ctx context.Context) error {
	w.mu.Lock()
	if w.running != nil {
		w.mu.Unlock()
		return errRunning
	}
	r := newRun(w)
	w.running = r
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.running = nil
		w.mu.Unlock()
	}()
	defer close(r.ended)
	r.loop(ctx)
	return nil
}

// publish makes s the status and reports whether that changed it.
func (w *Watcher) publish(s Status) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status.equal(s) {
		return false
	}
	w.status = s
	return true
}
