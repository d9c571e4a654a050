package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// NavItem is a place to go to: icon, word, and how much there is.
type NavItem struct {
	widget.BaseWidget

	word     string
	iconName fyne.ThemeIconName
	onTap    func()

	ground *Ground
	icon   *widget.Icon
	label  *widget.Label
	count  *widget.Label

	chosen, hovered, focused bool
}

var (
	_ desktop.Hoverable = (*NavItem)(nil)
	_ fyne.Focusable    = (*NavItem)(nil)
	_ fyne.Accessible   = (*NavItem)(nil)
)

// NewNavItem makes one.
func NewNavItem(word string, icon fyne.ThemeIconName, onTap func()) *NavItem {
	n := &NavItem{
		word: word, iconName: icon, onTap: onTap,
		ground: NewGround(theme.ColorNameHover, 8),
		icon:   widget.NewIcon(theme.Icon(icon)),
		label:  widget.NewLabel(word),
		count:  widget.NewLabel(""),
	}
	n.label.Truncation = fyne.TextTruncateEllipsis
	n.count.SizeName = theme.SizeNameCaptionText
	n.count.Importance = widget.LowImportance
	n.ExtendBaseWidget(n)
	n.paint()
	return n
}

// Choose marks the item as the place where one is.
func (n *NavItem) Choose(on bool) {
	if n.chosen != on {
		n.chosen = on
		n.paint()
	}
}

// Chosen reports whether this is the place where one is.
func (n *NavItem) Chosen() bool { return n.chosen }

// SetCount shows a small text at the end.
func (n *NavItem) SetCount(text string) {
	if n.count.Text != text {
		n.count.SetText(text)
	}
}

func (n *NavItem) paint() {
	n.label.TextStyle.Bold = n.chosen
	n.label.Importance = widget.MediumImportance
	if n.chosen {
		n.icon.SetResource(theme.NewColoredResource(theme.Icon(n.iconName), look.Accent))
	} else {
		n.icon.SetResource(theme.Icon(n.iconName))
	}
	n.label.Refresh()
	switch {
	case n.focused:
		n.ground.SetColor(theme.ColorNameFocus)
	case n.chosen:
		n.ground.SetColor(look.AccentSoft)
	default:
		n.ground.SetColor(theme.ColorNameHover)
	}
	setVisible(n.ground, n.chosen || n.hovered || n.focused)
}

// Instead has the item do something else when it is pressed, until back is
// called.
func (n *NavItem) Instead(do func()) (back func()) {
	was := n.onTap
	n.onTap = do
	return func() { n.onTap = was }
}

// Tapped goes there.
func (n *NavItem) Tapped(*fyne.PointEvent) { n.onTap() }

// MouseIn marks the item.
func (n *NavItem) MouseIn(*desktop.MouseEvent) { n.hovered = true; n.paint() }

// MouseMoved does nothing.
func (n *NavItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes the mark away.
func (n *NavItem) MouseOut() { n.hovered = false; n.paint() }

// FocusGained marks the item and keeps it in sight.
func (n *NavItem) FocusGained() { n.focused = true; n.paint(); attended(n) }

// FocusLost takes the mark away.
func (n *NavItem) FocusLost() { n.focused = false; n.paint() }

// TypedRune does nothing.
func (n *NavItem) TypedRune(rune) {}

// TypedKey goes there on Enter and space.
func (n *NavItem) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		n.onTap()
	case fyne.KeyEscape:
		handOn(n, e)
	}
}

// AccessibilityLabel is the word.
func (n *NavItem) AccessibilityLabel() string { return n.word }

// AccessibilityRole is a button's.
func (n *NavItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer lays icon, word and count out.
func (n *NavItem) CreateRenderer() fyne.WidgetRenderer {
	icon := container.New(layout.NewCustomPaddedLayout(0, 0, 10, 0), n.icon)
	return widget.NewSimpleRenderer(container.NewStack(n.ground,
		container.NewBorder(nil, nil, icon, n.count, n.label)))
}

// Mark is a picture of a fixed size.
func Mark(r fyne.Resource, side float32) *canvas.Image {
	img := canvas.NewImageFromResource(r)
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(side))
	return img
}
