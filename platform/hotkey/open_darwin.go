//go:build cgo

package hotkey

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"golang.design/x/hotkey"
)

// It was not tried on a Mac.

func open(c Config) (backend, error) { return tapped{retry: c.Retry}, nil }

// tapped is golang.design/x/hotkey, which listens to all keys by an event tap.
// The system allows that only to programs that the person has allowed it, and
// it is set up on the main thread, which must be running the tray's loop.
type tapped struct{ retry time.Duration }

// mainTime is how long the main thread may take to set a tap up, or down.
const mainTime = 10 * time.Second

// tap is one combination.
type tap struct {
	hotkey *hotkey.Hotkey // nil: this keyboard has no such key
	active bool
}

func (t tapped) serve(ctx context.Context, all []Binding, tell func([]Status), press func(string)) error {
	taps, status := make([]tap, len(all)), make([]Status, len(all))
	for i, b := range all {
		status[i] = Status{Binding: b, Shown: b.Combination.String()}
		code, ok := keyCodes[b.Combination.Key]
		if !ok {
			status[i].Err = fmt.Errorf("%s: this keyboard has no such key: %w", b.Combination, fs.ErrNotExist)
			continue
		}
		taps[i].hotkey = hotkey.New(modifiersOf(b.Combination), code)
	}
	var listening sync.WaitGroup
	lctx, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		listening.Wait()
		for _, tp := range taps {
			if tp.active {
				_ = onMain(tp.hotkey.Unregister) // the loop has ended, or will with us
			}
		}
	}()
	again := time.NewTicker(t.retry)
	defer again.Stop()
	for {
		for i := range taps {
			tp := &taps[i]
			if tp.hotkey == nil || tp.active {
				continue
			}
			err := onMain(tp.hotkey.Register)
			if errors.Is(err, errNoLoop) {
				return errNone("macOS gives hotkeys only to an agent with its tray")
			}
			if status[i].Err, status[i].Active = nil, err == nil; err != nil {
				status[i].Err = fmt.Errorf("%s: allow Upshot to hear it in System Settings, Privacy & Security, Accessibility: %w", all[i].Combination, fs.ErrPermission)
				continue
			}
			tp.active = true
			listening.Go(func() { listen(lctx, tp.hotkey, func() { press(all[i].Action) }) })
		}
		tell(status)
		select {
		case <-again.C: // the person may have allowed it by now
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// listen tells of presses until ctx ends. A key that is held down comes once.
func listen(ctx context.Context, h *hotkey.Hotkey, pressed func()) {
	down, up := h.Keydown(), h.Keyup()
	for {
		select {
		case _, ok := <-down:
			if !ok {
				return
			}
			pressed()
		case <-up: // else they would pile up
		case <-ctx.Done():
			return
		}
	}
}

// errNoLoop is a main thread that does nothing for us.
var errNoLoop = fmt.Errorf("the main thread does not answer: %w", context.DeadlineExceeded)

// onMain runs f, which waits for the main thread. One that is late may still
// be run when nobody waits for it any more: at the end of the program.
func onMain(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	late := time.NewTimer(mainTime)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return errNoLoop
	}
}

func modifiersOf(c Combination) []hotkey.Modifier {
	var mods []hotkey.Modifier
	for _, m := range []struct {
		mod Modifiers
		is  hotkey.Modifier
	}{{Super, hotkey.ModCmd}, {Ctrl, hotkey.ModCtrl}, {Alt, hotkey.ModOption}, {Shift, hotkey.ModShift}} {
		if c.Mods&m.mod != 0 {
			mods = append(mods, m.is)
		}
	}
	return mods
}

// keyCodes are the places of the keys (kVK_ of HIToolbox/Events.h), as they are
// marked on an American keyboard. Print, Pause and Insert are those that a PC's
// keyboard has in these places.
var keyCodes = map[string]hotkey.Key{
	"A": 0x00, "B": 0x0b, "C": 0x08, "D": 0x02, "E": 0x0e, "F": 0x03, "G": 0x05, "H": 0x04, "I": 0x22, "J": 0x26,
	"K": 0x28, "L": 0x25, "M": 0x2e, "N": 0x2d, "O": 0x1f, "P": 0x23, "Q": 0x0c, "R": 0x0f, "S": 0x01, "T": 0x11,
	"U": 0x20, "V": 0x09, "W": 0x0d, "X": 0x07, "Y": 0x10, "Z": 0x06,
	"0": 0x1d, "1": 0x12, "2": 0x13, "3": 0x14, "4": 0x15, "5": 0x17, "6": 0x16, "7": 0x1a, "8": 0x1c, "9": 0x19,
	"F1": 0x7a, "F2": 0x78, "F3": 0x63, "F4": 0x76, "F5": 0x60, "F6": 0x61, "F7": 0x62, "F8": 0x64, "F9": 0x65, "F10": 0x6d,
	"F11": 0x67, "F12": 0x6f, "F13": 0x69, "F14": 0x6b, "F15": 0x71, "F16": 0x6a, "F17": 0x40, "F18": 0x4f, "F19": 0x50, "F20": 0x5a,
	"Num0": 0x52, "Num1": 0x53, "Num2": 0x54, "Num3": 0x55, "Num4": 0x56, "Num5": 0x57, "Num6": 0x58, "Num7": 0x59, "Num8": 0x5b, "Num9": 0x5c,
	"Print": 0x69, "Pause": 0x71, "Insert": 0x72, "Delete": 0x75, "Home": 0x73, "End": 0x77, "PageUp": 0x74, "PageDown": 0x79,
	"Left": 0x7b, "Right": 0x7c, "Down": 0x7d, "Up": 0x7e, "Space": 0x31, "Tab": 0x30, "Enter": 0x24, "Escape": 0x35, "Backspace": 0x33, "Menu": 0x6e,
	"Minus": 0x1b, "Equal": 0x18, "Comma": 0x2b, "Period": 0x2f, "Slash": 0x2c, "Backslash": 0x2a, "Semicolon": 0x29, "Apostrophe": 0x27,
	"Grave": 0x32, "BracketLeft": 0x21, "BracketRight": 0x1e,
}
