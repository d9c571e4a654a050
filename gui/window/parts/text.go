package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// Text is a label of which parts can be marked and copied: by the mouse, or all
// of it by Tab and Ctrl+C. Fyne's own label that can be marked swallows Esc, is
// not kept in sight, and does not show that it has the keyboard's attention.
type Text struct{ widget.Label }

// NewText makes one.
func NewText(words string, style fyne.TextStyle) *Text {
	t := &Text{}
	t.Text, t.TextStyle, t.Selectable = words, style, true
	t.ExtendBaseWidget(t)
	return t
}

// marking is what Fyne lays over a label's words to mark them.
type marking interface {
	fyne.Widget
	fyne.Focusable
	fyne.Draggable
	fyne.DoubleTappable
	fyne.SecondaryTappable
	fyne.Shortcutable
	desktop.Mouseable
	desktop.Cursorable
	SelectedText() string
}

// CreateRenderer is the label's, with what marks its words as we want it.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{WidgetRenderer: t.Label.CreateRenderer()}
	r.objects = append(r.objects, r.WidgetRenderer.Objects()...)
	for i, o := range r.objects {
		if inner, ok := o.(marking); ok {
			r.mark = &marked{inner: inner, drawn: inner.CreateRenderer()}
			r.mark.ExtendBaseWidget(r.mark)
			r.objects[i] = r.mark
		}
	}
	return r
}

type textRenderer struct {
	fyne.WidgetRenderer
	objects []fyne.CanvasObject
	mark    *marked
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *textRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	if r.mark != nil {
		r.mark.Resize(size)
	}
}

func (r *textRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	if r.mark != nil {
		r.mark.Refresh()
	}
}

// marked stands for Fyne's own.
type marked struct {
	widget.BaseWidget

	inner   marking
	drawn   fyne.WidgetRenderer // inner's
	clicked bool                // the mouse is what brings the keyboard's attention
}

func (m *marked) CreateRenderer() fyne.WidgetRenderer { return m.drawn }

// after shows what an event has marked.
func (m *marked) after(event func()) {
	event()
	m.Refresh()
}

func (m *marked) Cursor() desktop.Cursor { return m.inner.Cursor() }

func (m *marked) DoubleTapped(e *fyne.PointEvent) { m.after(func() { m.inner.DoubleTapped(e) }) }

func (m *marked) Dragged(e *fyne.DragEvent) { m.after(func() { m.inner.Dragged(e) }) }

func (m *marked) DragEnd() { m.after(m.inner.DragEnd) }

func (m *marked) MouseUp(e *desktop.MouseEvent) { m.after(func() { m.inner.MouseUp(e) }) }

func (m *marked) MouseDown(e *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		m.clicked = true
		c.Focus(m)
		m.clicked = false
	}
	m.after(func() { m.inner.MouseDown(e) })
}

func (m *marked) TappedSecondary(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		menu := fyne.NewMenu("", fyne.NewMenuItem(lang.L("Copy"), func() {
			if m.inner.SelectedText() == "" {
				m.FocusGained() // all of it is meant
			}
			m.TypedShortcut(&fyne.ShortcutCopy{})
		}))
		widget.ShowPopUpMenuAtPosition(menu, c, e.AbsolutePosition)
	}
}

// TypedShortcut copies what is marked. Where nothing is, Fyne would empty the
// clipboard.
func (m *marked) TypedShortcut(s fyne.Shortcut) {
	if _, copies := s.(*fyne.ShortcutCopy); copies && m.inner.SelectedText() == "" {
		return
	}
	m.inner.TypedShortcut(s)
}

func (m *marked) TypedRune(rune) {}

// TypedKey leaves Esc and Enter to the window.
func (m *marked) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		handOn(m, e)
	}
}

// FocusGained marks all of it, unless the mouse is about to mark a part.
func (m *marked) FocusGained() {
	m.after(func() {
		m.inner.FocusGained()
		if !m.clicked {
			end := fyne.NewPos(m.Size().Width, m.Size().Height)
			m.inner.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
			m.inner.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: end}, Dragged: fyne.NewDelta(end.X, end.Y)})
			m.inner.DragEnd()
		}
	})
	attended(m)
}

// FocusLost takes the mark away.
func (m *marked) FocusLost() { m.after(m.inner.FocusLost) }
