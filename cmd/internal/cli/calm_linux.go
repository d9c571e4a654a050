package cli

import (
	"bufio"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// giveMemoryBack is what an agent gives back: what Go keeps, and the pages of
// its own program's file. Starting and working touch most of that file once,
// an idle agent a few of its pages. They stay in the system's cache, so that
// they come back without the disk, but count as the agent's no more.
func giveMemoryBack() {
	debug.FreeOSMemory()
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	parts := cleanParts(f, exe)
	_ = f.Close()
	for _, p := range parts {
		// It cannot harm: at worst the pages stay.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, p.start, p.end-p.start, unix.MADV_DONTNEED)
	}
}

// part is a piece of memory.
type part struct{ start, end uintptr }

// cleanParts are those parts of memory that are the file's as it is on the
// disk, and can only be read. In a position-independent program the loader has
// changed some of them (Anonymous is not 0): those are nowhere else.
func cleanParts(smaps io.Reader, file string) []part {
	var parts []part
	var p part
	ours, clean := false, 0
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if start, end, ok := strings.Cut(name, "-"); ok { // the first line of a part
			from, err := strconv.ParseUint(start, 16, strconv.IntSize)
			to, err2 := strconv.ParseUint(end, 16, strconv.IntSize)
			p = part{uintptr(from), uintptr(to)}
			readOnly := strings.HasPrefix(value, "r-xp ") || strings.HasPrefix(value, "r--p ")
			ours, clean = err == nil && err2 == nil && readOnly && strings.HasSuffix(value, " "+file), 0
			continue
		}
		if (name == "Anonymous:" || name == "Swap:") && strings.TrimSpace(value) == "0 kB" {
			if clean++; clean == 2 && ours {
				parts = append(parts, p)
			}
		}
	}
	return parts
}
