package screen

import (
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// extendedFrame is DWMWA_EXTENDED_FRAME_BOUNDS: the window as it is seen,
// without the shadow that GetWindowRect counts as a part of it.
const extendedFrame = 9

func (l library) activeWindow() (window, error) {
	user := windows.NewLazySystemDLL("user32.dll")
	handle := windows.GetForegroundWindow()
	if handle == 0 {
		return window{}, errNoWindow
	}
	var r windows.Rect
	frame := windows.NewLazySystemDLL("dwmapi.dll").NewProc("DwmGetWindowAttribute")
	result := uintptr(1)
	if frame.Find() == nil {
		result, _, _ = frame.Call(uintptr(handle), extendedFrame, uintptr(unsafe.Pointer(&r)), unsafe.Sizeof(r))
	}
	if result != 0 {
		if ok, _, _ := user.NewProc("GetWindowRect").Call(uintptr(handle), uintptr(unsafe.Pointer(&r))); ok == 0 {
			return window{}, errNoWindow
		}
	}
	bounds := image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
	if bounds.Empty() {
		return window{}, errNoWindow
	}
	title := make([]uint16, 512)
	n, _, _ := user.NewProc("GetWindowTextW").Call(uintptr(handle), uintptr(unsafe.Pointer(&title[0])), uintptr(len(title)))
	return window{bounds, windows.UTF16ToString(title[:min(int(n), len(title))])}, nil
}
