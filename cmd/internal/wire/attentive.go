package wire

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/uploader"
)

// settingsLook is how often the settings file is looked at while nobody asks
// for anything, and the system tells of no change.
const settingsLook = time.Minute

// attentive is an engine that sees at once what a person has changed in the
// settings file: whoever asks is answered by what stands there.
type attentive struct {
	*engine.Engine
	store *store
	log   *slog.Logger
	mu    sync.Mutex
	rung  chan struct{} // the file is another: what waits for it goes on
}

func newAttentive(e *engine.Engine, s *store, log *slog.Logger) *attentive {
	return &attentive{Engine: e, store: s, log: log, rung: make(chan struct{}, 1)}
}

// look has the engine read the settings file if it is another, and say what is
// wrong with it now.
func (a *attentive) look(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.store.Changed() {
		if _, err := a.Engine.Settings(ctx, uploader.None{}); err != nil {
			a.log.Error("settings file not read again", "error", err)
		}
		if !a.store.Saving() { // nothing is known of it yet: what stood goes on
			select {
			case a.rung <- struct{}{}:
			default:
			}
		}
	}
	a.tell()
}

// tell has the engine say what is wrong with the file now, and no more what is
// not. The caller holds mu.
func (a *attentive) tell() {
	notices := a.store.Notices()
	for _, id := range settingsNotices() {
		i := slices.IndexFunc(notices, func(n uploader.Notice) bool { return n.ID == id })
		if i < 0 {
			a.TakeBack(id)
		} else {
			a.Notice(notices[i])
		}
	}
}

// follow looks at the file when it changes, and now and then, until ctx ends,
// for what nobody asks about: watched folders, and uploads that wait for an
// account. Only with notified does the system tell of changes: to end that
// takes 15 ms on Linux, as long as all else of one small file.
func (a *attentive) follow(ctx context.Context, notified bool) {
	var events <-chan struct{} // nil: no event ever comes
	if notified {
		events = settingsEvents(ctx, a.store.path)
		defer func(events <-chan struct{}) {
			for range events { // until its goroutine has ended
			}
		}(events)
	}
	a.look(ctx) // it may have changed before anybody told
	look := time.NewTimer(untilNext(settingsLook))
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			a.look(ctx)
		case _, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			a.look(ctx)
		case <-a.rung:
			if err := a.Reread(); err != nil {
				a.log.Error("settings file not read again", "error", err)
			}
			a.mu.Lock()
			a.tell()
			a.mu.Unlock()
		}
		wait := untilNext(settingsLook)
		if a.store.Saving() {
			wait = min(wait, saving)
		}
		look.Reset(wait)
	}
}

// Snapshot is the engine's, with the settings as they are on disk.
func (a *attentive) Snapshot(ctx context.Context, n uploader.None) (uploader.Snapshot, error) {
	a.look(ctx)
	return a.Engine.Snapshot(ctx, n)
}

// Settings are those on disk.
func (a *attentive) Settings(ctx context.Context, n uploader.None) (uploader.Settings, error) {
	a.look(ctx)
	return a.Engine.Settings(ctx, n)
}

// Submit goes by the settings as they are on disk.
func (a *attentive) Submit(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	a.look(ctx)
	return a.Engine.Submit(ctx, o)
}

// SubmitClipboard goes by the settings as they are on disk.
func (a *attentive) SubmitClipboard(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	a.look(ctx)
	return a.Engine.SubmitClipboard(ctx, o)
}

// Capture goes by the settings as they are on disk.
func (a *attentive) Capture(ctx context.Context, c uploader.CaptureOrder) (uploader.Receipt, error) {
	a.look(ctx)
	return a.Engine.Capture(ctx, c)
}

// Jobs tells why jobs wait by the settings as they are on disk.
func (a *attentive) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	a.look(ctx)
	return a.Engine.Jobs(ctx, r)
}
