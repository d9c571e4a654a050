package trayhost

import (
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
)

func present(context.Context) (bool, error) {
	find := windows.NewLazySystemDLL("user32.dll").NewProc("FindWindowW")
	if err := find.Find(); err != nil {
		return false, err
	}
	class, err := windows.UTF16PtrFromString("Shell_TrayWnd") // the taskbar
	if err != nil {
		return false, err
	}
	window, _, _ := find.Call(uintptr(unsafe.Pointer(class)), 0)
	return window != 0, nil
}

func lost(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
