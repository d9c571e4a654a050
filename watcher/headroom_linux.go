package watcher

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Headroom counts the inotify watches and instances of all processes of this
// account that may be looked at, beside the kernel's limits for one account.
func Headroom() (Room, error) {
	var r Room
	var err error
	if r.MaxWatches, err = limit("max_user_watches"); err != nil {
		return Room{}, err
	}
	if r.MaxInstances, err = limit("max_user_instances"); err != nil {
		return Room{}, err
	}
	uid := os.Getuid()
	procs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return Room{}, fmt.Errorf("look at processes: %w", err)
	}
	for _, proc := range procs {
		if info, err := os.Stat(proc); err != nil || owner(info) != uid {
			continue
		}
		fds, err := os.ReadDir(proc + "/fd")
		if err != nil {
			continue // it has ended, or may not be looked at
		}
		for _, fd := range fds {
			if to, err := os.Readlink(proc + "/fd/" + fd.Name()); err != nil || to != "anon_inode:inotify" {
				continue
			}
			r.Instances++
			if data, err := os.ReadFile(proc + "/fdinfo/" + fd.Name()); err == nil {
				r.Watches += bytes.Count(data, []byte("inotify wd:"))
			}
		}
	}
	return r, nil
}

// limit reads a limit of the kernel.
func limit(name string) (int, error) {
	data, err := os.ReadFile("/proc/sys/fs/inotify/" + name)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	return n, nil
}
