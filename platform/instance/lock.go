// Package instance makes sure that one program runs the engine and that only
// its own person talks to it: a lock that ends with its holder, a listener
// that only the lock's holder can open, and connections whose other end is
// checked on both sides. On Unix the connection is a socket, on Windows a
// named pipe; never a TCP port.
//
// It imports nothing of Upshot. Spawn starts one goroutine, which ends with the
// program it started.
package instance

import (
	"errors"
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// ErrHeld says that another program holds the lock, or serves the socket.
var ErrHeld = errors.New("another Upshot is running")

// Lock is held until Close or the end of the process, however that comes.
type Lock struct {
	file *flock.Flock
	path string
}

// TryLock takes the lock at path, creating the file in a directory that must
// be there. If another process, or another Lock of this one, holds it, the
// error is ErrHeld.
func TryLock(path string) (*Lock, error) {
	file := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR))
	ok, err := file.TryLock()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	if !ok {
		file.Close()
		return nil, ErrHeld
	}
	return &Lock{file, path}, nil
}

// Path is where the lock lies.
func (l *Lock) Path() string { return l.path }

// Close gives the lock back. The file stays: taking it away would let two
// programs hold a lock of the same name.
func (l *Lock) Close() error { return l.file.Close() }

// Peer is the program at the other end of a connection.
type Peer struct {
	PID  int
	User string // the number of its user; on Windows the SID
}

var errOtherUser = fmt.Errorf("the other end belongs to another user: %w", os.ErrPermission)
