package screen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// Shot says what to take, and in which encoding; the zero value is all
// monitors as a PNG. Only one of Display, Window, Region and Last counts.
type Shot struct {
	Display int             // one monitor, from 1
	Window  bool            // the active window; under Wayland the desktop lets the person choose one
	Region  image.Rectangle // a part of the plane that the monitors share
	Last    bool            // the region of the last shot of one, also of another process (Config.LastFile)
	JPEG    int             // quality from 1 to 100; 0 is PNG
}

// Taken is what was taken.
type Taken struct {
	Region image.Rectangle // where it was; empty where the desktop does not say
	Window string          // the title of the active window, where it is known: for file names
	Ext    string          // of the encoding: "png" or "jpg"
}

// Take writes a picture to w. Nothing is written unless it was taken. Without
// an active window, or a last region, or where Region lies on no monitor, it is
// fs.ErrNotExist.
func (s *Screen) Take(ctx context.Context, shot Shot, w io.Writer) (Taken, error) {
	if shot.JPEG < 0 || shot.JPEG > 100 {
		return Taken{}, fmt.Errorf("a JPEG has a quality from 1 to 100, not %d", shot.JPEG)
	}
	if shot.Last {
		last, err := s.lastRegion()
		if err != nil {
			return Taken{}, err
		}
		shot.Region = last
	}
	if shot.Region != (image.Rectangle{}) {
		shot.Region = shot.Region.Canon()
	}
	var out bytes.Buffer
	var taken Taken
	var err error
	if portalOnly() {
		taken, err = s.takeByPortal(ctx, shot, &out)
	} else {
		taken, err = bounded(ctx, func() (Taken, error) { return take(shot, &out) })
	}
	if err != nil {
		return Taken{}, err
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return Taken{}, err
	}
	if !shot.Region.Empty() && !shot.Last {
		s.keepRegion(shot.Region)
	}
	return taken, nil
}

func take(shot Shot, out *bytes.Buffer) (Taken, error) {
	src, err := open()
	if err != nil {
		return Taken{}, err
	}
	defer src.close()
	area, err := areaOf(shot, src)
	if err != nil {
		return Taken{}, err
	}
	f, err := src.grab(area)
	if err != nil {
		return Taken{}, err
	}
	taken := Taken{Region: area, Ext: extension(shot.JPEG)}
	if w, err := src.activeWindow(); err == nil {
		taken.Window = w.title
	}
	return taken, encode(out, f, shot.JPEG)
}

// areaOf is the part of the plane that a shot takes.
func areaOf(shot Shot, src source) (image.Rectangle, error) {
	all := src.monitors()
	whole := union(all)
	var area image.Rectangle
	switch {
	case shot.Window:
		w, err := src.activeWindow()
		if err != nil {
			return area, err
		}
		if area = w.bounds.Intersect(whole); area.Empty() {
			return area, fmt.Errorf("the active window is not on a monitor: %w", fs.ErrNotExist)
		}
	case shot.Region != image.Rectangle{}:
		if area = shot.Region.Intersect(whole); area.Empty() {
			return area, fmt.Errorf("the region %s lies on no monitor: %w", FormatRegion(shot.Region), fs.ErrNotExist)
		}
	case shot.Display < 0 || shot.Display > len(all):
		return area, fmt.Errorf("there is no monitor %d, only %d: %w", shot.Display, len(all), fs.ErrNotExist)
	case shot.Display > 0:
		area = all[shot.Display-1]
	default:
		area = whole
	}
	if area.Empty() {
		return area, fmt.Errorf("the monitor has no size: %w", errors.ErrUnsupported)
	}
	return area, nil
}

func union(all []image.Rectangle) image.Rectangle {
	var area image.Rectangle
	for _, r := range all {
		area = area.Union(r)
	}
	return area
}

// window is a window on the screen.
type window struct {
	bounds image.Rectangle // what a person sees of it, without shadows
	title  string
}

var errNoWindow = fmt.Errorf("no window is active: %w", fs.ErrNotExist)

// ParseRegion reads a region as it is written on the command line: X,Y,W,H in
// pixels; X and Y may be negative, where a monitor is left of the first or
// above it.
func ParseRegion(text string) (image.Rectangle, error) {
	bad := fmt.Errorf("%q is no region; write it as X,Y,W,H in pixels, for example 100,50,640,480", text)
	words := strings.Split(text, ",")
	if len(words) != 4 {
		return image.Rectangle{}, bad
	}
	var n [4]int
	for i, word := range words {
		v, err := strconv.ParseInt(strings.TrimSpace(word), 10, 32)
		// No plane is larger, and sums must not overflow.
		if err != nil || v < -1<<20 || v > 1<<20 {
			return image.Rectangle{}, bad
		}
		n[i] = int(v)
	}
	if n[2] <= 0 || n[3] <= 0 {
		return image.Rectangle{}, bad
	}
	return image.Rect(n[0], n[1], n[0]+n[2], n[1]+n[3]), nil
}

// FormatRegion writes a region as ParseRegion reads it.
func FormatRegion(r image.Rectangle) string {
	return fmt.Sprintf("%d,%d,%d,%d", r.Min.X, r.Min.Y, r.Dx(), r.Dy())
}
