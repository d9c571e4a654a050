package region

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
)

// fit is where a picture lies in a window: whole, in its proportions, as
// large as it can be. That of a monitor fills it; what a Wayland desktop hands
// out, all monitors in one, does not.
type fit struct {
	at    image.Rectangle // of the picture's monitor, in pixels of the plane
	place fyne.Position
	size  fyne.Size
}

// fitIn fits the picture of a monitor into a window.
func fitIn(at image.Rectangle, window fyne.Size) fit {
	w, h := float32(at.Dx()), float32(at.Dy())
	if w <= 0 || h <= 0 || window.Width <= 0 || window.Height <= 0 {
		return fit{at: at}
	}
	scale := min(window.Width/w, window.Height/h)
	size := fyne.NewSize(w*scale, h*scale)
	return fit{at, fyne.NewPos((window.Width-size.Width)/2, (window.Height-size.Height)/2), size}
}

// pixel is the pixel of the plane that lies at a place in the window; it may
// lie outside of the monitor.
func (f fit) pixel(p fyne.Position) image.Point {
	if f.size.Width <= 0 || f.size.Height <= 0 {
		return f.at.Min
	}
	x := float64(p.X-f.place.X) * float64(f.at.Dx()) / float64(f.size.Width)
	y := float64(p.Y-f.place.Y) * float64(f.at.Dy()) / float64(f.size.Height)
	// A place that stands for a pixel's edge may have come out a hair before it.
	return f.at.Min.Add(image.Pt(int(math.Floor(x+0.01)), int(math.Floor(y+0.01))))
}

// spot is where a pixel's upper left corner lies in the window.
func (f fit) spot(p image.Point) fyne.Position {
	p = p.Sub(f.at.Min)
	return fyne.NewPos(
		f.place.X+float32(p.X)*f.size.Width/float32(max(f.at.Dx(), 1)),
		f.place.Y+float32(p.Y)*f.size.Height/float32(max(f.at.Dy(), 1)),
	)
}
