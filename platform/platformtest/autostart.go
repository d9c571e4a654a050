package platformtest

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// AutostartPort is the port of what starts at login.
type AutostartPort interface {
	Enable(ctx context.Context) error
	Disable(ctx context.Context) error
	Enabled(ctx context.Context) (bool, error)
}

// AutostartPeer is the person with the system's own list of what starts at
// login.
type AutostartPeer interface {
	Listed(t *testing.T) int    // how many entries it has
	SwitchOff(t *testing.T)     // there, without taking the entry away
	TakeAway(t *testing.T)      // the entry
	Starts(t *testing.T) string // the program of the entry that would be started; "" is none
	Move(t *testing.T)          // the program, to another place, without a word to the entry
	MoveBack(t *testing.T)
}

// Autostart is what starts at login, in memory. The zero value is off.
type Autostart struct {
	Program string

	mu                 sync.Mutex
	there, mute, moved bool
}

// Enable makes the entry.
func (a *Autostart) Enable(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	a.there, a.mute = true, false
	return nil
}

// Disable takes it away.
func (a *Autostart) Disable(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	a.there = false
	return nil
}

// Enabled says whether it counts.
func (a *Autostart) Enabled(ctx context.Context) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.there && !a.mute && !a.moved && ctx.Err() == nil, ctx.Err()
}

// Listed counts the entries.
func (a *Autostart) Listed(*testing.T) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.there {
		return 1
	}
	return 0
}

// SwitchOff is the person's.
func (a *Autostart) SwitchOff(*testing.T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mute = true
}

// TakeAway is the person's, too.
func (a *Autostart) TakeAway(*testing.T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.there = false
}

// Starts is the program that would be started.
func (a *Autostart) Starts(*testing.T) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.there && !a.mute && !a.moved {
		return a.Program
	}
	return ""
}

// Move takes the program away.
func (a *Autostart) Move(*testing.T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.moved = true
}

// MoveBack brings it back.
func (a *Autostart) MoveBack(*testing.T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.moved = false
}

// TestAutostart is the contract of what starts at login. open returns one that
// is off, the person with the system's own list, and the program.
func TestAutostart(t *testing.T, open func(t *testing.T) (a AutostartPort, person AutostartPeer, program string)) {
	ctx := t.Context()
	a, person, program := open(t)
	want := func(t *testing.T, on bool) {
		t.Helper()
		if got, err := a.Enabled(ctx); err != nil || got != on {
			t.Errorf("Enabled: %v, %v, want %v", got, err, on)
		}
		starts := ""
		if on {
			starts = program
		}
		if got := person.Starts(t); got != starts {
			t.Errorf("%q would be started, want %q", got, starts)
		}
	}
	enable := func(t *testing.T) {
		t.Helper()
		if err := a.Enable(ctx); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("it is off at first, and switching it off changes nothing", func(t *testing.T) {
		want(t, false)
		if err := a.Disable(ctx); err != nil {
			t.Errorf("Disable: %v", err)
		}
		want(t, false)
	})
	t.Run("switched on twice it is one entry", func(t *testing.T) {
		enable(t)
		enable(t)
		want(t, true)
		if n := person.Listed(t); n != 1 {
			t.Errorf("there are %d entries", n)
		}
	})
	t.Run("what the person switches off in the system's list is off, until it is wanted again", func(t *testing.T) {
		person.SwitchOff(t)
		want(t, false)
		enable(t)
		want(t, true)
	})
	t.Run("what the person takes away is off", func(t *testing.T) {
		person.TakeAway(t)
		want(t, false)
		enable(t)
		want(t, true)
	})
	t.Run("an entry whose program is not there any more is off, and one entry", func(t *testing.T) {
		person.Move(t)
		want(t, false)
		if n := person.Listed(t); n != 1 {
			t.Errorf("there are %d entries", n)
		}
		person.MoveBack(t)
		want(t, true)
	})
	t.Run("switched off it leaves nothing", func(t *testing.T) {
		for range 2 {
			if err := a.Disable(ctx); err != nil {
				t.Fatal(err)
			}
		}
		want(t, false)
		if n := person.Listed(t); n != 0 {
			t.Errorf("there are %d entries", n)
		}
	})
	t.Run("a call whose context has ended does nothing", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := a.Enable(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Enable: %v", err)
		}
		if _, err := a.Enabled(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Enabled: %v", err)
		}
		want(t, false)
		enable(t)
		if err := a.Disable(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Disable: %v", err)
		}
		want(t, true)
	})
}
