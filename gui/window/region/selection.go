package region

import "image"

// Way is where an arrow key points.
type Way image.Point

// The ways.
var (
	left  = Way{-1, 0}
	right = Way{1, 0}
	up    = Way{0, -1}
	down  = Way{0, 1}
)

// Selection is the region on one monitor; its zero value has none. Positions
// are pixels of the plane.
type Selection struct {
	area   image.Rectangle // of the monitor
	anchor image.Point     // where a drag began
	now    image.Rectangle
}

// Region is what is selected; empty when nothing is.
func (s *Selection) Region() image.Rectangle { return s.now }

// Begin starts a new one at p on the monitor that lies at area.
func (s *Selection) Begin(area image.Rectangle, p image.Point) {
	*s = Selection{area: area, anchor: clamp(p, area)}
}

// Drag has it reach to p: both pixels, that where it began and this one,
// belong to it.
func (s *Selection) Drag(p image.Point) {
	p = clamp(p, s.area)
	s.now = image.Rectangle{Min: s.anchor, Max: p}.Canon()
	s.now.Max = s.now.Max.Add(image.Pt(1, 1))
}

// Clear takes it away.
func (s *Selection) Clear() { *s = Selection{} }

// Move moves it by one pixel, within its monitor.
func (s *Selection) Move(w Way) {
	if moved := s.now.Add(image.Point(w)); moved.In(s.area) {
		s.now = moved
	}
}

// Resize moves its right or lower edge by one pixel; it keeps at least one.
func (s *Selection) Resize(w Way) {
	r := s.now
	r.Max = r.Max.Add(image.Point(w))
	if !r.Empty() && r.In(s.area) {
		s.now = r
	}
}

// Start selects the middle of area, for who has no mouse at hand.
func (s *Selection) Start(area image.Rectangle) {
	*s = Selection{area: area, now: area.Inset(min(area.Dx(), area.Dy()) / 4)}
}

// clamp is the pixel of area that is next to p.
func clamp(p image.Point, area image.Rectangle) image.Point {
	return image.Pt(
		max(area.Min.X, min(p.X, area.Max.X-1)),
		max(area.Min.Y, min(p.Y, area.Max.Y-1)),
	)
}
