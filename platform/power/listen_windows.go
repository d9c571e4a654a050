package power

import (
	"context"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	wmClose          = 0x0010
	wmEndSession     = 0x0016
	wmPowerBroadcast = 0x0218

	apmSuspend         = 0x04
	apmResumeAutomatic = 0x12

	// Windows waits about two seconds before it sleeps, and five before it
	// ends a program.
	suspendTime = 1700 * time.Millisecond
	endTime     = 4500 * time.Millisecond
)

// windowClass is WNDCLASSEXW.
type windowClass struct {
	size, style                        uint32
	procedure                          uintptr
	classExtra, windowExtra            int32
	instance, icon, cursor, background uintptr
	menu, name                         *uint16
	smallIcon                          uintptr
}

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

// Announced says whether the system tells before it sleeps or ends: Windows
// does.
func (p *Power) Announced(context.Context) error { return nil }

// listen makes a window that is never shown: only windows are told, and not
// those that are for messages alone.
func (p *Power) listen(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	user := windows.NewLazySystemDLL("user32.dll")
	defaultProcedure := user.NewProc("DefWindowProcW")
	procedure := windows.NewCallback(func(window uintptr, kind uint32, wparam, lparam uintptr) uintptr {
		switch {
		case kind == wmPowerBroadcast && wparam == apmSuspend:
			p.tell(ctx, suspendTime, Suspending)
			return 1
		case kind == wmPowerBroadcast && wparam == apmResumeAutomatic:
			p.tell(ctx, relaxed, Resumed)
			return 1
		case kind == wmEndSession && wparam != 0: // 0: it does not end after all, and nothing was told
			p.tell(ctx, endTime, Ending)
			return 0
		}
		answer, _, _ := defaultProcedure.Call(window, uintptr(kind), wparam, lparam)
		return answer
	})
	name, err := windows.UTF16PtrFromString("UpshotPower")
	if err != nil {
		return err
	}
	class := windowClass{procedure: procedure, name: name}
	class.size = uint32(unsafe.Sizeof(class))
	if ok, _, err := user.NewProc("RegisterClassExW").Call(uintptr(unsafe.Pointer(&class))); ok == 0 {
		return fmt.Errorf("listen to the system: %w", err)
	}
	defer user.NewProc("UnregisterClassW").Call(uintptr(unsafe.Pointer(name)), 0)
	window, _, err := user.NewProc("CreateWindowExW").Call(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)),
		0, 0, 0, 0, 0, 0, 0, 0, 0)
	if window == 0 {
		return fmt.Errorf("listen to the system: %w", err)
	}
	defer user.NewProc("DestroyWindow").Call(window)
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		user.NewProc("PostMessageW").Call(window, 0, 0, 0) // wakes GetMessage
	})
	defer func() {
		if !stop() {
			<-woken
		}
	}()
	get, dispatch := user.NewProc("GetMessageW"), user.NewProc("DispatchMessageW")
	var m message
	for {
		got, _, err := get.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if int32(got) <= 0 {
			return fmt.Errorf("listen to the system: %w", err)
		}
		if m.kind == wmClose {
			continue // somebody closes all windows; this one ends with us
		}
		dispatch.Call(uintptr(unsafe.Pointer(&m)))
	}
}
