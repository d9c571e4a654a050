package watcher

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// probe opens the file with write sharing denied, which Windows refuses while a
// writer has it open, and closes it at once: in that moment an open for writing
// would fail. That is why it is asked only after the file stood still.
func probe(_ *os.File, path string) writer {
	f, err := openShared(path, windows.FILE_SHARE_READ|windows.FILE_SHARE_DELETE)
	switch {
	case err == nil:
		_ = f.Close()
		if remote(path) {
			return writerUnknown
		}
		return writerNone
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION):
		return writerOpen
	}
	return writerUnknown
}

// remote reports whether path lies on a network drive, where the share mode of
// other machines' programs may not be known.
func remote(path string) bool {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return true
	}
	var root [windows.MAX_PATH + 1]uint16
	if err := windows.GetVolumePathName(name, &root[0], uint32(len(root))); err != nil {
		return true
	}
	switch windows.GetDriveType(&root[0]) {
	case windows.DRIVE_FIXED, windows.DRIVE_REMOVABLE, windows.DRIVE_RAMDISK:
		return false
	}
	return true
}

func holes(*os.File, int64) bool { return false }

func culprit(os.FileInfo) string { return "" }
