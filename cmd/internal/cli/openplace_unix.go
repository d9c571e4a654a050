//go:build unix

package cli

import (
	"os"
	"syscall"

	"images-uploader.com/upshot/platform/dirs"
)

// openPlace is one of our directories, and the person's own, that others can
// write to; "" if none is.
func openPlace() string {
	d, err := dirs.New(dirs.Config{})
	if err != nil {
		return ""
	}
	for _, dir := range []string{d.Config, d.State, d.Cache, d.Runtime} {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o022 == 0 {
			continue
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) == os.Geteuid() {
			return dir
		}
	}
	return ""
}
