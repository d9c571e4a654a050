package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// List is a virtual list of rows. Its owner says how many there are and what
// each shows; only those on the screen exist.
type List struct {
	widget.List

	browsing

	rows map[*Row]int // on the screen, or kept for it
}

// NewList makes a list; at is asked for the rows on the screen.
func NewList(at func(row int) RowModel, onAct func(key int64, act Act, from fyne.CanvasObject)) *List {
	l := &List{browsing: browsing{at: at}, rows: make(map[*Row]int)}
	l.HideSeparators = true
	l.Length = func() int { return l.total }
	l.CreateItem = func() fyne.CanvasObject {
		row := NewRow(onAct)
		row.near = func() { l.ScrollTo(l.rows[row]) } // as Tab comes to its buttons
		return row
	}
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		row := o.(*Row)
		l.rows[row] = i
		row.Set(l.at(i))
	}
	l.OnHighlighted = func(i int) { l.attended = i }
	l.OnSelected = func(i int) {
		l.UnselectAll() // a row is used by its buttons and keys
		l.tapped(i)
	}
	l.ExtendBaseWidget(l)
	return l
}

// Update takes over a new number of rows and draws again what has changed. It
// returns how many rows were drawn again, of those on the screen.
func (l *List) Update(total int) (drawn int) {
	if total != l.total {
		l.total = total
		l.Refresh() // asks for the rows on the screen anew
		return len(l.rows)
	}
	for row, i := range l.rows {
		if i < total && row.Visible() && row.Set(l.at(i)) {
			drawn++
		}
	}
	return drawn
}

// Shown are the first and the last row on the screen.
func (l *List) Shown() (first, last int) {
	first = l.total
	for row, i := range l.rows {
		if row.Visible() && i < l.total {
			first, last = min(first, i), max(last, i)
		}
	}
	return min(first, last), last
}

// TypedKey moves about and tells the other keys on.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	switch {
	case l.typed(e.Name):
	case e.Name == fyne.KeyHome:
		l.Highlight(0)
	case e.Name == fyne.KeyEnd:
		l.Highlight(l.total - 1)
	default:
		l.List.TypedKey(e)
	}
}

// FocusGained keeps the list in sight.
func (l *List) FocusGained() {
	l.List.FocusGained()
	attended(l)
}
