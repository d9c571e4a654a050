package cli

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// attachPause lies between two attachments, so that engines that go as soon
// as they come do not keep the processor busy.
const attachPause = 250 * time.Millisecond

// session runs work against the engine, here or another process's. When the
// engine goes (hand-over, kill, Ctrl-C of the command that ran it), it
// attaches again, which may mean to run it here, and runs work again: work
// finds its batch by its durable id. The second Ctrl-C ends work's context;
// while there is nothing to end gently, the first ends the session. So does an
// engine that does not answer for limit, unless that is forever.
func (p *program) session(ctx context.Context, h *wire.House, as wire.As, signals *interrupts, limit time.Duration, work func(ctx context.Context, a *wire.Attached) error) error {
	ctx, cancel := until(ctx, signals.second)
	defer cancel()
	if !as.Stays {
		hurry()
	}
	as.Role = uploader.RoleCommand
	enough := signals.first
	for {
		actx, attached := until(ctx, enough)
		a, err := p.attach(actx, h, as, limit)
		attached()
		if err != nil && closed(enough) {
			return p.stopped(err)
		}
		if err != nil {
			return err
		}
		enough = signals.second // work has begun, and its first Ctrl-C is its own
		again, err := p.shift(ctx, a, signals, func(ctx context.Context, a *wire.Attached) error {
			return p.heard(ctx, a, limit, func(ctx context.Context) error { return work(ctx, a) })
		})
		if cerr := a.Close(); cerr != nil {
			h.Log.Warn("engine not left cleanly", "error", cerr)
		}
		if signals.twice() {
			return p.stopped(err)
		}
		if !again {
			return err
		}
		as.Yield = a.Serving
		if rest(ctx, attachPause) != nil {
			return p.stopped(err)
		}
	}
}

// shift is one attachment: it reports whether the engine went before work was
// done. A command that runs the engine stays until the batches that others
// wait for have ended too, and leaves it only when nothing is on the way;
// Ctrl-C cuts the one short, a second one the other.
func (p *program) shift(ctx context.Context, a *wire.Attached, signals *interrupts, work func(ctx context.Context, a *wire.Attached) error) (again bool, err error) {
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		select {
		case <-a.Asked():
			// Files in flight end first; work goes on looking meanwhile.
			_ = a.Drain(wctx)
			cancel(uploader.ErrGone)
		case <-wctx.Done():
		}
	}()
	err = work(wctx, a)
	gone := a.Lost(err) || errors.Is(context.Cause(wctx), uploader.ErrGone)
	again = err != nil && gone && !final(err)
	signals.listen()
	if !again {
		sctx, settled := until(wctx, signals.first)
		_ = a.Settled(sctx) // ends early when asked to hand over
		settled()
	}
	cancel(nil)
	<-watching
	_ = a.Drain(ctx)
	return again, err
}

// final reports whether err is how the run ends, whatever became of the
// engine: its work is done, or was refused, and must not be done again.
func final(err error) bool {
	var exit exitError
	var usage usageError
	return errors.As(err, &exit) || errors.As(err, &usage)
}

// stopped is the end of a run that Ctrl-C cut short; what ended with a code
// of its own keeps it.
func (p *program) stopped(err error) error {
	if err == nil || final(err) {
		return err
	}
	p.say("stopped; upshot queue shows what is left")
	return exitError{exitUnfinished}
}

// hurry sets the runtime for a run, which ends soon. Memory is collected a third as
// often, and on a machine of few cores more goroutines may be at work than there
// are cores: one that waits for the disk takes the place of another until the
// runtime notices. Each sends a thousand small files in a tenth less time. Who
// has set GOGC or GOMAXPROCS knows better.
func hurry() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < leastAtWork {
		runtime.GOMAXPROCS(leastAtWork)
	}
}

// leastAtWork is how many goroutines of a run may be at work at the same time.
const leastAtWork = 4
