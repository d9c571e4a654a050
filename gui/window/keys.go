package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// addKeys gives the window its keys: Ctrl+V pastes, Ctrl+O adds files,
// Ctrl+1 to Ctrl+4 go about, Ctrl+F searches, Esc puts away what is in front.
func (w *Window) addKeys() {
	c := w.win.Canvas()
	c.AddShortcut(&fyne.ShortcutPaste{}, w.onShortcut)
	for _, k := range []fyne.KeyName{fyne.KeyO, fyne.KeyF, fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4} {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}, w.onShortcut)
	}
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			w.escape()
		}
	})
}

// key does something unless a question or the first run is in front.
func (w *Window) key(do func()) {
	if w.first == nil && w.win.Canvas().Overlays().Top() == nil {
		do()
	}
}

// onShortcut does what a shortcut of the window's own says.
func (w *Window) onShortcut(s fyne.Shortcut) {
	if _, ok := s.(*fyne.ShortcutPaste); ok {
		w.key(w.paste)
		return
	}
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok || custom.Modifier != fyne.KeyModifierShortcutDefault {
		return
	}
	switch custom.KeyName {
	case fyne.KeyO:
		w.key(w.pickFiles)
	case fyne.KeyF:
		w.key(func() {
			w.shell.open(placeHistory)
			w.win.Canvas().Focus(w.shell.history.search)
		})
	case fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4:
		w.key(func() { w.shell.open(place(custom.KeyName[0] - '1')) })
	}
}

// escape puts away what is in front: a question, a failure that was told.
func (w *Window) escape() {
	if top := w.win.Canvas().Overlays().Top(); top != nil {
		w.win.Canvas().Overlays().Remove(top)
		return
	}
	if w.trouble.failure != nil {
		w.closeBanner(keyFailure)
	}
}
