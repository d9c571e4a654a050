package platformtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"sync"
	"testing"
)

// ScreenPort is the port that a screen keeps.
type ScreenPort interface {
	Displays(ctx context.Context) (int, error)
	Capture(ctx context.Context, display int, w io.Writer) error
}

// Screen is monitors in memory, side by side, each of a colour of its own
// (ScreenColor). Without Monitors there is no screen.
type Screen struct {
	Monitors []image.Point // their sizes

	mu       sync.Mutex
	fail     error
	captures int
	active   image.Rectangle
	title    string
	last     image.Rectangle
}

// ScreenColor is the colour of monitor n (from 1) of a Screen.
func ScreenColor(n int) color.RGBA { return color.RGBA{uint8(40 * n), uint8(255 - 40*n), 90, 255} }

// Fail makes every call fail with err (nil: no more).
func (s *Screen) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Captures is how many pictures were taken.
func (s *Screen) Captures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.captures
}

// Displays is the number of monitors.
func (s *Screen) Displays(ctx context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.Monitors), s.ready(ctx)
}

// Capture writes a PNG of one monitor, or of all.
func (s *Screen) Capture(ctx context.Context, display int, w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	if display < 0 || display > len(s.Monitors) {
		return fmt.Errorf("there is no monitor %d: %w", display, fs.ErrNotExist)
	}
	var size image.Point
	for i, m := range s.Monitors {
		if display == 0 || display == i+1 {
			size = image.Pt(size.X+m.X, max(size.Y, m.Y))
		}
	}
	picture := image.NewRGBA(image.Rectangle{Max: size})
	left := 0
	for i, m := range s.Monitors {
		if display != 0 && display != i+1 {
			continue
		}
		for y := range m.Y {
			for x := range m.X {
				picture.SetRGBA(left+x, y, ScreenColor(i+1))
			}
		}
		left += m.X
	}
	s.captures++
	return png.Encode(w, picture)
}

func (s *Screen) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.fail == nil && len(s.Monitors) == 0 {
		return fmt.Errorf("there is no screen here: %w", errors.ErrUnsupported)
	}
	return s.fail
}

// TestScreen is the contract of a screen. open returns one of the monitors
// whose sizes it tells.
func TestScreen(t *testing.T, open func(t *testing.T) (s ScreenPort, monitors []image.Point)) {
	ctx := t.Context()
	s, monitors := open(t)
	t.Run("it tells the number of its monitors", func(t *testing.T) {
		if n, err := s.Displays(ctx); err != nil || n != len(monitors) {
			t.Errorf("Displays: %d, %v, want %d", n, err, len(monitors))
		}
	})
	t.Run("each monitor is a PNG of its size", func(t *testing.T) {
		for i, size := range monitors {
			if got := captured(t, s, i+1).Bounds().Size(); got != size {
				t.Errorf("monitor %d is %v, want %v", i+1, got, size)
			}
		}
	})
	t.Run("all in one hold them all", func(t *testing.T) {
		all := captured(t, s, 0).Bounds().Size()
		for i, size := range monitors {
			if all.X < size.X || all.Y < size.Y {
				t.Errorf("all in one is %v, which does not hold monitor %d of %v", all, i+1, size)
			}
		}
	})
	t.Run("a monitor that is not there", func(t *testing.T) {
		for _, n := range []int{-1, len(monitors) + 1} {
			var b bytes.Buffer
			if err := s.Capture(ctx, n, &b); !errors.Is(err, fs.ErrNotExist) || b.Len() > 0 {
				t.Errorf("monitor %d: %v with %d bytes written, want fs.ErrNotExist", n, err, b.Len())
			}
		}
	})
	t.Run("a writer that fails is told of", func(t *testing.T) {
		full := errors.New("disk full")
		if err := s.Capture(ctx, 1, failingWriter{full}); !errors.Is(err, full) {
			t.Errorf("Capture: %v", err)
		}
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Capture(ended, 0, io.Discard); !errors.Is(err, context.Canceled) {
			t.Errorf("Capture: %v", err)
		}
	})
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func captured(t *testing.T, s ScreenPort, display int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := s.Capture(t.Context(), display, &b); err != nil {
		t.Fatalf("capture monitor %d: %v", display, err)
	}
	m, err := png.Decode(&b)
	if err != nil {
		t.Fatalf("monitor %d: %v", display, err)
	}
	return m
}
