package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// browsing is what lists and grids have in common: how many there are, which
// of them has the keyboard's attention, and who is told of keys.
type browsing struct {
	// OnKey is told of Enter, space or Delete on what has the keyboard's
	// attention.
	OnKey func(i int, key fyne.KeyName)

	// OnTap is told of one that was clicked beside its buttons.
	OnTap func(i int)

	// OnMenu is asked for the menu of one: by the right button of the mouse, or
	// by the menu key. It belongs at that place of the window.
	OnMenu func(i int, at fyne.Position)

	// OnEscape is told of Esc.
	OnEscape func()

	// OnShortcut is told of the window's own shortcuts.
	OnShortcut func(fyne.Shortcut)

	at       func(i int) RowModel
	total    int
	attended int
	moving   bool // by keyboard or a click: the pointer over one says nothing about keys
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

// take gives one the keyboard's attention; highlight has Fyne do it.
func (b *browsing) take(o fyne.Focusable, highlight func()) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o.(fyne.CanvasObject)); c != nil {
		c.Focus(o)
	}
	b.moving = true
	highlight()
	b.moving = false
}

// menu asks for the menu of one.
func (b *browsing) menu(i int, at fyne.Position) {
	if b.OnMenu != nil && i < b.total {
		b.OnMenu(i, at)
	}
}

// typed tells of a key, and reports whether it is of use to the owner alone.
// The menu of what has the keyboard's attention belongs under from.
func (b *browsing) typed(key fyne.KeyName, from fyne.CanvasObject) bool {
	switch key {
	case desktop.KeyMenu:
		b.menu(b.attended, fyne.CurrentApp().Driver().AbsolutePositionForObject(from).AddXY(0, from.Size().Height))
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
