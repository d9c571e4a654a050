package platformtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/hotkey"
)

// HotkeysPort is the port that hotkeys keep.
type HotkeysPort interface {
	Bind(ctx context.Context, all []hotkey.Binding) ([]hotkey.Status, error)
	Status() []hotkey.Status
	Run(ctx context.Context) error
}

// HotkeysPeer is the person at the keyboard, with other programs.
type HotkeysPeer interface {
	// Press presses a combination once.
	Press(c hotkey.Combination)
	// Take has another program take a combination, which must be free, until
	// release.
	Take(c hotkey.Combination) (release func())
}

// Hotkeys are hotkeys in memory. Pressed is as in hotkey.Config.
type Hotkeys struct {
	Pressed func(ctx context.Context, action string)

	mu      sync.Mutex
	ctx     context.Context // of Run; nil when it is not running
	wanted  []hotkey.Binding
	others  map[hotkey.Combination]bool
	pressed []string
	wake    chan struct{}
}

// Bind replaces all bindings.
func (h *Hotkeys) Bind(ctx context.Context, all []hotkey.Binding) ([]hotkey.Status, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// What is valid is not decided twice: real ones, which nobody runs, touch
	// nothing.
	if _, err := hotkey.New(hotkey.Config{}).Bind(ctx, all); err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.wanted = slices.Clone(all)
	h.mu.Unlock()
	return h.Status(), nil
}

// Status is what became of each binding.
func (h *Hotkeys) Status() []hotkey.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []hotkey.Status
	for _, b := range h.wanted {
		s := hotkey.Status{Binding: b, Shown: b.Combination.String()}
		switch {
		case h.ctx == nil:
			s.Err = hotkey.ErrIdle
		case h.others[b.Combination]:
			s.Err = fmt.Errorf("%s: %w", b.Combination, hotkey.ErrTaken)
		default:
			s.Active = true
		}
		all = append(all, s)
	}
	return all
}

// Run keeps the bindings until ctx ends.
func (h *Hotkeys) Run(ctx context.Context) error {
	h.mu.Lock()
	h.ctx, h.wake = ctx, make(chan struct{}, 1)
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ctx, h.pressed = nil, nil
	}()
	for {
		select {
		case <-h.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
		h.mu.Lock()
		pressed := h.pressed
		h.pressed = nil
		h.mu.Unlock()
		for _, action := range pressed {
			h.Pressed(ctx, action)
		}
	}
}

// Press presses a combination.
func (h *Hotkeys) Press(c hotkey.Combination) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := slices.IndexFunc(h.wanted, func(b hotkey.Binding) bool { return b.Combination == c })
	if at < 0 || h.ctx == nil || h.others[c] {
		return
	}
	h.pressed = append(h.pressed, h.wanted[at].Action)
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Take gives a combination to another program.
func (h *Hotkeys) Take(c hotkey.Combination) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.others == nil {
		h.others = map[hotkey.Combination]bool{}
	}
	h.others[c] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.others, c)
	}
}

// TestHotkeys is the contract of hotkeys. open returns some that nobody runs
// yet, and the person at the keyboard; each is asked for once a test.
func TestHotkeys(t *testing.T, open func(t *testing.T, pressed func(ctx context.Context, action string)) (HotkeysPort, HotkeysPeer)) {
	actions := make(chan string, 16)
	h, person := open(t, func(_ context.Context, action string) { actions <- action })
	bind := func(t *testing.T, combinations map[string]string) map[string]hotkey.Status {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		var all []hotkey.Binding
		for action, text := range combinations {
			all = append(all, hotkey.Binding{Action: action, Combination: combination(t, text), Title: action, Command: "upshot " + action})
		}
		status, err := h.Bind(ctx, all)
		if err != nil {
			t.Fatal(err)
		}
		byAction := map[string]hotkey.Status{}
		for _, s := range status {
			byAction[s.Action] = s
		}
		if len(status) != len(all) || len(byAction) != len(all) {
			t.Fatalf("Bind returned %+v", status)
		}
		return byAction
	}
	wantPress := func(t *testing.T, want string) {
		t.Helper()
		select {
		case got := <-actions:
			if got != want {
				t.Errorf("told of %q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("not told of %q", want)
		}
	}

	t.Run("before they run the bindings are kept", func(t *testing.T) {
		if s := bind(t, map[string]string{"first": "Ctrl+Shift+4"}); !errors.Is(s["first"].Err, hotkey.ErrIdle) || s["first"].Active {
			t.Errorf("status %+v", s)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Run("and work once they do", func(t *testing.T) {
		Eventually(t, "the first binding works", func() bool {
			s := h.Status()
			return len(s) == 1 && s[0].Active && s[0].Err == nil
		})
		person.Press(combination(t, "Ctrl+Shift+4"))
		wantPress(t, "first")
	})
	t.Run("each combination starts its own action and no other", func(t *testing.T) {
		s := bind(t, map[string]string{"all": "Print", "region": "Super+Shift+S", "window": "Alt+Print"})
		for action, s := range s {
			if !s.Active || s.Err != nil || s.Shown == "" {
				t.Errorf("%s: %+v", action, s)
			}
		}
		for text, action := range map[string]string{
			"Print": "all", "Super+Shift+S": "region", "Alt+Print": "window",
		} {
			person.Press(combination(t, "Ctrl+Print")) // nobody's: what follows must come first
			person.Press(combination(t, text))
			wantPress(t, action)
		}
	})
	t.Run("pressed twice it starts twice", func(t *testing.T) {
		for range 2 {
			person.Press(combination(t, "Print"))
			wantPress(t, "all")
		}
	})
	t.Run("bindings change while they run", func(t *testing.T) {
		bind(t, map[string]string{"all": "Ctrl+F9", "other": "Print"})
		person.Press(combination(t, "Super+Shift+S"))
		person.Press(combination(t, "Print"))
		wantPress(t, "other")
		person.Press(combination(t, "Ctrl+F9"))
		wantPress(t, "all")
	})
	t.Run("what another program has is told, the rest works", func(t *testing.T) {
		bind(t, nil)
		release := person.Take(combination(t, "Ctrl+Alt+U"))
		s := bind(t, map[string]string{"taken": "Ctrl+Alt+U", "free": "Ctrl+Alt+I"})
		if !errors.Is(s["taken"].Err, hotkey.ErrTaken) || s["taken"].Active || s["free"].Err != nil || !s["free"].Active {
			t.Errorf("status %+v", s)
		}
		person.Press(combination(t, "Ctrl+Alt+I"))
		wantPress(t, "free")
		release()
		bind(t, nil)
		if s := bind(t, map[string]string{"taken": "Ctrl+Alt+U"}); !s["taken"].Active {
			t.Errorf("it is free, and the status %+v", s)
		}
	})
	t.Run("bindings that contradict each other change nothing", func(t *testing.T) {
		bind(t, map[string]string{"good": "Ctrl+Alt+G"})
		c, d := combination(t, "Ctrl+Alt+C"), combination(t, "Ctrl+Alt+D")
		for name, bad := range map[string]struct {
			all  []hotkey.Binding
			want error
		}{
			"two actions of one combination": {[]hotkey.Binding{{Action: "a", Combination: c}, {Action: "b", Combination: c}}, hotkey.ErrTaken},
			"two combinations of one action": {[]hotkey.Binding{{Action: "a", Combination: c}, {Action: "a", Combination: d}}, nil},
			"no combination":                 {[]hotkey.Binding{{Action: "a"}}, hotkey.ErrCombination},
			"no action":                      {[]hotkey.Binding{{Combination: c}}, nil},
		} {
			if _, err := h.Bind(t.Context(), bad.all); err == nil || bad.want != nil && !errors.Is(err, bad.want) {
				t.Errorf("%s: %v, want %v", name, err, bad.want)
			}
		}
		person.Press(combination(t, "Ctrl+Alt+G"))
		wantPress(t, "good")
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		// The engine may have answered already; then the bindings stand.
		late, cancel := context.WithCancel(t.Context())
		cancel()
		if s, err := h.Bind(late, nil); err != nil && !errors.Is(err, context.Canceled) || err == nil && len(s) != 0 {
			t.Errorf("Bind: %v, %v", s, err)
		}
	})
	t.Run("they end with their context and give the keys back", func(t *testing.T) {
		bind(t, map[string]string{"last": "Ctrl+Alt+L"})
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Run ended with %v", err)
			}
		case <-time.After(patience):
			t.Fatal("Run did not end with its context")
		}
		if s := h.Status(); len(s) != 1 || s[0].Active || !errors.Is(s[0].Err, hotkey.ErrIdle) {
			t.Errorf("status %+v", s)
		}
		defer person.Take(combination(t, "Ctrl+Alt+L"))()
		if len(actions) != 0 {
			t.Errorf("told of %q, which nobody pressed", <-actions)
		}
	})
}

func combination(t *testing.T, text string) hotkey.Combination {
	t.Helper()
	c, err := hotkey.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
