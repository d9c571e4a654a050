package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Fold is something that is seldom needed, under its name: a button that
// shows it and hides it again.
type Fold struct {
	widget.BaseWidget

	head *Button
	body fyne.CanvasObject
}

// NewFold makes one that is closed.
func NewFold(name string, body fyne.CanvasObject) *Fold {
	f := &Fold{body: body}
	f.head = NewButtonWithIcon(name, theme.MenuDropDownIcon(), f.Toggle)
	f.head.Importance = widget.LowImportance
	f.head.Alignment = widget.ButtonAlignLeading
	f.body.Hide()
	f.ExtendBaseWidget(f)
	return f
}

// Toggle shows what is in it, or hides it.
func (f *Fold) Toggle() {
	icon := theme.MenuDropDownIcon()
	if setVisible(f.body, !f.body.Visible()); f.body.Visible() {
		icon = theme.MenuDropUpIcon()
	}
	f.head.SetIcon(icon)
	f.Refresh()
}

// CreateRenderer lays the body under the button.
func (f *Fold) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewVBox(f.head, f.body))
}
