package platformtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"images-uploader.com/upshot/platform/instance"
)

// InstancePort makes sure that one program runs the engine, and lets others
// talk to it.
type InstancePort interface {
	TryLock(path string) (InstanceLock, error)
	Dial(ctx context.Context, path string) (net.Conn, error)
}

// InstanceLock is held until Close.
type InstanceLock interface {
	Listen(path string) (net.Listener, error)
	Close() error
}

// Instances are the programs of a computer in memory. The zero value is one on
// which none runs.
type Instances struct {
	mu     sync.Mutex
	locks  map[string]*memoryLock
	serves map[string]*memoryListener
}

type memoryLock struct {
	all  *Instances
	path string
}

// TryLock takes the lock at path.
func (i *Instances) TryLock(path string) (InstanceLock, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.locks == nil {
		i.locks, i.serves = map[string]*memoryLock{}, map[string]*memoryListener{}
	}
	if i.locks[path] != nil {
		return nil, instance.ErrHeld
	}
	l := &memoryLock{i, path}
	i.locks[path] = l
	return l, nil
}

// Close gives the lock back.
func (l *memoryLock) Close() error {
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	if l.all.locks[l.path] == l {
		delete(l.all.locks, l.path)
	}
	return nil
}

// Listen serves path.
func (l *memoryLock) Listen(path string) (net.Listener, error) {
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	switch {
	case l.all.locks[l.path] != l:
		return nil, errors.New("listen: the lock is not held any more")
	case l.all.serves[path] != nil:
		return nil, fmt.Errorf("listen at %s: %w", path, instance.ErrHeld)
	}
	s := &memoryListener{all: l.all, path: path, dialed: make(chan net.Conn), closed: make(chan struct{})}
	l.all.serves[path] = s
	return s, nil
}

// Dial connects to who serves path.
func (i *Instances) Dial(ctx context.Context, path string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	i.mu.Lock()
	s := i.serves[path]
	i.mu.Unlock()
	if s == nil {
		return nil, fmt.Errorf("nobody is there: %w", fs.ErrNotExist)
	}
	ours, theirs := net.Pipe()
	select {
	case s.dialed <- theirs:
		return ours, nil
	case <-s.closed:
		return nil, fmt.Errorf("nobody is there: %w", fs.ErrNotExist)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryListener struct {
	all    *Instances
	path   string
	dialed chan net.Conn
	closed chan struct{}
}

func (s *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-s.dialed:
		return conn, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *memoryListener) Close() error {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	if s.all.serves[s.path] != s {
		return net.ErrClosed
	}
	delete(s.all.serves, s.path)
	close(s.closed)
	return nil
}

func (s *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// TestInstance is the contract of lock, listener and Dial. open returns a
// directory on a computer where none of ours runs; names in it are lock files,
// and those that address makes of them are what is listened at.
func TestInstance(t *testing.T, open func(t *testing.T) (i InstancePort, dir string)) {
	ctx := t.Context()
	i, dir := open(t)
	lock, other := filepath.Join(dir, "lock"), filepath.Join(dir, "other")
	address := filepath.Join(dir, "sock")
	take := func(t *testing.T, path string) InstanceLock {
		t.Helper()
		l, err := i.TryLock(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() }) // it may be closed by then
		return l
	}
	// serve answers every connection with a word.
	serve := func(t *testing.T, l InstanceLock, word string) net.Listener {
		t.Helper()
		listener, err := l.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, word)
				_ = conn.Close()
			}
		}()
		return listener
	}
	hear := func(t *testing.T, want string) {
		t.Helper()
		conn, err := i.Dial(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if b, err := io.ReadAll(conn); err != nil || string(b) != want {
			t.Errorf("it says %q, %v, want %q", b, err, want)
		}
	}
	nobody := func(t *testing.T) {
		t.Helper()
		if _, err := i.Dial(ctx, address); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Dial: %v, want fs.ErrNotExist", err)
		}
	}
	t.Run("nobody listens at first", nobody)
	t.Run("one holds the lock", func(t *testing.T) {
		first := take(t, lock)
		if _, err := i.TryLock(lock); !errors.Is(err, instance.ErrHeld) {
			t.Errorf("a second: %v, want ErrHeld", err)
		}
		take(t, other) // another lock is another's
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		take(t, lock)
	})
	t.Run("who holds it is heard by those who dial", func(t *testing.T) {
		listener := serve(t, take(t, lock), "hello")
		hear(t, "hello")
		hear(t, "hello")
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		nobody(t)
	})
	t.Run("the next one takes the place over", func(t *testing.T) {
		first := take(t, lock)
		if err := serve(t, first, "first").Close(); err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		serve(t, take(t, lock), "second")
		hear(t, "second")
	})
	t.Run("an address that somebody serves is left alone", func(t *testing.T) {
		serve(t, take(t, lock), "mine")
		if _, err := take(t, other).Listen(address); !errors.Is(err, instance.ErrHeld) {
			t.Errorf("Listen: %v, want ErrHeld", err)
		}
		hear(t, "mine")
	})
	t.Run("without the lock nobody listens", func(t *testing.T) {
		l := take(t, lock)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Listen(address); err == nil {
			t.Error("Listen worked")
		}
		nobody(t)
	})
	t.Run("a call whose context has ended fails", func(t *testing.T) {
		serve(t, take(t, lock), "hello")
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if conn, err := i.Dial(ended, address); err == nil {
			conn.Close()
			t.Error("Dial worked")
		}
	})
}
