package parts

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// RowButton is a button of a row. Tab does not come to it, or who goes about by
// Tab would go through ten thousand rows before they leave their list: the arrow
// keys of the list point to it, and Enter presses it.
type RowButton struct {
	widget.Button

	// Nil, and never used: of two that are equally near Go promotes neither, so
	// that this has not the methods by which Fyne knows what Tab comes to.
	fyne.Focusable

	Word string // what one with an icon alone does
}

var _ fyne.Accessible = (*RowButton)(nil)

func newRowButton(onTap func()) *RowButton {
	b := &RowButton{}
	b.OnTapped = onTap
	b.ExtendBaseWidget(b)
	return b
}

// point draws the button as the one that Enter presses, or as any other.
func (b *RowButton) point(on bool) {
	if on {
		b.Button.FocusGained()
	} else {
		b.Button.FocusLost()
	}
}

// AccessibilityLabel is its word.
func (b *RowButton) AccessibilityLabel() string { return cmp.Or(b.Text, b.Word) }
