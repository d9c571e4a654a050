package platformtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// NotifierPort is the port that a notifier keeps.
type NotifierPort interface {
	Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error
}

// Shown is a notification as the person sees it.
type Shown struct {
	ID          uint32
	Title, Body string
	Actions     [][2]string
}

// NotifierPeer is the person before the notifications.
type NotifierPeer interface {
	Shown() []Shown
	Choose(id uint32, key string)
	Dismiss(id uint32)
}

// Notifier shows notifications in memory; the zero value is ready.
type Notifier struct {
	mu     sync.Mutex
	fail   error
	shown  []Shown
	chosen map[uint32]func(string)
}

// Fail makes every call fail with err (nil: no more).
func (n *Notifier) Fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = err
}

// Notify shows a notification.
func (n *Notifier) Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if n.fail != nil {
		return n.fail
	}
	s := Shown{ID: uint32(len(n.shown) + 1), Title: title, Body: body, Actions: slices.Clone(actions)}
	n.shown = append(n.shown, s)
	if chosen != nil {
		if n.chosen == nil {
			n.chosen = map[uint32]func(string){}
		}
		n.chosen[s.ID] = chosen
	}
	return nil
}

// Shown is what was shown so far, oldest first.
func (n *Notifier) Shown() []Shown {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.shown)
}

// Choose clicks the action key of notification id.
func (n *Notifier) Choose(id uint32, key string) {
	n.mu.Lock()
	chosen := n.chosen[id]
	delete(n.chosen, id)
	n.mu.Unlock()
	if chosen != nil {
		go chosen(key)
	}
}

// Dismiss closes notification id.
func (n *Notifier) Dismiss(id uint32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.chosen, id)
}

// TestNotifier is the contract of a notifier that has actions. open returns
// one, and the person before it.
func TestNotifier(t *testing.T, open func(t *testing.T) (NotifierPort, NotifierPeer)) {
	ctx := t.Context()
	n, person := open(t)
	last := func(t *testing.T) Shown {
		t.Helper()
		all := person.Shown()
		if len(all) == 0 {
			t.Fatal("nothing was shown")
		}
		return all[len(all)-1]
	}
	t.Run("a notification is shown as it was given", func(t *testing.T) {
		if err := n.Notify(ctx, "Uploaded", "ä.png\nand 2 more", nil, nil); err != nil {
			t.Fatal(err)
		}
		if s := last(t); s.Title != "Uploaded" || s.Body != "ä.png\nand 2 more" || len(s.Actions) != 0 {
			t.Errorf("shown: %+v", s)
		}
	})
	t.Run("a clicked action is told, once, to whom it belongs", func(t *testing.T) {
		clicks := make(chan string, 8)
		for _, name := range []string{"first", "second"} {
			err := n.Notify(ctx, name, "", [][2]string{{"copy", "Copy link"}, {"open", "Open"}}, func(key string) {
				clicks <- name + " " + key
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		second := last(t)
		first := person.Shown()[len(person.Shown())-2]
		if !slices.Equal(second.Actions, [][2]string{{"copy", "Copy link"}, {"open", "Open"}}) {
			t.Errorf("actions: %v", second.Actions)
		}
		person.Choose(first.ID, "open")
		wantClick(t, clicks, "first open")
		person.Choose(first.ID, "open") // it has gone
		person.Choose(second.ID, "copy")
		wantClick(t, clicks, "second copy")
	})
	t.Run("a dismissed one tells nothing", func(t *testing.T) {
		clicks := make(chan string, 8)
		if err := n.Notify(ctx, "dismissed", "", [][2]string{{"a", "A"}}, func(key string) { clicks <- "dismissed " + key }); err != nil {
			t.Fatal(err)
		}
		gone := last(t).ID
		person.Dismiss(gone)
		person.Choose(gone, "a")
		// What is told comes in order, so the next click shows that none came.
		if err := n.Notify(ctx, "next", "", [][2]string{{"b", "B"}}, func(key string) { clicks <- "next " + key }); err != nil {
			t.Fatal(err)
		}
		person.Choose(last(t).ID, "b")
		wantClick(t, clicks, "next b")
	})
	t.Run("an action may be clicked while the next is being shown", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := n.Notify(ctx, "parallel", strings.Repeat("x", 100), [][2]string{{"k", "K"}}, func(string) {}); err != nil {
					t.Errorf("Notify: %v", err)
				}
			})
		}
		for _, s := range person.Shown() {
			person.Choose(s.ID, "k")
		}
		wg.Wait()
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := n.Notify(ended, "late", "", nil, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Notify: %v", err)
		}
	})
}

func wantClick(t *testing.T, clicks <-chan string, want string) {
	t.Helper()
	select {
	case got := <-clicks:
		if got != want {
			t.Errorf("told of %q, want %q", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("not told of %q", want)
	}
}
