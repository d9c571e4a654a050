package watcher

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isNotDir says that a part of the path is no directory any more, or that the
// drive is gone.
func isNotDir(err error) bool {
	return errors.Is(err, windows.ERROR_DIRECTORY) || errors.Is(err, windows.ERROR_NOT_READY)
}

// isBusy says that another program keeps the file to itself.
func isBusy(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}

// isLink says that a link stands where a directory was expected.
func isLink(error) bool { return false }
