package platformtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"testing"

	"images-uploader.com/upshot/platform/screen"
)

// ShotPort is the port of a screen that can take parts of itself.
type ShotPort interface {
	Take(ctx context.Context, shot screen.Shot, w io.Writer) (screen.Taken, error)
	Freeze(ctx context.Context) (*screen.Frozen, error)
}

// Activate makes a window of that place and title the active one.
func (s *Screen) Activate(bounds image.Rectangle, title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active, s.title = bounds, title
}

// Freeze takes a picture of all monitors.
func (s *Screen) Freeze(ctx context.Context) (*screen.Frozen, error) {
	var b bytes.Buffer
	if err := s.Capture(ctx, 0, &b); err != nil {
		return nil, err
	}
	m, err := png.Decode(&b)
	if err != nil {
		return nil, err
	}
	var monitors []image.Rectangle
	left := 0
	for _, size := range s.Monitors {
		monitors = append(monitors, image.Rectangle{Max: size}.Add(image.Pt(left, 0)))
		left += size.X
	}
	return screen.New(screen.Config{}).NewFrozen(m, monitors), nil
}

// Take takes a picture.
func (s *Screen) Take(ctx context.Context, shot screen.Shot, w io.Writer) (screen.Taken, error) {
	f, err := s.Freeze(ctx)
	if err != nil {
		return screen.Taken{}, err
	}
	s.mu.Lock()
	active, title, last := s.active, s.title, s.last
	s.mu.Unlock()
	var taken screen.Taken
	switch none := (image.Rectangle{}); {
	case shot.Last && last == none:
		return taken, fmt.Errorf("no region was captured yet: %w", fs.ErrNotExist)
	case shot.Last:
		taken, err = f.Write(w, last, shot.JPEG)
	case shot.Window && active == none:
		return taken, fmt.Errorf("no window is active: %w", fs.ErrNotExist)
	case shot.Window:
		taken, err = f.Write(w, active, shot.JPEG)
	case shot.Region != none:
		if taken, err = f.Write(w, shot.Region, shot.JPEG); err == nil {
			s.mu.Lock()
			s.last = shot.Region
			s.mu.Unlock()
		}
	default:
		taken, err = f.WriteMonitor(w, shot.Display, shot.JPEG)
	}
	taken.Window = title
	return taken, err
}

// TestShots is the contract of a screen that can take parts of itself. open
// returns one with at least two monitors of which no part is like another,
// without an active window and without a last region, where its monitors are,
// and how a window is made the active one (it lies on the first).
func TestShots(t *testing.T, open func(t *testing.T) (s ShotPort, monitors []image.Rectangle, activate func(bounds image.Rectangle, title string))) {
	ctx := t.Context()
	s, monitors, activate := open(t)
	take := func(t *testing.T, shot screen.Shot) (image.Image, screen.Taken) {
		t.Helper()
		var b bytes.Buffer
		taken, err := s.Take(ctx, shot, &b)
		if err != nil {
			t.Fatalf("take %+v: %v", shot, err)
		}
		m, kind, err := image.Decode(&b)
		if want := map[bool]string{true: "png", false: "jpeg"}[shot.JPEG == 0]; err != nil || kind != want {
			t.Fatalf("take %+v: a %s, %v", shot, kind, err)
		}
		return m, taken
	}
	wantNone := func(t *testing.T, shot screen.Shot) {
		t.Helper()
		var b bytes.Buffer
		if _, err := s.Take(ctx, shot, &b); !errors.Is(err, fs.ErrNotExist) || b.Len() > 0 {
			t.Errorf("take %+v: %v with %d bytes written, want fs.ErrNotExist", shot, err, b.Len())
		}
	}
	all, _ := take(t, screen.Shot{})
	var plane image.Rectangle
	for _, m := range monitors {
		plane = plane.Union(m)
	}
	wantPart := func(t *testing.T, m image.Image, part image.Rectangle) {
		t.Helper()
		if m.Bounds().Size() != part.Size() {
			t.Fatalf("it is %v, want %v", m.Bounds().Size(), part.Size())
		}
		for y := range part.Dy() {
			for x := range part.Dx() {
				at := part.Min.Add(image.Pt(x, y)).Sub(plane.Min)
				if got, want := rgba(m, x, y), rgba(all, at.X, at.Y); got != want {
					t.Fatalf("the pixel at %d,%d is %v, want %v", x, y, got, want)
				}
			}
		}
	}
	region := image.Rectangle{monitors[1].Min.Sub(image.Pt(7, 0)), monitors[1].Min.Add(image.Pt(21, 13))}

	t.Run("what is not there yet", func(t *testing.T) {
		wantNone(t, screen.Shot{Last: true})
		wantNone(t, screen.Shot{Window: true})
	})
	t.Run("a region over two monitors", func(t *testing.T) {
		m, taken := take(t, screen.Shot{Region: region})
		wantPart(t, m, region)
		if taken.Region != region || taken.Ext != "png" {
			t.Errorf("%+v", taken)
		}
	})
	t.Run("the last region again", func(t *testing.T) {
		take(t, screen.Shot{Display: 1}) // is no region
		m, taken := take(t, screen.Shot{Last: true})
		wantPart(t, m, region)
		if taken.Region != region {
			t.Errorf("%+v", taken)
		}
	})
	t.Run("a region that goes over the edge is cut there", func(t *testing.T) {
		over := image.Rectangle{plane.Max.Sub(image.Pt(10, 10)), plane.Max.Add(image.Pt(50, 50))}
		m, taken := take(t, screen.Shot{Region: over})
		wantPart(t, m, over.Intersect(plane))
		if taken.Region != over.Intersect(plane) {
			t.Errorf("%+v", taken)
		}
	})
	t.Run("a region that is nowhere", func(t *testing.T) {
		wantNone(t, screen.Shot{Region: image.Rectangle{plane.Max, plane.Max.Add(image.Pt(5, 5))}})
	})
	t.Run("a JPEG of the same size", func(t *testing.T) {
		m, taken := take(t, screen.Shot{Display: 1, JPEG: 90})
		if m.Bounds().Size() != monitors[0].Size() || taken.Ext != "jpg" {
			t.Errorf("it is %v, %+v", m.Bounds(), taken)
		}
		for _, quality := range []int{-1, 101} {
			if _, err := s.Take(ctx, screen.Shot{JPEG: quality}, io.Discard); err == nil {
				t.Errorf("quality %d: no error", quality)
			}
		}
	})
	t.Run("the frozen screen", func(t *testing.T) {
		f, err := s.Freeze(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Monitors()
		if len(got) != len(monitors) || got[0] != monitors[0] || got[1] != monitors[1] {
			t.Errorf("monitors %v, want %v", got, monitors)
		}
		for i, m := range monitors {
			var b bytes.Buffer
			if _, err := f.WriteMonitor(&b, i+1, 0); err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			wantPart(t, picture, m)
		}
		var b bytes.Buffer
		if _, err := f.Write(&b, region, 80); err != nil {
			t.Fatal(err)
		}
		if m, err := jpeg.Decode(&b); err != nil || m.Bounds().Size() != region.Size() {
			t.Errorf("a region as JPEG: %v", err)
		}
		if _, err := f.WriteMonitor(&b, len(monitors)+1, 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a monitor that is not there: %v", err)
		}
		if _, err := f.Write(&b, image.Rectangle{}, 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an empty region: %v", err)
		}
	})
	t.Run("the active window, with its title", func(t *testing.T) {
		bounds := image.Rectangle{monitors[0].Min.Add(image.Pt(3, 4)), monitors[0].Min.Add(image.Pt(33, 24))}
		activate(bounds, "Ä window")
		m, taken := take(t, screen.Shot{Window: true})
		if m.Bounds().Size() != bounds.Size() || taken.Region != bounds || taken.Window != "Ä window" {
			t.Errorf("it is %v, %+v", m.Bounds(), taken)
		}
		if _, taken := take(t, screen.Shot{Display: 2}); taken.Window != "Ä window" {
			t.Errorf("on another picture: %+v", taken)
		}
	})
	t.Run("a writer that fails is told of", func(t *testing.T) {
		full := errors.New("disk full")
		if _, err := s.Take(ctx, screen.Shot{Region: region}, failingWriter{full}); !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Take(ended, screen.Shot{}, io.Discard); !errors.Is(err, context.Canceled) {
			t.Errorf("Take: %v", err)
		}
		if _, err := s.Freeze(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Freeze: %v", err)
		}
	})
}

func rgba(m image.Image, x, y int) color.RGBA {
	b := m.Bounds().Min
	r, g, bl, _ := m.At(b.X+x, b.Y+y).RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8), 255}
}
