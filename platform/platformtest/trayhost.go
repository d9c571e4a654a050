package platformtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TrayHostPort is the port of a desktop that may have a place for tray icons.
type TrayHostPort interface {
	Present(ctx context.Context) (bool, error)
	Lost(ctx context.Context) error
}

// TrayHostPeer is the desktop.
type TrayHostPeer interface {
	StartPanel(t *testing.T) // with a place for icons
	EndPanel(t *testing.T)
	LogOut(t *testing.T) // the whole session goes
}

// TrayHost is a desktop in memory; the zero value is one without a panel.
type TrayHost struct {
	mu    sync.Mutex
	panel bool
	gone  chan struct{}
}

func (h *TrayHost) session() chan struct{} {
	if h.gone == nil {
		h.gone = make(chan struct{})
	}
	return h.gone
}

func (h *TrayHost) over() bool {
	select {
	case <-h.session():
		return true
	default:
		return false
	}
}

var errNoDesktop = fmt.Errorf("no desktop is there: %w", errors.ErrUnsupported)

// Present says whether the panel runs.
func (h *TrayHost) Present(ctx context.Context) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case h.over():
		return false, errNoDesktop
	}
	return h.panel, nil
}

// Lost waits for the end of the session.
func (h *TrayHost) Lost(ctx context.Context) error {
	h.mu.Lock()
	gone, over := h.session(), h.over()
	h.mu.Unlock()
	if over {
		return errNoDesktop
	}
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StartPanel starts the panel.
func (h *TrayHost) StartPanel(*testing.T) { h.setPanel(true) }

// EndPanel ends it.
func (h *TrayHost) EndPanel(*testing.T) { h.setPanel(false) }

func (h *TrayHost) setPanel(there bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.panel = there
}

// LogOut ends the session.
func (h *TrayHost) LogOut(*testing.T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.session())
}

// TestTrayHost is the contract of a desktop that may have a place for tray
// icons. open returns one without a panel.
func TestTrayHost(t *testing.T, open func(t *testing.T) (TrayHostPort, TrayHostPeer)) {
	ctx := t.Context()
	h, desktop := open(t)
	want := func(t *testing.T, there bool) {
		t.Helper()
		if got, err := h.Present(ctx); err != nil || got != there {
			t.Errorf("Present: %v, %v, want %v", got, err, there)
		}
	}
	t.Run("a panel comes and goes", func(t *testing.T) {
		want(t, false)
		desktop.StartPanel(t)
		want(t, true)
		desktop.EndPanel(t)
		want(t, false)
	})
	t.Run("calls whose context ends fail with its error", func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if err := h.Lost(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lost: %v", err)
		}
		if _, err := h.Present(short); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Present: %v", err)
		}
	})
	t.Run("the end of the session is told, and then there is no desktop", func(t *testing.T) {
		lost := make(chan error, 1)
		go func() { lost <- h.Lost(ctx) }()
		select {
		case err := <-lost:
			t.Fatalf("told before: %v", err)
		case <-time.After(100 * time.Millisecond): // a moment in which nothing happens
		}
		desktop.LogOut(t)
		select {
		case err := <-lost:
			if err != nil {
				t.Errorf("Lost: %v", err)
			}
		case <-time.After(patience):
			t.Fatal("it was not told")
		}
		if _, err := h.Present(ctx); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Present: %v, want errors.ErrUnsupported", err)
		}
		if err := h.Lost(ctx); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Lost: %v, want errors.ErrUnsupported", err)
		}
	})
}
