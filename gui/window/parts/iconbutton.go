package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// IconButton is a button with an icon and no word; the word is spoken to those
// who do not see it.
type IconButton struct {
	widget.Button

	Word string
}

var _ fyne.Accessible = (*IconButton)(nil)

// NewIconButton makes one.
func NewIconButton(word string, icon fyne.Resource, onTap func()) *IconButton {
	b := &IconButton{Word: word}
	b.Icon, b.OnTapped, b.Importance = icon, onTap, widget.LowImportance
	b.ExtendBaseWidget(b)
	return b
}

// Be makes it a button of another word and icon.
func (b *IconButton) Be(word string, icon fyne.Resource) {
	if b.Word != word {
		b.Word = word
		b.SetIcon(icon)
	}
}

// AccessibilityLabel is the word.
func (b *IconButton) AccessibilityLabel() string { return b.Word }

// TypedKey presses the button on Enter too, as everything here does.
func (b *IconButton) TypedKey(e *fyne.KeyEvent) { typed(b, &b.Button, e) }

// FocusGained keeps the button in sight.
func (b *IconButton) FocusGained() {
	b.Button.FocusGained()
	attended(b)
}
