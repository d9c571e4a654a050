package integrate

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The shell's own maker of shortcuts, by COM (shobjidl_core.h, objidl.h).
var (
	clsidShellLink  = windows.GUID{Data1: 0x00021401, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	iidShellLinkW   = windows.GUID{Data1: 0x000214f9, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	iidPersistFile  = windows.GUID{Data1: 0x0000010b, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	inProcessServer = uintptr(1) // CLSCTX_INPROC_SERVER
)

// Places in the tables of methods.
const (
	unknownQueryInterface = 0
	unknownRelease        = 2

	linkSetDescription  = 7
	linkSetArguments    = 11
	linkSetShowCmd      = 15
	linkSetIconLocation = 17
	linkSetPath         = 20

	persistSave = 6

	showMinimizedNoActive = 7 // the console of a moment does not take the keyboard
)

// object is a COM object: it begins with the address of its table of methods.
type object struct{ methods *[32]uintptr }

// call calls a method. Arguments may be addresses of our own variables, which
// must not move with a stack that grows meanwhile:
//
//go:uintptrescapes
func (o *object) call(method int, args ...uintptr) error {
	result, _, _ := syscall.SyscallN(o.methods[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	if int32(result) < 0 {
		return fmt.Errorf("COM: %w", syscall.Errno(result))
	}
	return nil
}

func (o *object) release() { _ = o.call(unknownRelease) }

// callText calls a method that takes a text and perhaps a number.
func (o *object) callText(method int, text string, more ...uintptr) error {
	p, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return err
	}
	err = o.call(method, append([]uintptr{uintptr(unsafe.Pointer(p))}, more...)...)
	runtime.KeepAlive(p)
	return err
}

// saveShellLink writes a shortcut that starts program with args.
func saveShellLink(path, program, args string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// S_FALSE: somebody has done it on this thread before.
	if err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED); err != nil && err != syscall.Errno(1) {
		return fmt.Errorf("COM: %w", err)
	}
	defer windows.CoUninitialize()
	var link, file *object
	create := windows.NewLazySystemDLL("ole32.dll").NewProc("CoCreateInstance")
	result, _, _ := create.Call(uintptr(unsafe.Pointer(&clsidShellLink)), 0, inProcessServer,
		uintptr(unsafe.Pointer(&iidShellLinkW)), uintptr(unsafe.Pointer(&link)))
	if int32(result) < 0 || link == nil {
		return fmt.Errorf("COM: %w", syscall.Errno(result))
	}
	defer link.release()
	if err := link.callText(linkSetPath, program); err != nil {
		return err
	}
	if err := link.callText(linkSetArguments, args); err != nil {
		return err
	}
	if err := link.callText(linkSetDescription, "Upload with Upshot"); err != nil {
		return err
	}
	if err := link.callText(linkSetIconLocation, program, 0); err != nil {
		return err
	}
	if err := link.call(linkSetShowCmd, showMinimizedNoActive); err != nil {
		return err
	}
	err := link.call(unknownQueryInterface, uintptr(unsafe.Pointer(&iidPersistFile)), uintptr(unsafe.Pointer(&file)))
	if err != nil {
		return err
	}
	defer file.release()
	return file.callText(persistSave, path, 1)
}
