package watcher

import (
	"hash/maphash"
	"io/fs"
	"time"
)

// version tells one state of a file's content from another, as Config.Known
// and the memory of handled files see it. Seconds and nanoseconds apart:
// times beyond the year 2262 do not fit in nanoseconds alone.
type version struct {
	size  int64
	sec   int64
	nano  int
	inode uint64
}

// stat is what a look compares with the look before: the version and the time
// of the last change of any kind, which also moves when times are set back.
type stat struct {
	version
	number  uint64 // the inode, also where it does not last; then the version has none
	changed [2]int64
}

func (s stat) file(path string) File {
	return File{
		Path: path, Size: s.size, ModTime: time.Unix(s.sec, int64(s.nano)),
		Inode: s.number, Fleeting: s.number != s.inode,
	}
}

// statOf is what a look sees of info. FAT and its like make inode numbers up
// whenever a file comes into the kernel's cache: there, they are no part of the
// version, or known files would seem to be new ones.
func (f *filter) statOf(info fs.FileInfo) stat {
	t := info.ModTime()
	s := stat{version: version{size: info.Size(), sec: t.Unix(), nano: t.Nanosecond()}}
	s.number, s.changed = identify(info)
	if !f.fleeting.Load() {
		s.inode = s.number
	}
	return s
}

// memory remembers which version of a path was handled, and a sum of its
// content where that was made. It keeps hashes, 24 bytes a file: two files
// would have to collide in path and version at once for one to be missed.
type memory struct {
	seed maphash.Seed
	is   map[uint64]held
	next map[uint64]held // while a scan runs: what it has met and what was handled meanwhile
}

type held struct{ version, sum uint64 }

func newMemory() *memory {
	return &memory{seed: maphash.MakeSeed(), is: map[uint64]held{}}
}

func (m *memory) add(path string, v version, sum uint64) {
	key := maphash.String(m.seed, path)
	is := held{maphash.Comparable(m.seed, v), sum}
	m.is[key] = is
	if m.next != nil {
		m.next[key] = is
	}
}

func (m *memory) has(path string, v version) bool {
	key := maphash.String(m.seed, path)
	is, ok := m.is[key]
	if !ok || is.version != maphash.Comparable(m.seed, v) {
		return false
	}
	if m.next != nil {
		m.next[key] = is
	}
	return true
}

// sum is of what was handled at path, 0: not known.
func (m *memory) sum(path string) uint64 { return m.is[maphash.String(m.seed, path)].sum }

// equal reports whether v of path was handled with the same content.
func (m *memory) equal(path string, v version, sum uint64) bool {
	return sum != 0 && m.sum(path) == sum && m.has(path, v)
}

// begin and end enclose a scan of everything: what it does not meet is
// forgotten, so the memory does not grow with files that are gone.
func (m *memory) begin() { m.next = make(map[uint64]held, len(m.is)) }

func (m *memory) end(complete bool) {
	if complete && m.next != nil {
		m.is = m.next
	}
	m.next = nil
}
