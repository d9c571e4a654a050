// Package hotkey makes key combinations start something wherever the person
// is: by grabs on an X server, by the GlobalShortcuts portal under Wayland, by
// RegisterHotKey on Windows, by golang.design/x/hotkey on macOS (built with cgo,
// never tried on a Mac). Where nothing of that works its errors say which
// command to bind in the desktop's own settings.
//
// Nothing is opened while nothing is bound. Run keeps what Bind asked for: it
// grabs again when the keyboard changes its mapping, and opens a display or a
// bus again that went away. A key that is held down counts once.
//
// Failures are matched by errors.Is: ErrTaken (another program has the
// combination), ErrCombination, errors.ErrUnsupported (this system or desktop
// has no hotkeys for us), fs.ErrNotExist (this keyboard has no such key),
// fs.ErrPermission (the person or the desktop refused),
// context.DeadlineExceeded (the desktop does not answer).
//
// It imports nothing of Upshot. All its goroutines end with Run, except that
// one which still waits for a display, or the main thread of macOS, that does
// not answer ends when it does.
package hotkey

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// ErrTaken says that another program has the combination already.
var ErrTaken = errors.New("another program has this key combination")

// ErrIdle says that a combination is not grabbed because Run is not running.
var ErrIdle = errors.New("hotkeys are not running")

// Config is what New needs.
type Config struct {
	// Pressed is told the action of a pressed combination, one after the
	// other, in a goroutine of Run's; its context ends with Run. Presses that
	// come while it works wait, up to a few.
	Pressed func(ctx context.Context, action string)
	// Changed, which may be nil, is told when the state of the bindings has
	// changed, from a goroutine of Run's; it must not call Bind.
	Changed func(all []Status)
	App     string        // the program's id, for portals; "" is com.images_uploader.Upshot
	Retry   time.Duration // how often a missing display is looked for; 0 is 30 s (Again looks at once)
	Log     *slog.Logger  // nil: silent
}

// Binding is one combination that starts one action.
type Binding struct {
	Action      string // unique, of letters, digits, - and _: "capture-region"
	Combination Combination
	Title       string // for people, where the desktop lists it: "Capture a region"
	Command     string // what to bind where hotkeys do not work: "upshot capture --region"
}

// Status is what became of a binding.
type Status struct {
	Binding
	Active bool   // the combination works
	Shown  string // what the desktop calls the combination, where it may have chosen another
	Err    error  // why it does not work
}

// Hotkeys are the program's hotkeys.
type Hotkeys struct {
	config Config

	mu      sync.Mutex
	running bool
	wanted  []Binding
	asked   uint64 // counts Bind
	applied uint64 // the count of asked that status answers
	status  []Status
	news    chan struct{} // closed and made anew when status changes
	wake    chan struct{} // Run has to look
}

// New returns hotkeys without bindings. It touches nothing.
func New(c Config) *Hotkeys {
	if c.App == "" {
		c.App = "com.images_uploader.Upshot"
	}
	if c.Retry <= 0 {
		c.Retry = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Hotkeys{config: c, news: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// Bind replaces all bindings and returns what became of each. It waits for
// Run to try them, at most until ctx ends (a desktop may ask the person first);
// Run goes on trying afterwards. Before Run the bindings are kept, and their
// status is ErrIdle. Bindings that contradict each other change nothing.
func (h *Hotkeys) Bind(ctx context.Context, all []Binding) ([]Status, error) {
	if err := check(all); err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.asked++
	mine := h.asked
	h.wanted = slices.Clone(all)
	if !h.running {
		h.status = statuses(h.wanted, ErrIdle)
		h.applied = mine
		defer h.mu.Unlock()
		return slices.Clone(h.status), nil
	}
	h.mu.Unlock()
	h.poke()
	for {
		h.mu.Lock()
		status, done, news := h.status, h.applied >= mine, h.news
		h.mu.Unlock()
		if done {
			return slices.Clone(status), nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Status is what became of each binding so far.
func (h *Hotkeys) Status() []Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.status)
}

// Again has Run look for a display at once: a desktop has come.
func (h *Hotkeys) Again() { h.poke() }

func (h *Hotkeys) poke() {
	select {
	case h.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// check refuses bindings that cannot stand beside each other.
func check(all []Binding) error {
	byAction, byKeys := map[string]bool{}, map[Combination]string{}
	for _, b := range all {
		if !validAction(b.Action) {
			return fmt.Errorf("a hotkey's action cannot be called %q", b.Action)
		}
		if err := b.Combination.check(); err != nil {
			return fmt.Errorf("hotkey of %s: %w", b.Action, err)
		}
		if byAction[b.Action] {
			return fmt.Errorf("%s has two hotkeys", b.Action)
		}
		byAction[b.Action] = true
		if other, twice := byKeys[b.Combination]; twice {
			return fmt.Errorf("%s is the hotkey of %s and of %s: %w", b.Combination, other, b.Action, ErrTaken)
		}
		byKeys[b.Combination] = b.Action
	}
	return nil
}

func validAction(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// statuses are bindings that all fail with err.
func statuses(all []Binding, err error) []Status {
	out := make([]Status, len(all))
	for i, b := range all {
		out[i] = Status{Binding: b, Err: err}
	}
	return out
}

// UnsupportedError says that there are no hotkeys here, and what to do
// instead. It is errors.ErrUnsupported.
type UnsupportedError struct {
	Why     string // "this desktop gives programs no hotkeys"
	Command string // what to bind by hand; may be empty
}

func (e *UnsupportedError) Error() string {
	if e.Command == "" {
		return e.Why
	}
	return e.Why + "; bind this command to a key in the desktop's own keyboard settings: " + e.Command
}

// Unwrap is errors.ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return errors.ErrUnsupported }

// unsupported gives each binding the words with its own command.
func unsupported(all []Binding, why string) []Status {
	out := make([]Status, len(all))
	for i, b := range all {
		out[i] = Status{Binding: b, Err: &UnsupportedError{Why: why, Command: b.Command}}
	}
	return out
}
