package watcher

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// local are the file systems where nobody can write but through this kernel
// and where a lease sees all of them. Overlay is not among them: the lease is
// on the upper file, and a live shared mapping was not seen (measured). FUSE
// and network file systems have writers that this kernel does not know.
var local = []int64{
	unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.F2FS_SUPER_MAGIC,
	unix.RAMFS_MAGIC, unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC, unix.REISERFS_SUPER_MAGIC, unix.BCACHEFS_SUPER_MAGIC,
	0x2fc12fc1, // ZFS
	0x7366746e, // NTFS3
	0x3153464a, // JFS
}

// probe asks for a read lease, which the kernel refuses while a writer has the
// file open, shared mappings included, and gives it back at once: it is held for
// some microseconds, in which an open for writing waits and one with
// O_NONBLOCK fails. That is why it is asked only after the file stood still.
// The signal that a lease broken in that moment sends (SIGIO) is ignored by
// Go's runtime.
func probe(f *os.File, _ string) writer {
	conn, err := f.SyscallConn()
	if err != nil {
		return writerUnknown
	}
	got := writerUnknown
	_ = conn.Control(func(fd uintptr) {
		_, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK)
		if err != nil {
			if errors.Is(err, unix.EAGAIN) {
				got = writerOpen
			}
			return // not the owner and no CAP_LEASE, or no leases here
		}
		_, _ = unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK)
		var st unix.Statfs_t
		if unix.Fstatfs(int(fd), &st) == nil && slices.Contains(local, int64(st.Type)) { //nolint:unconvert // int32 on some systems
			got = writerNone
		}
	})
	return got
}

// holes reports whether parts of the file have no space on the disk yet.
func holes(f *os.File, size int64) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	found := false
	_ = conn.Control(func(fd uintptr) {
		at, err := unix.Seek(int(fd), 0, unix.SEEK_HOLE)
		found = err == nil && at < size
	})
	return found
}

// culprit names the program that has the file open for writing, as far as
// /proc lets us see it.
func culprit(id os.FileInfo) string {
	pids, err := os.ReadDir("/proc")
	if err != nil {
		return ""
	}
	for _, p := range pids {
		pid, err := strconv.Atoi(p.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join("/proc", p.Name(), "fd")
		fds, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			link := filepath.Join(dir, fd.Name())
			// By name first: Stat goes to the file system, and that of an
			// unrelated descriptor may be a network drive that hangs.
			if to, err := os.Readlink(link); err != nil || filepath.Base(to) != id.Name() {
				continue
			}
			info, err := os.Stat(link)
			if err != nil || !os.SameFile(info, id) || !writes(p.Name(), fd.Name()) {
				continue
			}
			comm, err := os.ReadFile(filepath.Join("/proc", p.Name(), "comm"))
			if err != nil {
				return ""
			}
			return printable(strings.TrimSpace(string(comm)))
		}
	}
	return ""
}

// writes reports whether a process has opened fd for writing.
func writes(pid, fd string) bool {
	raw, err := os.ReadFile(filepath.Join("/proc", pid, "fdinfo", fd))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(raw)) {
		var flags int
		if n, _ := fmt.Sscanf(line, "flags: %o", &flags); n == 1 {
			return flags&unix.O_ACCMODE != unix.O_RDONLY
		}
	}
	return false
}

// printable drops what does not belong in a sentence.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
