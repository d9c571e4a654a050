package tray

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"fyne.io/systray"
	"golang.org/x/sys/windows"
)

const (
	taskbarWait = 30 * time.Second // a program started at logon is there before the taskbar
	readyWait   = 10 * time.Second
	endWait     = 2 * time.Second
)

// desktop waits for the taskbar. The library gives up for good when it is not
// there yet, and does not say so.
func desktop(ctx context.Context) error {
	find := windows.NewLazySystemDLL("user32.dll").NewProc("FindWindowW")
	class, err := windows.UTF16PtrFromString("Shell_TrayWnd")
	if err == nil {
		err = find.Find()
	}
	if err != nil {
		return fmt.Errorf("look for the taskbar: %w", err)
	}
	for end := time.Now().Add(taskbarWait); ctx.Err() == nil; pause(ctx, time.Second) {
		if window, _, _ := find.Call(uintptr(unsafe.Pointer(class)), 0); window != 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("there is no taskbar: %w", errors.ErrUnsupported)
		}
	}
	return nil // loop sees the end of ctx
}

// loop shows the tray. Its window belongs to the thread that made it, which
// also takes its messages.
func (t *Tray) loop(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	if t.cfg.Open != nil {
		systray.SetOnTapped(func() { go t.open() }) // the caller takes our messages
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		systray.Run(func() { close(ready) }, nil)
		close(ended)
	}()
	late := time.NewTimer(readyWait)
	defer late.Stop()
	select {
	case <-ready:
	case <-late.C:
		return fmt.Errorf("the taskbar does not take an icon: %w", errors.ErrUnsupported)
	}
	t.build()
	attending, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ended: // the session ends
		case <-attending.Done():
		}
		cancel()
	}()
	t.attend(attending)
	systray.Quit()
	late.Reset(endWait)
	select {
	case <-ended:
	case <-late.C:
	}
	if ctx.Err() == nil {
		return errLost
	}
	return nil
}

// label is text as a line of the menu: one ampersand would mark the access key
// and not be shown.
func label(text string) string { return strings.ReplaceAll(text, "&", "&&") }

func picture(_, ico []byte) []byte { return ico }
