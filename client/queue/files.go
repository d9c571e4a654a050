package queue

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Names of the files beside the database. SQLite makes the first three.
const (
	suffixWAL     = "-wal"
	suffixSHM     = "-shm"
	suffixJournal = "-journal"

	suffixNew     = ".new"     // a database that is being built, put in place when whole
	suffixWork    = ".work"    // a copy of a damaged database with its head repaired
	suffixLater   = ".look"    // it was not closed, and not looked through since
	suffixCheck   = ".check"   // damage was seen: look through all of it at the next start
	suffixReserve = ".reserve" // room for what must be written when the disk is full
	suffixSalvage = ".salvage" // a salvage has begun; holds the name of the damaged file
	infixDamaged  = ".damaged-"
	infixCopy     = ".before-v" // copy made before a migration
)

// sides are the files that belong to a database file and go where it goes.
func sides() []string { return []string{suffixWAL, suffixJournal} }

// private makes an existing database its owner's alone. SQLite gives the
// files beside it the same permissions.
func private(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a mode is no more than read-only there; the profile's access rights keep others out
	}
	for _, p := range []string{path, path + suffixWAL, path + suffixSHM, path + suffixJournal} {
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(p, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// makeEmpty makes an empty file that is its owner's alone, in place of what
// a run that was killed left there.
func makeEmpty(path string) error {
	if err := removeDatabase(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// removeDatabase removes a database of ours that is no longer, or not yet,
// anybody's, with the files beside it.
func removeDatabase(path string) error {
	for _, p := range []string{path, path + suffixWAL, path + suffixSHM, path + suffixJournal} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyFile copies a file, durably, for its owner alone.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// leaveWord makes a small file, durably. It may be there already.
func leaveWord(path string, text ...string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for _, t := range text {
		_, werr := io.WriteString(f, t)
		err = errors.Join(err, werr)
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// rename moves a file and makes that durable.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// syncFile waits until the disk has what was written to a file.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
