//go:build !linux

package watcher

// advice says why a folder cannot be watched.
func advice(err error) string { return "watching is not possible here: " + cause(err) }
