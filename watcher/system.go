package watcher

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// system is what the loop needs of the disk. Its methods may block, so the
// loop calls them from goroutines of their own; tests put a made-up one in its
// place where time must be theirs.
type system interface {
	look(q question) answer
	walk(ctx context.Context, roots []string, add func(string) error, emit func(found) bool)
	folder() (folder, error)
	ancestor() string          // nearest directory above the folder that is there
	place(dir string) folderID // what stands at dir now
	events() (events, error)
	closes() (closes, error)                       // errors.ErrUnsupported where there is no such thing
	mounts() (changed <-chan struct{}, end func()) // nil: nothing tells of mounts here
}

// events tells that something happened in directories that were added.
type events interface {
	add(dir string) error
	remove(dir string)
	happened() <-chan fsnotify.Event
	failed() <-chan error
	close()
}

// closes tells once, for each file added, that a writer has closed it, and for
// each directory and link given to leave that it was moved, deleted or
// unmounted: something comes from woken, and closed returns for which of them.
type closes interface {
	add(path string) error
	leave(path string) error
	remove(path string)
	woken() <-chan struct{}
	closed() []string
	close()
}

// folder is what is known about the watched folder as a place.
type folder struct {
	id     folderID
	remote string // why it is polled as well as watched; empty: it is not
}

// maxLinks is how many links the kernel follows in one path.
const maxLinks = 40

// leads are the directories above dir and the links on the way to it, dir
// itself if it is one: when one is moved or replaced, another folder stands at
// dir, and nothing tells dir's own watch.
func leads(dir string) []string {
	var list []string
	links := 0
	for ways := []string{dir}; len(ways) > 0; ways = ways[1:] {
		way := ways[0]
		for p := way; p != filepath.Dir(p) && !slices.Contains(list, p); p = filepath.Dir(p) {
			to, err := os.Readlink(p)
			if err != nil { // no link, or not there just now
				if p != way {
					list = append(list, p)
				}
				continue
			}
			list = append(list, p)
			if links++; links > maxLinks {
				return list
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(p), to)
			}
			ways = append(ways, filepath.Join(to, strings.TrimPrefix(way, p)))
		}
	}
	return list
}

// disk is the real system.
type disk struct{ *filter }

func (d disk) walk(ctx context.Context, roots []string, add func(string) error, emit func(found) bool) {
	(&walk{filter: d.filter, add: add, emit: emit}).run(ctx, roots)
}

var errNoFolder = errors.New("it is no folder")

func (d disk) folder() (folder, error) {
	info, err := os.Stat(d.dir)
	if err != nil {
		return folder{}, err
	}
	if !info.IsDir() {
		return folder{}, errNoFolder
	}
	for _, own := range d.ignore {
		if own, err := os.Stat(own); err == nil && os.SameFile(info, own) {
			return folder{}, ErrIgnored
		}
	}
	f, err := os.Open(d.dir) // there and readable are two things
	if err != nil {
		return folder{}, err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.ReadDir(1); err != nil && !errors.Is(err, io.EOF) {
		return folder{}, err
	}
	d.fleeting.Store(fleeting(d.dir))
	return folder{id: folderOf(d.dir, info), remote: remoteKind(d.dir)}, nil
}

func (d disk) ancestor() string {
	for dir := filepath.Dir(d.dir); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
	}
}

func (d disk) place(dir string) folderID {
	info, err := os.Stat(dir)
	if err != nil {
		return folderID{}
	}
	return folderOf(dir, info)
}

func (d disk) events() (events, error) {
	// The loop never blocks for long, but bursts are cheaper with a buffer.
	w, err := fsnotify.NewBufferedWatcher(1024)
	if err != nil {
		return nil, err
	}
	return fsEvents{w}, nil
}

type fsEvents struct{ w *fsnotify.Watcher }

func (e fsEvents) add(dir string) error            { return e.w.Add(dir) }
func (e fsEvents) remove(dir string)               { _ = e.w.Remove(dir) }
func (e fsEvents) happened() <-chan fsnotify.Event { return e.w.Events }
func (e fsEvents) failed() <-chan error            { return e.w.Errors }
func (e fsEvents) close()                          { _ = e.w.Close() }

// isMissing reports whether err says that nothing is there.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) || isNotDir(err) }
