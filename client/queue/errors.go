package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"images-uploader.com/upshot/client/job"
)

// Failures of the database itself. They are matched by errors.Is; the cause
// is wrapped as well.
var (
	// ErrNewer says that a newer Upshot has written the database; the error
	// that wraps it names the version needed.
	ErrNewer = errors.New("the database was written by a newer Upshot")
	// ErrFull says that the disk is full. What was not acknowledged did not happen.
	// It is job.ErrFull.
	ErrFull = job.ErrFull
	// ErrReadOnly says that the database or its directory cannot be written.
	// It wraps job.ErrReadOnly and fs.ErrPermission.
	ErrReadOnly = fmt.Errorf("%w: %w", job.ErrReadOnly, fs.ErrPermission)
	// ErrBusy says that another program has held the database for longer than
	// we wait. It is job.ErrBusy.
	ErrBusy = job.ErrBusy
	// ErrDamaged says that the database was found damaged while open. The
	// next Open sets it aside and salvages it.
	ErrDamaged = errors.New("the database is damaged")
)

// named wraps err with the sentinel that says what sort of failure it is.
func named(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{ErrNewer, ErrFull, ErrReadOnly, ErrBusy, ErrDamaged} {
		if errors.Is(err, known) {
			return err
		}
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", ErrFull, err)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		case sqlite3.SQLITE_BUSY:
			return fmt.Errorf("%w: %w", ErrBusy, err)
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		case sqlite3.SQLITE_INTERRUPT:
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		// The shared-memory file beside the log could not grow, or the disk
		// would not take it: SQLite does not say ENOSPC here.
		if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
		return err
	}
	switch {
	case isDiskFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// isDamage reports whether err says that the file is not what SQLite wrote.
func isDamage(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		code := e.Code() & 0xff
		return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
	}
	return errors.Is(err, ErrDamaged)
}

// isSQLite reports whether err is the database's own.
func isSQLite(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e)
}

// isRefused reports whether err says that a row breaks a rule of its table.
func isRefused(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

// isBusy reports whether err says that another process holds the database.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
