package platformtest

import (
	"context"
	"sync"
	"testing"
	"time"
)

// NetworkPort is the port that a network keeps.
type NetworkPort interface {
	Up(ctx context.Context) (bool, error)
	Watch(ctx context.Context, changed func(up bool)) error
}

// NetworkPeer pulls the cable and puts it back.
type NetworkPeer interface {
	Set(up bool)
}

// Network is a network in memory; the zero value is down.
type Network struct {
	mu       sync.Mutex
	up       bool
	metered  *bool // nil: nobody tells
	watchers map[chan struct{}]bool
}

// Set makes it up or down.
func (n *Network) Set(up bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.up = up
	for w := range n.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// Up says whether it is up.
func (n *Network) Up(ctx context.Context) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.up, ctx.Err()
}

// Watch calls changed now and at every change until ctx ends.
func (n *Network) Watch(ctx context.Context, changed func(up bool)) error {
	var last, known bool
	return n.watch(ctx, func(up bool) {
		if !known || up != last {
			last, known = up, true
			changed(up)
		}
	})
}

// watch calls look now and after every change until ctx ends.
func (n *Network) watch(ctx context.Context, look func(up bool)) error {
	hint := make(chan struct{}, 1)
	n.mu.Lock()
	if n.watchers == nil {
		n.watchers = map[chan struct{}]bool{}
	}
	n.watchers[hint] = true
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers, hint)
	}()
	for {
		up, err := n.Up(ctx)
		if err != nil {
			return err
		}
		look(up)
		select {
		case <-hint:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestNetwork is the contract of a network. open returns one that is down, and
// who can change it.
func TestNetwork(t *testing.T, open func(t *testing.T) (NetworkPort, NetworkPeer)) {
	n, peer := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	changes := make(chan bool, 16)
	ended := make(chan error, 1)
	go func() { ended <- n.Watch(ctx, func(up bool) { changes <- up }) }()
	next := func(want bool) {
		t.Helper()
		select {
		case got := <-changes:
			if got != want {
				t.Fatalf("told %v, want %v", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("not told %v", want)
		}
		if up, err := n.Up(ctx); err != nil || up != want {
			t.Errorf("Up: %v, %v, want %v", up, err, want)
		}
	}
	next(false) // what it is, first
	for _, up := range []bool{true, false, true} {
		peer.Set(up)
		next(up)
	}
	cancel()
	select {
	case err := <-ended:
		if err != context.Canceled {
			t.Errorf("Watch ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("Watch did not end with its context")
	}
	if len(changes) != 0 {
		t.Errorf("told %v again, and nothing had changed", <-changes)
	}
}
