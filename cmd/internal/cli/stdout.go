package cli

import (
	"errors"
	"io"
	"syscall"
)

// outputError is that standard output takes nothing more: a full disk behind
// it, a pipe that nobody reads, a terminal that was closed.
type outputError struct{ err error }

func (e outputError) Error() string { return "standard output cannot be written: " + e.reason() }
func (e outputError) Unwrap() error { return e.err }

// reason is the cause in words.
func (e outputError) reason() string {
	switch {
	case errors.Is(e.err, syscall.ENOSPC):
		return "the disk behind it is full"
	case errors.Is(e.err, syscall.EPIPE):
		return "nobody reads it any more"
	case errors.Is(e.err, syscall.EIO):
		return "its terminal is gone"
	default:
		return e.err.Error()
	}
}

// stdout tells its failures from those of other files.
type stdout struct{ io.Writer }

func (o stdout) Write(data []byte) (int, error) {
	n, err := o.Writer.Write(data)
	if err != nil {
		err = outputError{err}
	}
	return n, err
}
