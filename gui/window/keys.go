package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"images-uploader.com/upshot/gui/window/parts"
)

// addKeys gives the window its keys: Ctrl+V pastes, Ctrl+O adds files,
// Ctrl+1 to Ctrl+4 go about, Ctrl+F searches, Ctrl+Up, Down, Home and End move
// a file in the queue, Ctrl+I shows its details, Ctrl+A marks all in history,
// Ctrl+Z takes the last upload back, Esc puts away what is in front,
// Enter presses its main button.
func (w *Window) addKeys() {
	c := w.win.Canvas()
	c.AddShortcut(&fyne.ShortcutPaste{}, w.onShortcut)
	c.AddShortcut(&fyne.ShortcutSelectAll{}, w.onShortcut)
	c.AddShortcut(&fyne.ShortcutUndo{}, w.onShortcut)
	for _, k := range []fyne.KeyName{
		fyne.KeyO, fyne.KeyF, fyne.KeyI, fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4,
		fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd,
	} {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}, w.onShortcut)
	}
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyEscape:
			w.escape()
		case fyne.KeyReturn, fyne.KeyEnter:
			w.enter()
		case parts.Attended:
			w.keepInSight()
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
	switch s.(type) {
	case *fyne.ShortcutPaste:
		w.key(w.paste)
		return
	case *fyne.ShortcutSelectAll:
		w.key(func() {
			if w.shell.at == placeHistory {
				w.shell.history.list.markAll()
			}
		})
		return
	case *fyne.ShortcutUndo:
		w.key(func() {
			if w.view.Snapshot.Undo != nil {
				w.undo()
			}
		})
		return
	}
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok || custom.Modifier != fyne.KeyModifierShortcutDefault {
		return
	}
	switch custom.KeyName {
	case fyne.KeyO:
		w.key(w.pickFiles)
	case fyne.KeyUp:
		w.onAttended(actUp)
	case fyne.KeyDown:
		w.onAttended(actDown)
	case fyne.KeyHome:
		w.onAttended(actTop)
	case fyne.KeyEnd:
		w.onAttended(actBottom)
	case fyne.KeyI:
		w.onAttended(actDetails)
	case fyne.KeyF:
		w.key(func() {
			w.shell.open(placeHistory)
			w.win.Canvas().Focus(w.shell.history.search)
		})
	case fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4:
		w.key(func() { w.shell.open(place(custom.KeyName[0] - '1')) })
	}
}

// onAttended does something with the job that has the keyboard's attention.
func (w *Window) onAttended(act parts.Act) {
	w.key(func() {
		list := w.shell.queue.list
		switch w.shell.at {
		case placeQueue:
		case placeHistory:
			list = w.shell.history.list
		default:
			return
		}
		j, ok := list.attended()
		if ok && (act == actDetails || j.State.Open()) {
			w.act(j, act, list.List)
		}
	})
}

// escape puts away what is in front: a question, a failure that was told.
func (w *Window) escape() {
	if top := w.win.Canvas().Overlays().Top(); top != nil {
		w.win.Canvas().Overlays().Remove(top)
		return
	}
	switch {
	case w.picking:
		w.cfg.App.Quit()
	case w.trouble.failure != nil:
		w.closeBanner(keyFailure)
	}
}
