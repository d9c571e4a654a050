//go:build !unix && !windows

package watcher

func isNotDir(error) bool { return false }

func isBusy(error) bool { return false }

// isLink says that a link stands where a directory was expected.
func isLink(error) bool { return false }
