package watcher

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// entry is a file that a walk met and whose name is for us.
type entry struct {
	path string
	stat stat
}

// found is one portion of a walk.
type found struct {
	dirs     []string
	files    []entry
	filtered []Pending
	broken   []Pending // directories that cannot be read
	limit    error     // a directory could not be watched
	root     error     // the folder itself cannot be read
	done     bool
}

const portion = 256

func (f *found) full() bool {
	return len(f.files)+len(f.filtered)+len(f.dirs)+len(f.broken) >= portion
}

// walk goes through roots, each the folder or a directory in it. add, if any,
// is called for every directory before it is read, so that what appears while
// it is read is told as an event. emit takes each portion; false ends the walk.
type walk struct {
	*filter
	add  func(dir string) error
	emit func(found) bool
	own  []fs.FileInfo
	part found
}

func (w *walk) run(ctx context.Context, roots []string) {
	for _, dir := range w.ignore {
		if info, err := os.Stat(dir); err == nil {
			w.own = append(w.own, info)
		}
	}
	for _, root := range roots {
		if !w.directory(ctx, root) {
			return
		}
	}
	w.part.done = true
	w.emit(w.part)
}

// flush hands over what was found.
func (w *walk) flush() bool {
	part := w.part
	w.part = found{}
	return w.emit(part)
}

// directory reads dir and what is below it; false ends the walk.
func (w *walk) directory(ctx context.Context, dir string) bool {
	if ctx.Err() != nil {
		return false
	}
	d, err := w.open(dir)
	if err != nil {
		return w.unreadable(dir, err)
	}
	if w.add != nil {
		if err := w.add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.part.limit = err
		} else if err == nil {
			w.part.dirs = append(w.part.dirs, dir)
		}
	}
	var below []string
	for {
		entries, err := d.ReadDir(portion)
		for _, e := range entries {
			w.entry(dir, e, &below)
		}
		if w.part.full() && !w.flush() || ctx.Err() != nil {
			_ = d.Close()
			return false
		}
		if err != nil {
			_ = d.Close()
			if !errors.Is(err, io.EOF) && !w.unreadable(dir, err) {
				return false
			}
			break
		}
	}
	for _, b := range below {
		if !w.directory(ctx, b) {
			return false
		}
	}
	return true
}

// open opens dir if it is no link (the folder itself may be one) and none of
// the program's own.
func (w *walk) open(dir string) (*os.File, error) {
	open := openDir
	if dir == w.dir {
		open = os.Open
	}
	d, err := open(dir)
	if err != nil {
		return nil, err
	}
	info, err := d.Stat()
	if err == nil {
		for _, own := range w.own {
			if os.SameFile(info, own) {
				err = ErrIgnored
			}
		}
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func (w *walk) unreadable(dir string, err error) bool {
	switch {
	case dir == w.dir:
		w.part.root = err
		w.flush()
		return false
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrIgnored), isNotDir(err), isLink(err):
	default:
		reason := "the directory cannot be read: " + cause(err)
		if errors.Is(err, fs.ErrPermission) {
			reason = "the directory cannot be read: permission denied"
		}
		w.part.broken = append(w.part.broken, Pending{dir, reason, FileUnreadable})
	}
	return true
}

func (w *walk) entry(dir string, e fs.DirEntry, below *[]string) {
	path := filepath.Join(dir, e.Name())
	if e.IsDir() {
		ok, why := w.entersWhy(path)
		if ok {
			*below = append(*below, path)
		} else if why != "" {
			w.part.filtered = append(w.part.filtered, Pending{path, why, FileFiltered})
		}
		return
	}
	why := w.file(path)
	switch {
	case why != "":
	case e.Type()&fs.ModeSymlink != 0:
		why = "a link; links are not followed"
	case !e.Type().IsRegular():
		why = "no ordinary file"
	}
	state := FileFiltered
	if why == "" {
		info, err := e.Info()
		switch {
		case err != nil: // it is gone again
			return
		case concealed(info):
			why = "a hidden file"
		default:
			s := w.statOf(info)
			if state, why = w.content(s.file(path)); state == "" {
				w.part.files = append(w.part.files, entry{path, s})
				return
			}
		}
	}
	w.part.filtered = append(w.part.filtered, Pending{path, why, state})
}

// Scan lists the files in the folder that pass the filters, finished or not,
// newest last: for the baseline and the dry run. Directories in it that cannot
// be read are passed over; the error is about the folder itself.
func Scan(ctx context.Context, cfg Config) ([]File, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	var files []File
	f := newFilter(cfg)
	f.fleeting.Store(fleeting(cfg.Dir))
	w := &walk{filter: f, emit: func(part found) bool {
		for _, e := range part.files {
			files = append(files, e.stat.file(e.path))
		}
		if part.root != nil {
			err = part.root
		}
		return true
	}}
	w.run(ctx, []string{cfg.Dir})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, byAge)
	return files, nil
}

// byAge orders by time of change, then by path.
func byAge(a, b File) int {
	return cmp.Or(a.ModTime.Compare(b.ModTime), cmp.Compare(a.Path, b.Path))
}
