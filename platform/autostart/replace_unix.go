//go:build linux || darwin

package autostart

import (
	"errors"
	"os"
	"path/filepath"
)

// replaceFile writes a file so that it is there whole or as it was.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".upshot-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
