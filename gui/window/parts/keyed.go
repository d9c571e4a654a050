package parts

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Fyne gives a key to what has the keyboard's attention and to nobody else, and
// its buttons, selects and checks know space alone. Ours hand Esc, and Enter
// where they have no use for it, on to the window they are in.

// Button is one that Enter presses too.
type Button struct{ widget.Button }

// NewButton makes one.
func NewButton(word string, onTap func()) *Button { return NewButtonWithIcon(word, nil, onTap) }

// NewButtonWithIcon makes one with an icon before its word.
func NewButtonWithIcon(word string, icon fyne.Resource, onTap func()) *Button {
	b := &Button{}
	b.Text, b.Icon, b.OnTapped = word, icon, onTap
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey presses the button on Enter and space.
func (b *Button) TypedKey(e *fyne.KeyEvent) { typed(b, &b.Button, e) }

// typed gives a key to the button that o is.
func typed(o fyne.CanvasObject, b *widget.Button, e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	case fyne.KeyEscape:
		handOn(o, e)
	default:
		b.TypedKey(e)
	}
}

// FocusGained keeps the button in sight.
func (b *Button) FocusGained() {
	b.Button.FocusGained()
	attended(b)
}

// Link is one that is kept in sight.
type Link struct{ widget.Hyperlink }

// NewLink makes one that leads nowhere yet.
func NewLink(word string) *Link {
	l := &Link{}
	l.Text = word
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey opens the link on Enter and space.
func (l *Link) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.Hyperlink.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	case fyne.KeyEscape:
		handOn(l, e)
	default:
		l.Hyperlink.TypedKey(e)
	}
}

// FocusGained keeps the link in sight.
func (l *Link) FocusGained() {
	l.Hyperlink.FocusGained()
	attended(l)
}

// Select is one that Enter opens too.
type Select struct{ widget.Select }

// NewSelect makes one.
func NewSelect(options []string, changed func(string)) *Select {
	s := &Select{}
	s.Options, s.OnChanged = options, changed
	s.ExtendBaseWidget(s)
	return s
}

var (
	_ fyne.Accessible = (*Select)(nil)
	_ fyne.Accessible = (*Check)(nil)
	_ fyne.Accessible = (*Input)(nil)
)

// AccessibilityLabel is what is chosen, or what could be.
func (s *Select) AccessibilityLabel() string { return cmp.Or(s.Selected, s.PlaceHolder) }

// AccessibilityRole is a button's: Fyne knows no other that can be used.
func (s *Select) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel is the check's word.
func (c *Check) AccessibilityLabel() string { return c.Text }

// AccessibilityRole is a button's.
func (c *Check) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel is what is typed, unless it is a secret, or what could be.
func (i *Input) AccessibilityLabel() string {
	if i.Password {
		return i.PlaceHolder
	}
	return cmp.Or(i.Text, i.PlaceHolder)
}

// AccessibilityRole is a text's.
func (i *Input) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// TypedKey opens the select on Enter and space.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		s.Select.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	case fyne.KeyEscape:
		handOn(s, e)
	default:
		s.Select.TypedKey(e)
	}
}

// FocusGained keeps the select in sight.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	attended(s)
}

// Check is one in a form that Enter sends.
type Check struct{ widget.Check }

// NewCheck makes one.
func NewCheck(word string, changed func(bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = word, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey leaves Esc and Enter to the window.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		handOn(c, e)
	default:
		c.Check.TypedKey(e)
	}
}

// FocusGained keeps the check in sight.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	attended(c)
}

// handOn gives a key to the canvas that o is in.
func handOn(o fyne.CanvasObject, e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	if typed := c.OnTypedKey(); typed != nil {
		typed(e)
	}
}
