//go:build !unix && !windows

package watcher

import (
	"io/fs"
	"os"
)

// folderID tells one directory from another at the same path.
type folderID struct{}

func (folderID) sameDrive(folderID) bool { return true }

func folderOf(string, fs.FileInfo) folderID { return folderID{} }

func identify(fs.FileInfo) (inode uint64, changed [2]int64) { return 0, changed }

func openFile(path string) (*os.File, error) { return os.Open(path) }

func openDir(path string) (*os.File, error) { return os.Open(path) }

func concealed(fs.FileInfo) bool { return false }

func linked(fs.FileInfo) bool { return false }
