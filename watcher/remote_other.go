//go:build !linux && !windows && !darwin

package watcher

// remoteKind says what the folder lies on if events do not tell everything.
func remoteKind(string) string { return "" }
