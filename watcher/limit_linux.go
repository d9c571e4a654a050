package watcher

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// advice says why a folder cannot be watched and how to lift the limit.
// inotify reports its limits as "no space left on device" and "too many open
// files", which nobody understands.
func advice(err error) string {
	name, what := "", ""
	switch {
	case errors.Is(err, unix.ENOSPC):
		name, what = "max_user_watches", "all file watches of this account are in use"
	case errors.Is(err, unix.EMFILE):
		name, what = "max_user_instances", "all watchers (inotify instances) of this account are in use"
	default:
		return "watching is not possible here: " + cause(err)
	}
	return fmt.Sprintf("%[1]s; to lift the limit: echo fs.inotify.%[2]s=%[3]d | sudo tee /etc/sysctl.d/60-upshot-%[2]s.conf && sudo sysctl --system",
		what, name, higher("/proc/sys/fs/inotify/"+name))
}

// higher is four times the limit that file holds now.
func higher(file string) int {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 524288
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || n <= 0 {
		return 524288
	}
	return 4 * n
}
