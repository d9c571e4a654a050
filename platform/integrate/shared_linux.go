package integrate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// shared is a file that is not ours as a whole, as it is now. One that is a link
// into a person's collection of settings stays a link.
type shared struct {
	path string // where it really is
	mode fs.FileMode
	text []byte
	gone bool // it is not there
}

func readShared(path string) (shared, error) {
	f := shared{path: path, mode: 0o644}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		f.path = real
	}
	var err error
	f.text, err = os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.gone = true
		return f, nil
	}
	if err != nil {
		return f, err
	}
	if info, err := os.Stat(f.path); err == nil {
		f.mode = info.Mode().Perm()
	}
	return f, nil
}

// write puts another text in place of that.
func (f shared) write(text []byte) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	return replaceFile(f.path, text, f.mode)
}

// takeOut removes our part of a shared file. rest is the file without it, and
// empty says that only what we made of the file is left, which goes with it.
func takeOut(t touched, part func(text []byte) (rest []byte, empty bool, change Change)) ([]Change, error) {
	fail := func(err error) ([]Change, error) { return nil, fmt.Errorf("remove the %s: %w", t.What, err) }
	f, err := readShared(t.Path)
	if err != nil {
		return fail(err)
	}
	if f.gone {
		return []Change{{Path: t.Path, What: t.What, Did: Gone}}, nil
	}
	rest, empty, change := part(f.text)
	change.Path, change.What = t.Path, t.What
	switch {
	case change.Did != Removed:
	case t.Made != "" && empty:
		err = os.Remove(f.path)
	default:
		err = f.write(rest)
	}
	if err != nil {
		return fail(err)
	}
	return []Change{change}, nil
}
