package engine

import (
	"context"
	"time"

	"images-uploader.com/upshot/client/job"
)

// Rest takes no further job and lets those on the way end, until ctx ends:
// the computer is about to sleep. What is then still on its way is broken off
// and goes back into the queue, unless its whole body is out: only the answer
// is missing then, and may come yet. It returns when nothing is on the way
// that could be cut, at most breakTime after ctx's end. Work goes on when the
// returned function is called; it may be called more than once.
func (e *Engine) Rest(ctx context.Context) (wake func()) {
	done := e.still()
	if err := e.waitFor(ctx, func() bool { return len(e.sending) == 0 }); err != nil {
		e.breakOff()
	}
	awake := false
	return func() {
		e.mu.Lock()
		again := awake
		awake = true
		e.mu.Unlock()
		if again {
			return
		}
		done()
		e.LookAgain()
	}
}

// breakTime is how long it may take to write down what was broken off.
const breakTime = time.Second

// breakOff ends what is on its way and could not go on later.
func (e *Engine) breakOff() {
	ctx, cancel := context.WithTimeout(context.Background(), breakTime)
	defer cancel()
	e.mu.Lock()
	for _, s := range e.sending {
		if !s.answer.Load() {
			s.cancel()
		}
	}
	e.mu.Unlock()
	err := e.waitFor(ctx, func() bool {
		for _, s := range e.sending {
			if !s.answer.Load() {
				return false
			}
		}
		return true
	})
	if err != nil {
		e.log.Warn("uploads are still on their way as the computer goes to sleep", "error", err)
	}
}

// LookAgain looks at all gates anew: after a sleep the network, the keyring
// and the time may be others than before.
func (e *Engine) LookAgain() {
	e.mu.Lock()
	for _, a := range e.accounts {
		a.misses = 0
		for _, name := range []job.Gate{job.GateUnavailable, job.GateOffline, job.GateNoKey} {
			if g := a.gates[name]; g != nil && !g.asking {
				g.until = time.Now().Round(0)
			}
		}
	}
	e.mu.Unlock()
	e.poke()
}
