package screen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
)

// Frozen is the screen at one moment: the person picks a region on it, and the
// picture is cut from what they saw.
type Frozen struct {
	monitors []image.Rectangle
	area     image.Rectangle // of the frame, in the plane of the monitors
	frame    *frame
	screen   *Screen
}

// Freeze takes a picture of all monitors and keeps it in memory. Under Wayland
// the desktop hands out one picture of all monitors, which counts as one.
func (s *Screen) Freeze(ctx context.Context) (*Frozen, error) {
	if portalOnly() {
		data, err := portalCapture(ctx, 0, false)
		if err != nil {
			return nil, err
		}
		return s.frozenPNG(data)
	}
	return bounded(ctx, func() (*Frozen, error) {
		src, err := open()
		if err != nil {
			return nil, err
		}
		defer src.close()
		monitors := src.monitors()
		area, err := areaOf(Shot{}, src)
		if err != nil {
			return nil, err
		}
		f, err := src.grab(area)
		if err != nil {
			return nil, err
		}
		return &Frozen{monitors, area, f, s}, nil
	})
}

// maxPixels bounds the memory that decoding a picture takes.
const maxPixels = 200_000_000

func (s *Screen) frozenPNG(data []byte) (*Frozen, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err == nil && (c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height) {
		err = fmt.Errorf("it has %d x %d pixels", c.Width, c.Height)
	}
	var m image.Image
	if err == nil {
		m, err = png.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return nil, fmt.Errorf("read the desktop's capture: %w", err)
	}
	return s.NewFrozen(m, []image.Rectangle{m.Bounds()}), nil
}

// NewFrozen is the picture m of the monitors, as if Freeze had taken it.
func (s *Screen) NewFrozen(m image.Image, monitors []image.Rectangle) *Frozen {
	return &Frozen{monitors, m.Bounds(), imageFrame(m), s}
}

// Monitors are where the monitors are, in pixels of the plane that they share;
// some may be left of the first or above it.
func (f *Frozen) Monitors() []image.Rectangle { return append([]image.Rectangle(nil), f.monitors...) }

// Write writes a region, which is remembered as the last one. An empty region,
// or the part of one that lies on no monitor, is fs.ErrNotExist.
func (f *Frozen) Write(w io.Writer, region image.Rectangle, quality int) (Taken, error) {
	region = region.Canon()
	t, err := f.write(w, region, quality)
	if err == nil && f.screen != nil {
		f.screen.keepRegion(region)
	}
	return t, err
}

// WriteMonitor writes the picture of one monitor, from 1 (0: all): what the
// person picks a region on.
func (f *Frozen) WriteMonitor(w io.Writer, display, quality int) (Taken, error) {
	switch {
	case display == 0:
		return f.write(w, f.area, quality)
	case display < 0 || display > len(f.monitors):
		return Taken{}, fmt.Errorf("there is no monitor %d, only %d: %w", display, len(f.monitors), fs.ErrNotExist)
	default:
		return f.write(w, f.monitors[display-1], quality)
	}
}

func (f *Frozen) write(w io.Writer, region image.Rectangle, quality int) (Taken, error) {
	if quality < 0 || quality > 100 {
		return Taken{}, fmt.Errorf("a JPEG has a quality from 1 to 100, not %d", quality)
	}
	region = region.Intersect(f.area)
	if region.Empty() {
		return Taken{}, fmt.Errorf("the region lies on no monitor: %w", fs.ErrNotExist)
	}
	return Taken{Region: region, Ext: extension(quality)}, encode(w, f.frame.part(region.Sub(f.area.Min)), quality)
}

// part is a part of a picture.
func (f *frame) part(r image.Rectangle) *frame {
	if r == (image.Rectangle{Max: f.size}) {
		return f
	}
	return &frame{size: r.Size(), rgb: func(y int, row []byte) {
		line := make([]byte, f.size.X*bytesPerPix)
		f.rgb(r.Min.Y+y, line)
		copy(row, line[r.Min.X*bytesPerPix:r.Max.X*bytesPerPix])
	}}
}

// imageFrame is a picture of the standard library's as a frame.
func imageFrame(m image.Image) *frame {
	b := m.Bounds()
	return &frame{size: b.Size(), rgb: func(y int, row []byte) {
		for x := range b.Dx() {
			r, g, bl, _ := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			row[x*3], row[x*3+1], row[x*3+2] = byte(r>>8), byte(g>>8), byte(bl>>8)
		}
	}}
}

func extension(quality int) string {
	if quality > 0 {
		return "jpg"
	}
	return "png"
}

// encode writes a JPEG of a quality, or with 0 a PNG.
func encode(w io.Writer, f *frame, quality int) error {
	if quality == 0 {
		return encodePNG(w, f)
	}
	if f.size.X <= 0 || f.size.Y <= 0 {
		return errors.New("encode JPEG: the picture is empty")
	}
	m := image.NewRGBA(image.Rectangle{Max: f.size})
	row := make([]byte, f.size.X*bytesPerPix)
	for y := range f.size.Y {
		f.rgb(y, row)
		line := m.Pix[y*m.Stride:]
		for i, j := 0, 0; i < len(row); i, j = i+3, j+4 {
			line[j], line[j+1], line[j+2], line[j+3] = row[i], row[i+1], row[i+2], 255
		}
	}
	if err := jpeg.Encode(w, m, &jpeg.Options{Quality: quality}); err != nil {
		return fmt.Errorf("encode JPEG: %w", err)
	}
	return nil
}

// takeByPortal takes what the desktop gives and cuts from it. Which window is
// active it does not say, so for one it lets the person choose.
func (s *Screen) takeByPortal(ctx context.Context, shot Shot, out *bytes.Buffer) (Taken, error) {
	data, err := portalCapture(ctx, shot.Display, shot.Window)
	if err != nil {
		return Taken{}, err
	}
	if shot.Region == (image.Rectangle{}) && shot.JPEG == 0 {
		out.Write(data)
		return Taken{Ext: "png"}, nil
	}
	f, err := s.frozenPNG(data)
	if err != nil {
		return Taken{}, err
	}
	region := f.area
	if shot.Region != (image.Rectangle{}) && !shot.Window && shot.Display == 0 {
		region = shot.Region
	}
	t, err := f.write(out, region, shot.JPEG)
	if shot.Region == (image.Rectangle{}) {
		t.Region = image.Rectangle{}
	}
	return t, err
}
