// Package screen takes pictures of the monitors, without the mouse pointer.
//
// On X11 it asks the server itself, by core requests: the pictures are those of
// kbinani/screenshot, which does the work on Windows and macOS, without its
// second connection, its world-readable shared memory and its start of an
// extension at every capture, which writes to tables that other X11
// connections of the process are reading. Under Wayland it asks the desktop's
// portal, which may ask the person.
//
// Failures speak the standard library's words: errors.ErrUnsupported (no
// screen, or no way to capture it), fs.ErrNotExist (no such monitor),
// fs.ErrPermission (the person or the desktop refused) and
// context.DeadlineExceeded (no answer).
//
// It imports nothing of Upshot. Every call opens the screen anew, in a
// goroutine that ends with it.
package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
)

// Config is what New needs; its zero value is right.
type Config struct {
	LastFile string // where the last region is kept, for other processes too; "" is in memory
}

// Screen is the person's monitors.
type Screen struct {
	lastFile string

	mu   sync.Mutex
	last image.Rectangle
}

// New returns the screen. It does not touch it.
func New(c Config) *Screen { return &Screen{lastFile: c.LastFile} }

// source is an open way to the monitors.
type source interface {
	// monitors are where they are, in pixels of one plane; the first may be
	// to the right of the second, or above it.
	monitors() []image.Rectangle
	// grab takes a picture of a part of that plane. What no monitor shows is
	// black.
	grab(r image.Rectangle) (*frame, error)
	// activeWindow is the window that has the person's attention.
	activeWindow() (window, error)
	close()
}

// frame is a picture as its source has it.
type frame struct {
	size image.Point
	rgb  func(y int, row []byte) // writes line y, three bytes a pixel
}

// Displays is the number of monitors.
func (s *Screen) Displays(ctx context.Context) (int, error) {
	if portalOnly() {
		return 1, nil // it hands out one picture of all of them
	}
	return bounded(ctx, func() (int, error) {
		src, err := open()
		if err != nil {
			return 0, err
		}
		defer src.close()
		return len(src.monitors()), nil
	})
}

// Capture writes a PNG of monitor display (from 1; 0: all in one) to w. Nothing
// is written unless the picture was taken.
func (s *Screen) Capture(ctx context.Context, display int, w io.Writer) error {
	_, err := s.Take(ctx, Shot{Display: display}, w)
	return err
}

// bounded runs f, which may block longer than ctx, in a goroutine and returns
// when either ends.
func bounded[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	answered := make(chan answer, 1)
	go func() {
		v, err := f()
		answered <- answer{v, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return none, errSilent
		}
		return none, ctx.Err()
	}
}

var (
	errSilent   = fmt.Errorf("the screen does not answer: %w", context.DeadlineExceeded)
	errNoScreen = fmt.Errorf("there is no screen here: %w", errors.ErrUnsupported)
)
