package watcher

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// sight is what a look found at a path.
type sight int

const (
	sightGone     sight = iota
	sightDir            // a directory
	sightFiltered       // not for us; reason says by which rule
	sightFile           // a file; stat is set
	sightBroken         // it cannot be read; err and reason are set
)

// question asks for a look. last is the look before; when the file still is
// as it was then, the look goes deep: writer and structure.
type question struct {
	path  string
	asked bool // there was a look before
	last  stat
	known bool // verdict is that of last, and need not be found again
	verdict
	who bool // name the program that writes
}

// answer is what was seen.
type answer struct {
	path   string
	sight  sight
	stat   stat
	deep   bool   // the file is as it was at the look before; what follows is set
	writer writer // whether somebody has it open for writing
	linked bool   // it has another name, under which somebody may write it: no event tells
	by     string // the program, where asked for and known
	verdict
	reason string // of sightFiltered and sightBroken, and of a writer that is known otherwise
	state  FileState
	err    error
}

// look looks at one path. It never changes anything and follows no link.
func (f *filter) look(q question) answer {
	a := answer{path: q.path}
	info, err := os.Lstat(q.path)
	if err != nil {
		return a.failed(err)
	}
	switch {
	case info.IsDir():
		a.sight = sightDir
		return a
	case info.Mode()&fs.ModeSymlink != 0:
		return a.filtered(FileFiltered, "a link; links are not followed")
	case !info.Mode().IsRegular():
		return a.filtered(FileFiltered, "no ordinary file")
	case concealed(info):
		return a.filtered(FileFiltered, "a hidden file")
	}
	if why := f.file(q.path); why != "" {
		return a.filtered(FileFiltered, why)
	}
	a.sight, a.stat = sightFile, f.statOf(info)
	if state, why := f.content(a.stat.file(q.path)); state != "" {
		return a.filtered(state, why)
	}
	if !q.asked || a.stat != q.last {
		return a
	}
	return f.deep(q, a, info)
}

func (a answer) filtered(state FileState, why string) answer {
	a.sight, a.state, a.reason = sightFiltered, state, why
	return a
}

func (a answer) failed(err error) answer {
	a.err = err
	switch {
	case errors.Is(err, fs.ErrNotExist) || isNotDir(err):
		a.sight = sightGone
	case errors.Is(err, fs.ErrPermission):
		a.sight, a.reason = sightBroken, "it cannot be read: permission denied"
	default:
		a.sight, a.reason = sightBroken, "it cannot be read: "+cause(err)
	}
	return a
}

// deep asks for a writer, checks the structure, and asks again: what it returns
// holds for one version of the file that nobody wrote meanwhile.
func (f *filter) deep(q question, a answer, info fs.FileInfo) answer {
	file, err := openFile(q.path)
	if err != nil {
		if isBusy(err) { // Windows: somebody lets nobody read meanwhile
			a.deep, a.writer = true, writerOpen
			return a
		}
		return a.failed(err)
	}
	defer func() { _ = file.Close() }()
	before, err := file.Stat()
	if err != nil {
		return a.failed(err)
	}
	if !f.straight(q.path) {
		a.sight = sightGone // a link took the place of its directory
		return a
	}
	if !before.Mode().IsRegular() || !os.SameFile(info, before) {
		return a // another file took its place: as if it had changed
	}
	if a.stat = f.statOf(before); a.stat != q.last {
		return a
	}
	a.linked = linked(before)
	if by, control := downloader(q.path); by != "" {
		a.deep, a.writer = true, writerOpen
		a.reason = "not complete: " + by + " has not ended its download (" + control + " is there)"
		return a
	}
	if a.writer = probe(file, q.path); a.writer == writerOpen {
		if q.who {
			a.by = culprit(before)
		}
		a.deep = true
		return a
	}
	a.verdict = q.verdict
	if !q.known {
		if a.verdict, err = inspect(file, a.stat.size); err != nil {
			return a.failed(err)
		}
		if a.is == whole && holes(file, a.stat.size) {
			a.verdict = isGrowing("parts of it are reserved and not filled")
		}
		if a.is > cut && a.stat.size <= summed {
			if a.sum, err = f.sum(file, a.stat.size); err != nil {
				return a.failed(err)
			}
		}
		if probe(file, q.path) == writerOpen {
			a.writer = writerOpen
		}
	}
	after, err := os.Lstat(q.path)
	if err != nil {
		return a.failed(err)
	}
	a.stat = f.statOf(after)
	a.deep = a.stat == q.last
	return a
}

// summed is the greatest size of a file whose content is summed up.
const summed = 32 << 20

// sum is of the content of file, never 0.
func (f *filter) sum(file io.ReaderAt, size int64) (uint64, error) {
	var h maphash.Hash
	h.SetSeed(f.seed)
	var err error
	buffered(func(b []byte) { _, err = io.CopyBuffer(&h, io.NewSectionReader(file, 0, size), b) })
	if err != nil {
		return 0, fmt.Errorf("sum up: %w", err)
	}
	return max(h.Sum64(), 1), nil
}

// downloader names the program whose control file beside path says that it is
// not done with it: path then has its full size and its name, and after a
// pause of the download no writer.
func downloader(path string) (name, control string) {
	for suffix, name := range controls {
		if info, err := os.Lstat(path + suffix); err == nil && info.Mode().IsRegular() {
			return name, filepath.Base(path) + suffix
		}
	}
	return "", ""
}

// straight reports whether every directory between the folder and path is one,
// not a link to one.
func (f *filter) straight(path string) bool {
	for dir := filepath.Dir(path); len(dir) > len(f.dir); dir = filepath.Dir(dir) {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// cause is the innermost of err, without path and operation.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}
