package trash

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// fileOperation is SHFILEOPSTRUCTW.
type fileOperation struct {
	window   uintptr
	function uint32
	from     *uint16
	to       *uint16
	flags    uint16
	aborted  int32
	mappings uintptr
	title    *uint16
}

const (
	operationDelete = 3
	allowUndo       = 0x0040 // the recycle bin, not the end
	noConfirmation  = 0x0010
	silent          = 0x0004
	noErrorWindow   = 0x0400
	// warnIfLost asks the person, in spite of the above, before a file that
	// is too large for the bin would be deleted.
	warnIfLost = 0x4000
)

func move(_ context.Context, path string, _ fs.FileInfo) error {
	// On other volumes there is no bin, and the shell deletes.
	volume := filepath.VolumeName(path) + `\`
	root, err := windows.UTF16PtrFromString(volume)
	if err != nil {
		return err
	}
	if windows.GetDriveType(root) != windows.DRIVE_FIXED {
		return errNoTrash
	}
	from, err := windows.UTF16FromString(path)
	if err != nil {
		return err
	}
	from = append(from, 0) // a list of files ends with two zeros
	op := fileOperation{
		function: operationDelete, from: &from[0],
		flags: allowUndo | noConfirmation | silent | noErrorWindow | warnIfLost,
	}
	call := windows.NewLazySystemDLL("shell32.dll").NewProc("SHFileOperationW")
	code, _, _ := call.Call(uintptr(unsafe.Pointer(&op)))
	switch {
	case code != 0:
		return fmt.Errorf("the recycle bin did not take it (code %#x): %w", code, syscall.Errno(code))
	case op.aborted != 0:
		return fmt.Errorf("it was kept: %w", fs.ErrPermission)
	default:
		return nil
	}
}
