package queue

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
)

// The reserve is a file beside the database that holds nothing: room for what
// has happened already, and must be written down, when the disk is full. An
// answer that comes alone takes some 60 KB of the log, and a few of the database.
const (
	reserveSize  = 1 << 20
	reservePiece = 128 << 10 // is given up at a time, before something else takes the rest
)

// reserve is used by the writer's goroutine only.
type reserve struct {
	path string
	log  *slog.Logger
	size int64 // of the file
	off  bool  // there cannot be one here
}

// refill makes the reserve as large as it should be; an error that is
// ErrFull says that there is no room for that.
func (r *reserve) refill() error {
	if r == nil || r.off || r.size >= reserveSize {
		return nil
	}
	err := r.grow()
	switch {
	case err == nil:
		return nil
	case isDiskFull(err):
		return ErrFull
	default:
		r.log.Warn("no room can be kept for a full disk", "err", err)
		r.off = true
		return nil
	}
}

func (r *reserve) grow() error {
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < reserveSize {
		// Nothing that a file system makes smaller.
		_, err = io.CopyN(f, rand.NewChaCha8([32]byte{}), reserveSize-info.Size())
	}
	if now, serr := f.Stat(); serr == nil {
		r.size = now.Size() // what there was room for stays
	}
	return errors.Join(err, f.Close())
}

// release gives a piece of the reserve up, if there is one left.
func (r *reserve) release() bool {
	if r == nil || r.size <= 0 {
		return false
	}
	left := max(r.size-reservePiece, 0)
	err := os.Truncate(r.path, left)
	if err != nil {
		left, err = 0, os.Remove(r.path)
	}
	r.size = left
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.log.Error("the room kept for a full disk cannot be used", "err", err)
		return false
	}
	return true
}
