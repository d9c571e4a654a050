package platformtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/power"
)

// PowerPort is the port that power keeps.
type PowerPort interface {
	Run(ctx context.Context) error
}

// PowerPeer is the computer. Suspend and End return when nobody makes it wait
// any more; for who does not run, that is at once.
type PowerPeer interface {
	Ready(t *testing.T) // waits until somebody listens
	Suspend(t *testing.T)
	Resume(t *testing.T)
	End(t *testing.T)
	Stay(t *testing.T)
}

// Power is a computer in memory. Told is as in power.Config.
type Power struct {
	Told func(ctx context.Context, e power.Event)

	mu    sync.Mutex
	runs  context.Context // nil: it does not run
	ready chan struct{}
}

func (p *Power) state() (context.Context, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready == nil {
		p.ready = make(chan struct{})
	}
	return p.runs, p.ready
}

// Run listens until ctx ends.
func (p *Power) Run(ctx context.Context) error {
	_, ready := p.state()
	p.mu.Lock()
	p.runs = ctx
	p.mu.Unlock()
	close(ready)
	<-ctx.Done()
	p.mu.Lock()
	p.runs = nil
	p.mu.Unlock()
	return ctx.Err()
}

// Ready waits for Run.
func (p *Power) Ready(*testing.T) {
	_, ready := p.state()
	<-ready
}

func (p *Power) tell(e power.Event) {
	run, _ := p.state()
	if run == nil || run.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(run, patience)
	defer cancel()
	p.Told(ctx, e)
}

// Suspend, Resume, End and Stay are what the computer does.
func (p *Power) Suspend(*testing.T) { p.tell(power.Suspending) }

// Resume wakes it.
func (p *Power) Resume(*testing.T) { p.tell(power.Resumed) }

// End ends the session.
func (p *Power) End(*testing.T) { p.tell(power.Ending) }

// Stay does not end it after all.
func (p *Power) Stay(*testing.T) { p.tell(power.Staying) }

// TestPower is the contract of power. open returns the port, not running, and
// the computer.
func TestPower(t *testing.T, open func(t *testing.T, told func(ctx context.Context, e power.Event)) (PowerPort, PowerPeer)) {
	type event struct {
		ctx context.Context
		e   power.Event
	}
	events, goOn := make(chan event), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p, computer := open(t, func(told context.Context, e power.Event) {
		select {
		case events <- event{told, e}:
			<-goOn
		case <-ctx.Done():
		}
	})
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	computer.Ready(t)

	// told waits for an event and lets it be done with.
	told := func(t *testing.T, want power.Event, meanwhile func()) {
		t.Helper()
		select {
		case got := <-events:
			if got.e != want {
				t.Errorf("told %s, want %s", got.e, want)
			}
			if _, limited := got.ctx.Deadline(); !limited {
				t.Errorf("%s may take for ever", got.e)
			}
			meanwhile()
			goOn <- struct{}{}
		case <-time.After(patience):
			t.Fatalf("not told %s", want)
		}
	}
	for _, c := range []struct {
		name          string
		begin         func(*testing.T)
		before        power.Event
		over          func(*testing.T)
		after         power.Event
		beginsAgainIn int
	}{
		{"the computer sleeps and wakes", computer.Suspend, power.Suspending, computer.Resume, power.Resumed, 2},
		{"the session is to end, and does not", computer.End, power.Ending, computer.Stay, power.Staying, 2},
	} {
		for range c.beginsAgainIn {
			t.Run(c.name, func(t *testing.T) {
				begun := make(chan struct{})
				go func() { defer close(begun); c.begin(t) }()
				told(t, c.before, func() {
					select {
					case <-begun:
						t.Errorf("the computer did not wait")
					case <-time.After(50 * time.Millisecond): // as long as a file takes
					}
				})
				select {
				case <-begun:
				case <-time.After(patience):
					t.Fatal("the computer waits, and nobody needs it")
				}
				go c.over(t)
				told(t, c.after, func() {})
				computer.Ready(t)
			})
		}
	}
	t.Run("it ends with its context, and then nothing is told", func(t *testing.T) {
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Run ended with %v", err)
			}
		case <-time.After(patience):
			t.Fatal("Run did not end with its context")
		}
		computer.Suspend(t)
		computer.Resume(t)
		select {
		case e := <-events:
			t.Errorf("told %s", e.e)
		default:
		}
	})
}
