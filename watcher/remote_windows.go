package watcher

// remoteKind says what the folder lies on if events do not tell everything.
func remoteKind(dir string) string {
	if remote(dir) {
		return "a network drive"
	}
	return ""
}
