package engine

import (
	"hash/maphash"
	"path/filepath"
	"strings"
)

// takenFiles remembers paths, of which a folder may have hundreds of thousands:
// the names by their hashes alone, within their directories.
type takenFiles struct {
	seed maphash.Seed
	in   map[string]map[uint64]struct{}
}

func (t *takenFiles) add(path string) {
	if t.in == nil {
		t.seed, t.in = maphash.MakeSeed(), map[string]map[uint64]struct{}{}
	}
	dir, name := filepath.Split(path)
	names := t.in[dir]
	if names == nil {
		names = map[uint64]struct{}{}
		t.in[strings.Clone(dir)] = names // path must not be kept for it
	}
	names[maphash.String(t.seed, name)] = struct{}{}
}

func (t *takenFiles) has(path string) bool {
	if t.in == nil {
		return false
	}
	dir, name := filepath.Split(path)
	_, ok := t.in[dir][maphash.String(t.seed, name)]
	return ok
}

// forget drops path, or all that lies below it.
func (t *takenFiles) forget(path string) {
	if t.has(path) {
		dir, name := filepath.Split(path)
		delete(t.in[dir], maphash.String(t.seed, name))
		if len(t.in[dir]) == 0 {
			delete(t.in, dir)
		}
		return
	}
	below := path + string(filepath.Separator)
	for dir := range t.in {
		if strings.HasPrefix(dir, below) {
			delete(t.in, dir)
		}
	}
}
