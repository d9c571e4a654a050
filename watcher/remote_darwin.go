package watcher

import "golang.org/x/sys/unix"

// remoteKind says what the folder lies on if events do not tell everything.
func remoteKind(dir string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err == nil && st.Flags&unix.MNT_LOCAL == 0 {
		return "a network drive"
	}
	return ""
}
