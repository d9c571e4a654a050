package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Input is an entry that hands the window's own shortcuts and Esc on instead
// of swallowing them.
type Input struct {
	widget.Entry

	// OnShortcut is told of shortcuts that are not for editing text.
	OnShortcut func(fyne.Shortcut)
	// OnEscape is told of Esc.
	OnEscape func()
}

// NewInput makes one.
func NewInput() *Input {
	i := &Input{}
	i.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	i.ExtendBaseWidget(i)
	return i
}

// NewSecretInput makes one that does not show what is typed.
func NewSecretInput() *Input {
	i := &Input{}
	i.Password = true
	i.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	i.ExtendBaseWidget(i)
	return i
}

// FocusGained keeps the entry in sight.
func (i *Input) FocusGained() {
	i.Entry.FocusGained()
	attended(i)
}

// TypedShortcut keeps what edits text.
func (i *Input) TypedShortcut(s fyne.Shortcut) {
	if c, ok := s.(*desktop.CustomShortcut); ok && i.OnShortcut != nil {
		i.OnShortcut(c)
	}
	i.Entry.TypedShortcut(s)
}

// TypedKey keeps all but Esc.
func (i *Input) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape && i.OnEscape != nil {
		i.OnEscape()
		return
	}
	i.Entry.TypedKey(e)
}
