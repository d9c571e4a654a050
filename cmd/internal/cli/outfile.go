package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile makes a file for its owner alone that is there as a whole or not
// at all, and overwrites another one only by force.
func writeFile(path string, force bool, put func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil && !force {
		return usagef("%s is there already; give another name, or --force", path)
	}
	if force {
		// A link stays one, and a device or pipe is no file to be replaced.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return writeInto(path, put)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".upshot-*.tmp") // 0600
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return usagef("%s cannot be written; give another place", path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where it was renamed
	err = put(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if !force {
		// A link is refused where something stands, however late it came. Some
		// file systems have none: there a look has to do.
		err = os.Link(f.Name(), path)
		if err == nil {
			return nil
		}
		if _, serr := os.Lstat(path); serr == nil || errors.Is(err, fs.ErrExist) {
			return usagef("%s is there already; give another name, or --force", path)
		}
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeInto writes to what is there and stays: a device, or a pipe.
func writeInto(path string, put func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return usagef("%s cannot be written; give another place", path)
	}
	err = put(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
