package cli

import (
	"context"
	"runtime"
	"sync"

	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/power"
)

// sleeper has the engine rest while the computer sleeps or is about to end.
type sleeper struct {
	attach *wire.Attached
	end    func(ctx context.Context) // ends the agent where nothing else will; nil: a signal does

	mu   sync.Mutex
	wake func() // nil: the engine works
}

// runPower follows the computer's sleep and the session's end until ctx ends.
func (p *program) runPower(ctx context.Context, h *wire.House, a *wire.Attached, end func(ctx context.Context)) {
	s := &sleeper{attach: a}
	if runtime.GOOS == "windows" {
		s.end = end // the system ends us as soon as we have returned, without a signal
	}
	_ = power.New(power.Config{Told: s.told, Log: h.Log}).Run(ctx) // ends with ctx
}

// told is told what the computer is about to do; it waits for us to return, as
// long as ctx lasts.
func (s *sleeper) told(ctx context.Context, e power.Event) {
	switch e {
	case power.Suspending, power.Ending:
		s.rest(ctx)
		if e == power.Ending && s.end != nil {
			s.end(ctx)
		}
	case power.Resumed, power.Staying:
		s.work()
	}
}

func (s *sleeper) rest(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = s.attach.Rest(ctx)
	}
}

// work goes on. A computer that was never told to sleep has slept all the same
// where only the clocks tell: its gates are looked at again too.
func (s *sleeper) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake != nil {
		s.wake()
		s.wake = nil
		return
	}
	s.attach.LookAgain()
}
