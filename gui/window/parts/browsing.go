package parts

import "fyne.io/fyne/v2"

// browsing is what lists and grids have in common: how many there are, which
// of them has the keyboard's attention, and who is told of keys.
type browsing struct {
	// OnKey is told of Enter, space or Delete on what has the keyboard's
	// attention.
	OnKey func(i int, key fyne.KeyName)

	// OnTap is told of one that was clicked beside its buttons.
	OnTap func(i int)

	// OnEscape is told of Esc.
	OnEscape func()

	// OnShortcut is told of the window's own shortcuts.
	OnShortcut func(fyne.Shortcut)

	at       func(i int) RowModel
	total    int
	attended int
}

// Attended is the one that has the keyboard's attention.
func (b *browsing) Attended() int { return b.attended }

// TypedShortcut hands the window's own shortcuts on.
func (b *browsing) TypedShortcut(s fyne.Shortcut) {
	if b.OnShortcut != nil {
		b.OnShortcut(s)
	}
}

// tapped gives one the keyboard's attention and tells of it.
func (b *browsing) tapped(i int) {
	b.attended = i
	if b.OnTap != nil {
		b.OnTap(i)
	}
}

// typed tells of a key, and reports whether it is of use to the owner alone.
func (b *browsing) typed(key fyne.KeyName) bool {
	switch key {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyDelete, fyne.KeySpace:
		if b.OnKey != nil && b.attended < b.total {
			b.OnKey(b.attended, key)
		}
	case fyne.KeyEscape:
		if b.OnEscape != nil {
			b.OnEscape()
		}
	default:
		return false
	}
	return true
}
