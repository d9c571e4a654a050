//go:build !windows

package instance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Listen opens the socket that the other programs of this person dial. What a
// dead holder of the lock has left at path is taken away, which is why it
// takes the lock to listen; close the listener before the lock. Connections of
// other users are refused.
func (l *Lock) Listen(path string) (net.Listener, error) {
	if !l.file.Locked() {
		return nil, errors.New("listen: the lock is not held any more")
	}
	if err := checkDirectory(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	// Nobody else can look into the directory, so nobody can connect before
	// the socket has its mode.
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, fmt.Errorf("listen: %w", err)
	}
	return ownOnly{listener}, nil
}

// checkDirectory wants a directory in which nobody else can put a socket in
// place of ours.
func checkDirectory(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("listen: others can write to %s: %w", dir, fs.ErrPermission)
	}
	return nil
}

// removeStale takes away a socket that nobody serves, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("listen: %s is there and is not a socket: %w", path, fs.ErrExist)
	}
	// Another lock may belong to the same socket, where two state directories
	// share a runtime directory.
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return fmt.Errorf("listen at %s: %w", path, ErrHeld)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("take away the socket of a dead program: %w", err)
	}
	return nil
}

// ownOnly accepts connections of the same user only.
type ownOnly struct{ net.Listener }

func (l ownOnly) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if sameUser(conn) == nil {
			return conn, nil
		}
		conn.Close()
	}
}

func sameUser(conn net.Conn) error {
	peer, err := PeerOf(conn)
	if err != nil {
		return err
	}
	if peer.User != strconv.Itoa(os.Geteuid()) {
		return errOtherUser
	}
	return nil
}

// Dial connects to the program that listens at path. fs.ErrNotExist is nobody
// there, fs.ErrPermission somebody of another user.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("the program that listened there has ended: %w", fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	if err := sameUser(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// withSocket runs f with the file descriptor of a connection.
func withSocket(conn net.Conn, f func(fd int) error) error {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return fmt.Errorf("a %T has no other end to ask for: %w", conn, errors.ErrUnsupported)
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	if err := raw.Control(func(fd uintptr) { ferr = f(int(fd)) }); err != nil {
		return err
	}
	return ferr
}
