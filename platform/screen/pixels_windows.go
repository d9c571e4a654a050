package screen

import "golang.org/x/sys/windows"

// perMonitorAware is DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2.
const perMonitorAware = ^uintptr(3) // -4

// truePixels makes the system speak of real pixels to this thread, whatever
// the scale of each monitor, until restore. Windows before 10.1607 has no such
// call and only one scale for all.
func truePixels() (restore func()) {
	set := windows.NewLazySystemDLL("user32.dll").NewProc("SetThreadDpiAwarenessContext")
	if set.Find() != nil {
		return func() {}
	}
	before, _, _ := set.Call(perMonitorAware)
	if before == 0 {
		return func() {} // a Windows that knows only the first version
	}
	return func() { set.Call(before) }
}
