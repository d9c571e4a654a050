package platformtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// CostPort is the port of a network that knows its cost.
type CostPort interface {
	Metered(ctx context.Context) (bool, error)
	Follow(ctx context.Context, changed func(up, metered bool)) error
}

// CostPeer is the system that tells the cost.
type CostPeer interface {
	SetMetered(t *testing.T, metered bool)
	Silence(t *testing.T) // it does not tell any more
}

// SetMetered says that the network is paid by volume, or not.
func (n *Network) SetMetered(_ *testing.T, metered bool) { n.setCost(&metered) }

// Silence says nothing of it any more.
func (n *Network) Silence(*testing.T) { n.setCost(nil) }

func (n *Network) setCost(metered *bool) {
	n.mu.Lock()
	n.metered = metered
	up := n.up
	n.mu.Unlock()
	n.Set(up)
}

// Metered is what SetMetered has said.
func (n *Network) Metered(ctx context.Context) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case n.metered == nil:
		return false, fmt.Errorf("nobody tells: %w", errors.ErrUnsupported)
	}
	return *n.metered, nil
}

// Follow is Watch with the cost.
func (n *Network) Follow(ctx context.Context, changed func(up, metered bool)) error {
	var lastUp, lastMetered, known bool
	return n.watch(ctx, func(up bool) {
		metered, err := n.Metered(ctx)
		metered = metered && err == nil
		if !known || up != lastUp || metered != lastMetered {
			lastUp, lastMetered, known = up, metered, true
			changed(up, metered)
		}
	})
}

// TestCost is the contract of a network that knows its cost. open returns one
// of which nobody tells that, and who can.
func TestCost(t *testing.T, open func(t *testing.T) (CostPort, CostPeer)) {
	n, system := open(t)
	if _, err := n.Metered(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("where nobody tells: %v, want errors.ErrUnsupported", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	costs := make(chan bool, 16)
	ended := make(chan error, 1)
	go func() { ended <- n.Follow(ctx, func(_, metered bool) { costs <- metered }) }()
	next := func(what string, want bool) {
		t.Helper()
		select {
		case got := <-costs:
			if got != want {
				t.Errorf("%s: told %v, want %v", what, got, want)
			}
		case <-time.After(patience):
			t.Fatalf("%s: not told %v", what, want)
		}
	}
	next("where nobody tells, nothing is metered", false)
	for _, metered := range []bool{true, false, true} {
		system.SetMetered(t, metered)
		next("a change", metered)
		if got, err := n.Metered(ctx); err != nil || got != metered {
			t.Errorf("Metered: %v, %v, want %v", got, err, metered)
		}
	}
	system.Silence(t)
	next("who told has gone", false)
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Follow did not end with its context")
	}
	if len(costs) != 0 {
		t.Errorf("told %v again, and nothing had changed", <-costs)
	}
}
