package integrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// file is one that is ours as a whole.
type file struct {
	path string
	what string
	mode fs.FileMode
	data []byte
}

// edit is a change to a file that is not ours as a whole.
type edit interface {
	install(ctx context.Context, l *list) ([]Change, error)
}

// installAll writes the files, makes the edits, and takes away what an older
// program had put elsewhere. The list is on disk before anything is touched,
// so that a power cut leaves nothing behind that Remove does not know.
func installAll(ctx context.Context, c Config, files []file, edits []edit) ([]Change, error) {
	l, err := readList(c.List)
	if err != nil {
		return nil, err
	}
	var changes []Change
	var errs []error
	var writing []plan
	for _, f := range files {
		change, err := f.look(ctx, l)
		switch {
		case err != nil:
			errs = append(errs, err)
		case change.Did == Created || change.Did == Updated:
			writing = append(writing, f.plan(change, l))
		default:
			changes = append(changes, change)
		}
	}
	if len(writing) > 0 {
		if err := l.write(c.List); err != nil {
			return changes, errors.Join(append(errs, err)...)
		}
	}
	for _, w := range writing {
		change, err := w.carryOut(l)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		changes = append(changes, change)
	}
	for _, t := range slices.Clone(l.Touched) {
		if t.Kind != kindFile || slices.ContainsFunc(files, func(f file) bool { return f.path == t.Path }) || t.What == whatBackup {
			continue
		}
		change, err := removeFile(t)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		l.drop(t.Path, t.Kind)
		changes = append(changes, change)
	}
	for _, e := range edits {
		done, err := e.install(ctx, l)
		changes = append(changes, done...)
		errs = append(errs, err)
	}
	return changes, errors.Join(append(errs, l.write(c.List))...)
}

// whatBackup marks the copies that were made before an edit.
const whatBackup = "copy of the file as it was"

// look says what is to be done with a file: nothing, unless it is Created or
// Updated.
func (f file) look(ctx context.Context, l *list) (Change, error) {
	change := Change{Path: f.path, What: f.what}
	if err := ctx.Err(); err != nil {
		return change, err
	}
	ours := l.find(f.path, kindFile)
	now, err := os.Lstat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		change.Did = Created
		return change, nil
	}
	if err == nil && !now.Mode().IsRegular() {
		l.drop(f.path, kindFile)
		change.Did, change.Why = Kept, "it is not a plain file"
		return change, nil
	}
	var old []byte
	if err == nil {
		old, err = os.ReadFile(f.path)
	}
	if err != nil {
		return change, fmt.Errorf("install the %s: %w", f.what, err)
	}
	same := sum(old) == sum(f.data)
	switch {
	case same && now.Mode().Perm()&0o111 == f.mode&0o111:
		l.put(touched{Path: f.path, Kind: kindFile, What: f.what, Sum: sum(f.data)})
		change.Did = Unchanged
	case same, ours != nil && ours.Sum == sum(old):
		change.Did = Updated
	case ours != nil:
		change.Did, change.Why = Kept, "it was changed by hand"
	default:
		change.Did, change.Why = Kept, "somebody else put it there"
	}
	return change, nil
}

// plan is a file that is about to be written.
type plan struct {
	file   file
	change Change
	before *touched // what the list had of it
}

// plan puts what will be done into the list.
func (f file) plan(change Change, l *list) plan {
	p := plan{file: f, change: change}
	if ours := l.find(f.path, kindFile); ours != nil {
		copied := *ours
		p.before = &copied
	}
	planDirs(filepath.Dir(f.path), l)
	l.put(touched{Path: f.path, Kind: kindFile, What: f.what, Sum: sum(f.data)})
	return p
}

func (p plan) carryOut(l *list) (Change, error) {
	err := os.MkdirAll(filepath.Dir(p.file.path), 0o700)
	if err == nil {
		err = replaceFile(p.file.path, p.file.data, p.file.mode)
	}
	if err != nil {
		l.drop(p.file.path, kindFile)
		if p.before != nil {
			l.put(*p.before)
		}
		return p.change, fmt.Errorf("install the %s: %w", p.file.what, err)
	}
	return p.change, nil
}

// removeFile takes one of our files away, if it still is as we wrote it.
func removeFile(t touched) (Change, error) {
	change := Change{Path: t.Path, What: t.What}
	now, err := os.Lstat(t.Path)
	if err == nil && !now.Mode().IsRegular() {
		change.Did, change.Why = Kept, "it is not a plain file"
		return change, nil
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(t.Path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		change.Did = Gone
		return change, nil
	case err != nil:
		return change, fmt.Errorf("remove the %s: %w", t.What, err)
	case sum(data) != t.Sum:
		change.Did, change.Why = Kept, "it was changed by hand"
		return change, nil
	}
	if err := os.Remove(t.Path); err != nil {
		return change, fmt.Errorf("remove the %s: %w", t.What, err)
	}
	change.Did = Removed
	return change, nil
}

// planDirs puts the directories that will have to be made into the list.
func planDirs(dir string, l *list) {
	var missing []string
	for d := dir; d != filepath.Dir(d); d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, d)
	}
	for _, d := range slices.Backward(missing) {
		l.put(touched{Path: d, Kind: kindDirectory, What: "directory"})
	}
}

// removeDirs takes our directories away that have nothing in them, the
// deepest first.
func removeDirs(l *list) {
	var dirs []string
	for _, t := range l.Touched {
		if t.Kind == kindDirectory {
			dirs = append(dirs, t.Path)
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) })
	for _, d := range dirs {
		_ = os.Remove(d) // somebody else uses it by now: that is well
		l.drop(d, kindDirectory)
	}
}

// removeAll takes away what the list has. undo takes an edit back.
func removeAll(ctx context.Context, c Config, undo func(t touched, l *list) ([]Change, error), after func(l *list) []Change) ([]Change, error) {
	l, err := readList(c.List)
	if err != nil {
		return nil, err
	}
	var changes []Change
	var errs []error
	for _, t := range slices.Clone(l.Touched) {
		if err := ctx.Err(); err != nil {
			errs = append(errs, err)
			break
		}
		var done []Change
		var err error
		switch t.Kind {
		case kindFile:
			var one Change
			one, err = removeFile(t)
			done = []Change{one}
		case kindAction, kindDefaults:
			done, err = undo(t, l)
		default:
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		l.drop(t.Path, t.Kind)
		changes = append(changes, done...)
	}
	changes = append(changes, after(l)...)
	if len(errs) == 0 {
		removeDirs(l)
	}
	return changes, errors.Join(append(errs, l.write(c.List))...)
}

// replaceFile writes a file so that it is there whole or as it was.
func replaceFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".upshot-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
