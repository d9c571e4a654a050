//go:build unix

package watcher

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isNotDir says that a part of the path is no directory any more.
func isNotDir(err error) bool { return errors.Is(err, unix.ENOTDIR) }

// isBusy says that another program keeps the file to itself.
func isBusy(error) bool { return false }

// isLink says that a link stands where a directory was expected.
func isLink(err error) bool { return errors.Is(err, unix.ELOOP) }
