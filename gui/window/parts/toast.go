package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// Toast is a word in passing at the lower edge of the window. Its owner takes
// it away again.
type Toast struct {
	widget.BaseWidget

	ground *Ground
	text   *canvas.Text
	button *Button
}

// NewToast makes a hidden one.
func NewToast() *Toast {
	t := &Toast{ground: NewGround(look.Toast, 10), text: canvas.NewText("", look.Color(look.OnToast)), button: NewButton("", nil)}
	t.button.Importance = widget.HighImportance
	t.button.Hide()
	t.ExtendBaseWidget(t)
	t.Hide()
	return t
}

// Say shows text.
func (t *Toast) Say(text string) {
	t.button.Hide()
	t.text.Text = text
	t.Show()
	t.Refresh()
}

// Offer shows text with a button.
func (t *Toast) Offer(text, word string, do func()) {
	t.button.OnTapped = do
	if t.button.Text != word {
		t.button.SetText(word)
	}
	t.button.Show()
	if t.text.Text == text && t.Visible() {
		return
	}
	t.text.Text = text
	t.Show()
	t.Refresh()
}

// Text returns what is shown, or nothing.
func (t *Toast) Text() string {
	if !t.Visible() {
		return ""
	}
	return t.text.Text
}

// CreateRenderer lays text over its ground.
func (t *Toast) CreateRenderer() fyne.WidgetRenderer {
	box := container.NewStack(t.ground, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 4), container.NewHBox(
		container.New(layout.NewCustomPaddedLayout(9, 10, 16, 16), t.text), container.NewCenter(t.button))))
	return &toastRenderer{widget.NewSimpleRenderer(container.NewVBox(
		layout.NewSpacer(), container.NewHBox(layout.NewSpacer(), box, layout.NewSpacer()), Space(1, 46))), t}
}

type toastRenderer struct {
	fyne.WidgetRenderer
	toast *Toast
}

func (r *toastRenderer) Refresh() {
	r.toast.text.Color = look.Color(look.OnToast)
	r.toast.text.TextSize = theme.TextSize()
	r.toast.text.Refresh()
	r.WidgetRenderer.Refresh()
	r.WidgetRenderer.Layout(r.toast.Size())
}
