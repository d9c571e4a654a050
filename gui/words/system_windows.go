package words

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// locale is the one that the person has chosen in Windows.
func locale() string {
	find := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetUserDefaultLocaleName")
	var name [85]uint16 // LOCALE_NAME_MAX_LENGTH
	if find.Find() != nil {
		return ""
	}
	if n, _, _ := find.Call(uintptr(unsafe.Pointer(&name[0])), uintptr(len(name))); n == 0 {
		return ""
	}
	return windows.UTF16ToString(name[:])
}
