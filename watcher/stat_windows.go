package watcher

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// folderID tells one directory from another at the same path.
type folderID struct{ volume, high, low uint32 }

func (f folderID) sameDrive(g folderID) bool { return f.volume == g.volume }

func folderOf(path string, _ fs.FileInfo) folderID {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return folderID{}
	}
	h, err := windows.CreateFile(name, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return folderID{}
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var i windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(h, &i); err != nil {
		return folderID{}
	}
	return folderID{i.VolumeSerialNumber, i.FileIndexHigh, i.FileIndexLow}
}

func identify(fs.FileInfo) (inode uint64, changed [2]int64) { return 0, changed }

// openFile opens for reading and lets everybody else write, rename and delete
// meanwhile; a link itself is opened, not what it names.
func openFile(path string) (*os.File, error) {
	return openShared(path, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE)
}

func openShared(path string, share uint32) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ, share, nil,
		windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

func openDir(path string) (*os.File, error) { return os.Open(path) }

// concealed reports whether the system marks the file as hidden.
func concealed(info fs.FileInfo) bool {
	d, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && d.FileAttributes&syscall.FILE_ATTRIBUTE_HIDDEN != 0
}

// linked is about names that events do not tell of; the system tells of the
// file's closing by none of them.
func linked(fs.FileInfo) bool { return false }
