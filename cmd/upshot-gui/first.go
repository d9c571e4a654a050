package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
)

// Words that a second start says to the window that is open.
const (
	wordShow = "show"
	wordPick = "pick"
)

// first is the window that was started first: it holds a lock and hears of
// later starts. A nil one hears nothing.
type first struct {
	lock     *instance.Lock
	listener net.Listener
}

func windowSocket(d dirs.Dirs) string {
	if runtime.GOOS == "windows" {
		return d.Socket + "-window" // the name of a pipe
	}
	return filepath.Join(filepath.Dir(d.Socket), "window.sock")
}

// becomeFirst takes the window's lock. instance.ErrHeld: another one has it.
func becomeFirst(d dirs.Dirs) (*first, error) {
	lock, err := instance.TryLock(filepath.Join(d.State, "window.lock"))
	if err != nil {
		return nil, err
	}
	l, err := lock.Listen(windowSocket(d))
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("listen for later starts: %w", err)
	}
	return &first{lock, l}, nil
}

// listen calls heard with each word until ctx ends or Close is called.
func (f *first) listen(ctx context.Context, heard func(word string)) {
	if f == nil {
		return
	}
	for ctx.Err() == nil {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(wordWait))
		if line, err := bufio.NewReaderSize(conn, 16).ReadSlice('\n'); err == nil {
			heard(strings.TrimSpace(string(line)))
			_, _ = conn.Write([]byte("ok\n")) // whoever asked learns otherwise by its deadline
		}
		conn.Close()
	}
}

// Close gives lock and socket back. It may be called twice.
func (f *first) Close() {
	if f == nil {
		return
	}
	_ = f.listener.Close() // nothing is written to it
	_ = f.lock.Close()     // the file stays, the lock ends with the process at the latest
}

// wordWait bounds the talk of two windows.
const wordWait = 2 * time.Second

// tellFirst says a word to the window that is open, and waits until it has heard.
func tellFirst(ctx context.Context, d dirs.Dirs, word string) error {
	ctx, cancel := context.WithTimeout(ctx, wordWait)
	defer cancel()
	conn, err := instance.Dial(ctx, windowSocket(d))
	if err != nil {
		return fmt.Errorf("tell the window that is open: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(wordWait)); err != nil {
		return fmt.Errorf("tell the window that is open: %w", err)
	}
	if _, err := fmt.Fprintln(conn, word); err != nil {
		return fmt.Errorf("tell the window that is open: %w", err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		return fmt.Errorf("tell the window that is open: %w", err)
	}
	return nil
}
