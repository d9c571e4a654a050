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
	untabbed

	Word string // what one with an icon alone does
}

// untabbed takes the method by which Fyne knows what Tab comes to from what
// embeds it beside a widget: of two that are equally near Go promotes neither.
type untabbed struct{}

// FocusGained is never called.
func (untabbed) FocusGained() {}

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
		b.FocusLost()
	}
}

// AccessibilityLabel is its word.
func (b *RowButton) AccessibilityLabel() string { return cmp.Or(b.Text, b.Word) }
