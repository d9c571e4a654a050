package cli

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// smallDisks reports whether a file system of a script's own can be mounted.
var smallDisks = sync.OnceValue(func() bool {
	if os.Geteuid() != 0 {
		return false
	}
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if syscall.Mount("cli-test", dir, "tmpfs", 0, "size=1m") != nil {
		return false
	}
	return syscall.Unmount(dir, syscall.MNT_DETACH) == nil
})

// disk mount DIR | fill DIR | take DIR | free DIR: take leaves not even the room
// that is kept for a full disk.
func diskCommand(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[1])
	ballast := filepath.Join(dir, "ballast")
	switch args[0] {
	case "mount":
		ts.Check(os.MkdirAll(dir, 0o700))
		ts.Check(syscall.Mount("cli-test", dir, "tmpfs", 0, "size=16m,mode=700"))
		ts.Defer(func() { ts.Check(syscall.Unmount(dir, syscall.MNT_DETACH)) })
	case "take":
		found, err := filepath.Glob(filepath.Join(dir, "*.reserve"))
		ts.Check(err)
		for _, path := range found {
			ts.Check(os.Truncate(path, 0))
		}
		fillDisk(ts, ballast)
	case "fill":
		fillDisk(ts, ballast)
	case "free":
		ts.Check(os.Remove(ballast))
	default:
		ts.Fatalf("disk %s?", args[0])
	}
}

func fillDisk(ts *testscript.TestScript, ballast string) {
	f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	ts.Check(err)
	defer f.Close()
	for piece := make([]byte, 1<<20); len(piece) > 0; {
		if _, err := f.Write(piece); err != nil {
			piece = piece[:len(piece)/2]
		}
	}
}
