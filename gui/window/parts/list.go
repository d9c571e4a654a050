package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// List is a virtual list of rows. Its owner says how many there are and what
// each shows; only those on the screen exist.
type List struct {
	widget.List

	browsing

	rows   map[*Row]int // on the screen
	act    Act          // of the button that Enter presses in the row that has the attention; 0: the row itself
	tabbed bool         // the list has the keyboard's attention
	onAct  func(key int64, act Act, from fyne.CanvasObject)
}

// NewList makes a list; at is asked for the rows on the screen.
func NewList(at func(row int) RowModel, onAct func(key int64, act Act, from fyne.CanvasObject)) *List {
	l := &List{browsing: browsing{at: at}, rows: make(map[*Row]int), onAct: onAct}
	l.HideSeparators = true
	l.Length = func() int { return l.total }
	l.CreateItem = func() fyne.CanvasObject { return l.newRow() }
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		row := o.(*Row)
		l.shows(row, i)
		row.Set(l.at(i))
		l.point(row)
	}
	l.OnHighlighted = func(i int) {
		if l.moving { // the pointer over a row says nothing about keys
			l.attend(i)
		}
	}
	l.OnSelected = func(i int) {
		l.UnselectAll() // a row is used by its buttons and keys
		l.tapped(i)
	}
	l.ExtendBaseWidget(l)
	return l
}

func (l *List) newRow() *Row {
	row := NewRow(l.onAct)
	row.onTap = func() {
		if i, ok := l.rows[row]; ok {
			l.take(l, func() { l.Highlight(i) })
			l.tapped(i)
		}
	}
	row.onMenu = func(at fyne.Position) {
		if i, ok := l.rows[row]; ok {
			l.take(l, func() { l.Highlight(i) })
			l.menu(i, at)
		}
	}
	return row
}

func (l *List) attend(i int) {
	l.attended, l.act = i, 0
	for row := range l.rows {
		l.point(row)
	}
}

// shows keeps in mind that a row shows the i-th, and forgets those that are no
// longer on the screen: Fyne keeps some for later, and throws some away.
func (l *List) shows(row *Row, i int) {
	l.rows[row] = i
	height := rowHeight + l.Theme().Size(theme.SizeNamePadding)
	top, bottom := l.GetScrollOffset()-height, l.GetScrollOffset()+l.Size().Height
	for other, j := range l.rows {
		if at := float32(j) * height; other != row && (j == i || at < top || at > bottom) {
			delete(l.rows, other)
		}
	}
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
		if i < total && row.Set(l.at(i)) {
			l.point(row)
			drawn++
		}
	}
	return drawn
}

// point shows in a row which of its buttons Enter presses.
func (l *List) point(row *Row) {
	if l.tabbed && l.rows[row] == l.attended {
		row.point(l.act)
		return
	}
	row.point(0)
}

// row is the one that has the keyboard's attention, if it is on the screen.
func (l *List) row() *Row {
	for row, i := range l.rows {
		if i == l.attended && i < l.total {
			return row
		}
	}
	return nil
}

// Shown are the first and the last row on the screen.
func (l *List) Shown() (first, last int) {
	first = l.total
	for _, i := range l.rows {
		if i < l.total {
			first, last = min(first, i), max(last, i)
		}
	}
	return min(first, last), last
}

// TypedKey moves about: up and down between rows, left and right between the
// buttons of one. The other keys are told on.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	row := l.row()
	if row == nil && l.attended < l.total {
		l.ScrollTo(l.attended) // the wheel took it out of sight
		row = l.row()
	}
	l.moving = true
	defer func() { l.moving = false }()
	switch {
	case row != nil && l.within(row, e.Name):
	case l.typed(e.Name, l.from(row)):
	case e.Name == fyne.KeyHome:
		l.Highlight(0)
	case e.Name == fyne.KeyEnd:
		l.Highlight(l.total - 1)
	default:
		l.List.TypedKey(e)
	}
}

// within does what keys do among the buttons of a row; it reports whether the
// key was of use.
func (l *List) within(row *Row, key fyne.KeyName) bool {
	button := row.point(l.act)
	switch key {
	case fyne.KeyLeft:
		l.act = row.beside(l.act, -1)
	case fyne.KeyRight:
		l.act = row.beside(l.act, 1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyEscape:
		act := l.act
		if act == 0 {
			return false
		}
		switch {
		case key == fyne.KeyEscape, button == nil: // it went away under the finger: nothing else is meant
			l.act = 0
		default:
			l.onAct(row.Model().Key, act, button)
			return true
		}
	default:
		return false
	}
	l.point(row)
	return true
}

// from is where a menu of the row that has the keyboard's attention belongs.
func (l *List) from(row *Row) fyne.CanvasObject {
	if row == nil {
		return l
	}
	if b := row.point(l.act); b != nil {
		return b
	}
	return row
}

// FocusGained keeps the list in sight.
func (l *List) FocusGained() {
	l.List.FocusGained()
	l.tabbed = true
	l.attend(l.attended)
	attended(l)
}

// FocusLost points to no button: Enter goes elsewhere now.
func (l *List) FocusLost() {
	l.tabbed = false
	l.attend(l.attended)
	l.List.FocusLost()
}
