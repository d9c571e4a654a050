package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// upkeepEvery is how often history is trimmed.
const upkeepEvery = 12 * time.Hour

// orphanAge is how old a file in the spool must be to count as left over: a
// newer one may be about to be given.
const orphanAge = time.Hour

// upkeep trims history to what the settings keep, removes the previews of what
// is not in it any more, and tells of files in the spool that belong to
// nothing, until ctx ends.
func (e *Engine) upkeep(ctx context.Context) {
	timer := time.NewTimer(time.Minute) // not while everything starts
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(upkeepEvery)
		case <-e.trimNow:
		}
		e.trim(ctx)
		e.sweepThumbs(ctx)
		e.tellOrphans(ctx)
	}
}

// keepUp has upkeep done now.
func (e *Engine) keepUp() {
	select {
	case e.trimNow <- struct{}{}:
	default:
	}
}

func (e *Engine) trim(ctx context.Context) {
	e.mu.Lock()
	keep := queue.Retention{Age: time.Duration(e.settings.KeepDays) * 24 * time.Hour, Count: e.settings.KeepCount}
	e.mu.Unlock()
	if keep.Age <= 0 && keep.Count <= 0 {
		return
	}
	n, err := e.cfg.Queue.Trim(ctx, keep)
	if err != nil && ctx.Err() == nil {
		e.log.Error("history not trimmed", "error", err)
	}
	if n > 0 {
		e.log.Info("history trimmed", "jobs", n)
		e.links.Add(1)
		e.changes.touchAll()
	}
}

// orphansNotice is the id of the notice about files left in the spool.
const orphansNotice = "orphans"

func (e *Engine) tellOrphans(ctx context.Context) {
	left, err := e.cfg.Queue.Orphans(ctx, e.cfg.Spool, time.Now().Add(-orphanAge))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		e.log.Error("spool not looked through", "error", err)
	case len(left) == 0:
		e.dropNotice(orphansNotice)
	default:
		what := fmt.Sprintf("%d pictures were kept for uploads that are not in the queue any more", len(left))
		if len(left) == 1 {
			what = "A picture was kept for an upload that is not in the queue any more"
		}
		e.addNotice(uploader.Notice{ID: orphansNotice, Headline: what, Hint: "they lie in " + e.cfg.Spool + "; upload or remove them as you like"})
	}
}

// damageNotice is the id of the notice about a database that is damaged.
const damageNotice = "damage"

// watchDatabase tells the person of damage that is found while the engine runs.
func (e *Engine) watchDatabase(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-e.cfg.Queue.Damage():
		e.addNotice(uploader.Notice{
			ID: damageNotice, Headline: "The list of uploads is damaged",
			Hint: "quit Upshot and start it again: what can be read is saved then, and the damaged file is kept",
		})
	}
}

// watchNetwork asks unreachable hosts at once when the network is back, and
// holds uploads back while it is paid by volume, if the person wants that.
func (e *Engine) watchNetwork(ctx context.Context) {
	err := e.cfg.Network.Watch(ctx, func(up, metered bool) {
		e.mu.Lock()
		came := up && !e.networkUp
		e.networkUp, e.metered = up, metered
		e.mu.Unlock()
		if came {
			e.askOffline()
		}
		e.changes.touch()
		e.poke()
		e.settleWaiting()
	})
	if err != nil && ctx.Err() == nil && !errors.Is(err, errors.ErrUnsupported) {
		e.log.Warn("network not watched", "error", err)
	}
}

// askOffline has every unreachable host asked now.
func (e *Engine) askOffline() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.accounts {
		a.misses = 0
		if g := a.gates[job.GateOffline]; g != nil && !g.asking {
			g.until = time.Now().Round(0)
		}
	}
}

// costly reports whether the person wants nothing sent over this network. The
// caller holds mu.
func (e *Engine) costly() bool { return e.settings.PauseMetered && e.metered }
