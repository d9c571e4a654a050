package hotkey

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

func open(Config) (backend, error) { return registered{}, nil }

// registered is RegisterHotKey. A thread hears of its own hotkeys only, in its
// queue of messages.
type registered struct{}

const (
	wmHotkey = 0x0312
	wmNull   = 0x0000

	modAlt      = 0x0001
	modControl  = 0x0002
	modShift    = 0x0004
	modWin      = 0x0008
	modNoRepeat = 0x4000
)

// message is MSG.
type message struct {
	window  uintptr
	kind    uint32
	wparam  uintptr
	lparam  uintptr
	time    uint32
	x, y    int32
	private uint32
}

// calls are the functions of user32.dll.
type calls struct {
	register, unregister, get, peek, post, scan *windows.LazyProc
}

func (registered) serve(ctx context.Context, all []Binding, tell func([]Status), press func(string)) error {
	user := windows.NewLazySystemDLL("user32.dll")
	c := calls{
		register: user.NewProc("RegisterHotKey"), unregister: user.NewProc("UnregisterHotKey"),
		get: user.NewProc("GetMessageW"), peek: user.NewProc("PeekMessageW"),
		post: user.NewProc("PostThreadMessageW"), scan: user.NewProc("VkKeyScanW"),
	}
	for _, p := range []*windows.LazyProc{c.register, c.unregister, c.get, c.peek, c.post, c.scan} {
		if p.Find() != nil {
			return errNone("this Windows gives programs no hotkeys")
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The queue comes into being with the first look at it; before that,
	// nothing can be posted to the thread.
	var m message
	c.peek.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, 0)
	thread := windows.GetCurrentThreadId()
	wake := func() { c.post.Call(uintptr(thread), wmNull, 0, 0) }
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		wake()
	})
	defer func() {
		if !stop() {
			<-woken // the thread must be ours until it was posted to
		}
	}()

	status := make([]Status, len(all))
	for i, b := range all {
		id := uintptr(i + 1)
		status[i] = Status{Binding: b, Shown: b.Combination.String(), Err: c.bind(id, b.Combination)}
		if status[i].Err == nil {
			status[i].Active = true
			defer c.unregister.Call(0, id)
		}
	}
	tell(status)
	for {
		got, _, err := c.get.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch int32(got) {
		case -1:
			return fmt.Errorf("wait for hotkeys: %w", err)
		case 0:
			return errGone
		}
		if m.kind == wmHotkey && m.wparam >= 1 && int(m.wparam) <= len(all) {
			press(all[m.wparam-1].Action)
		}
	}
}

// errGone is a thread that was told to quit.
var errGone = errors.New("the hotkeys were ended")

func (c calls) bind(id uintptr, k Combination) error {
	vk, err := c.virtualKey(keyOf(k.Key))
	if err != nil {
		return fmt.Errorf("%s: %w", k, err)
	}
	mods := uintptr(modNoRepeat)
	for _, m := range []struct {
		mod Modifiers
		bit uintptr
	}{{Ctrl, modControl}, {Alt, modAlt}, {Shift, modShift}, {Super, modWin}} {
		if k.Mods&m.mod != 0 {
			mods |= m.bit
		}
	}
	ok, _, err := c.register.Call(0, id, mods, vk)
	switch {
	case ok != 0:
		return nil
	case errors.Is(err, windows.ERROR_HOTKEY_ALREADY_REGISTERED):
		return fmt.Errorf("%s: %w", k, ErrTaken)
	default:
		return fmt.Errorf("%s: %w", k, err)
	}
}

// virtualKey is the number of a key; that of a character depends on the
// person's keyboard.
func (c calls) virtualKey(k key) (uintptr, error) {
	if k.vk != 0 {
		return uintptr(k.vk), nil
	}
	got, _, _ := c.scan.Call(uintptr(k.char))
	if int16(got) == -1 {
		return 0, fmt.Errorf("this keyboard has no such key: %w", fs.ErrNotExist)
	}
	return got & 0xff, nil
}
