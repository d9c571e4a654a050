package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Attended is told to the window, as a key that nobody has pressed, when a part
// of it gets the keyboard's attention: Fyne scrolls to none, and whoever goes
// about by Tab would soon not see where they are.
const Attended fyne.KeyName = "upshot: attended"

// attended tells the window that o got the keyboard's attention.
func attended(o fyne.CanvasObject) { handOn(o, &fyne.KeyEvent{Name: Attended}) }

// sightEdge is how much is seen around what is scrolled to.
const sightEdge = 8

// Scrolls are what scrolls around something, the outermost first.
type Scrolls []*container.Scroll

// Of adds what Fit or Within made.
func (s Scrolls) Of(o fyne.CanvasObject) Scrolls {
	if around, ok := o.(*fyne.Container); ok && len(around.Objects) == 1 {
		if scroll, ok := around.Objects[0].(*container.Scroll); ok {
			return append(s, scroll)
		}
	}
	return s
}

// Show scrolls to o in those that it is in.
func (s Scrolls) Show(o fyne.CanvasObject) {
	where := fyne.CurrentApp().Driver().AbsolutePositionForObject
	for i := len(s) - 1; i >= 0; i-- {
		scroll := s[i]
		at := where(o).Subtract(where(scroll.Content))
		room := scroll.Content.Size().Max(scroll.Content.MinSize()) // it may have grown a moment ago
		if at.X < 0 || at.Y < 0 || at.X >= room.Width || at.Y >= room.Height {
			continue // elsewhere
		}
		to := scroll.Offset
		if scroll.Direction != container.ScrollVerticalOnly {
			to.X = offset(to.X, at.X, o.Size().Width, scroll.Size().Width, room.Width)
		}
		if scroll.Direction != container.ScrollHorizontalOnly {
			to.Y = offset(to.Y, at.Y, o.Size().Height, scroll.Size().Height, room.Height)
		}
		scroll.ScrollToOffset(to)
	}
}

// offset is the one nearest to now at which what begins at and is long is seen
// in a stretch of so much of all.
func offset(now, at, long, seen, all float32) float32 {
	first, last := at-sightEdge, at+long+sightEdge-seen
	if last > first { // it does not fit: its beginning counts
		now = first
	}
	now = min(max(now, last), first)
	return max(0, min(now, all-seen))
}
