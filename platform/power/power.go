// Package power tells before the computer sleeps and before the session ends,
// in time to come to an end with what cannot be cut, and when the computer
// wakes: by logind on Linux, which is asked to wait for a moment, by the
// messages of the system on Windows. Where nobody tells (macOS, a Linux without
// logind), it notices by the clocks that the computer has slept.
//
// A session that ends by SIGTERM is the caller's to notice.
//
// It imports nothing of Upshot. Its goroutines end with Run.
package power

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Event is what the system is about to do, or has done.
type Event string

// The events.
const (
	Suspending Event = "suspending" // it sleeps as soon as we are ready
	Resumed    Event = "resumed"    // it has slept
	Ending     Event = "ending"     // the session or the system ends as soon as we are ready
	Staying    Event = "staying"    // it does not end after all
)

// Config is what New needs.
type Config struct {
	// Told is told of each event, one after the other. The system waits for it
	// to return before it sleeps or ends, but only as long as its context
	// lasts, which then is a few seconds.
	Told func(ctx context.Context, e Event)
	App  string // who asks the system to wait, for people; "" is Upshot
	Why  string // and what for; "" is "files on their way are ended"
	Log  *slog.Logger
}

// Power is the computer's power and the person's session.
type Power struct{ config Config }

// New returns it. It touches nothing.
func New(c Config) *Power {
	if c.App == "" {
		c.App = "Upshot"
	}
	if c.Why == "" {
		c.Why = "files on their way are ended"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Told == nil {
		c.Told = func(context.Context, Event) {}
	}
	return &Power{c}
}

// errNobody is a system that does not tell.
var errNobody = fmt.Errorf("nobody here tells before the computer sleeps: %w", errors.ErrUnsupported)

const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
)

// Run tells of events until ctx ends; it returns ctx's error.
func (p *Power) Run(ctx context.Context) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		began := time.Now()
		err := p.listen(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(began) > lastPause {
			pause = firstPause // it was heard for a while
		}
		if pause == firstPause {
			p.config.Log.Info("sleep of the computer is only noticed afterwards", "error", err)
		}
		// Meanwhile, and where nobody ever tells, the clocks do.
		wait, cancel := context.WithTimeout(ctx, pause)
		p.watchClocks(wait, systemClocks())
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// tell calls Told, with so much time.
func (p *Power) tell(ctx context.Context, limit time.Duration, e Event) {
	p.config.Log.Debug("power", "event", string(e))
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p.config.Told(ctx, e)
}

// relaxed is how long Told may take when nobody waits for it.
const relaxed = time.Minute
