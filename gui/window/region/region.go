package region

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Monitor is the frozen picture of a monitor and where it lies on the plane,
// in pixels.
type Monitor struct {
	At      image.Rectangle
	Picture image.Image
}

// Config is what New needs.
type Config struct {
	App      fyne.App
	Monitors []Monitor
	// Done is told the region, once; an empty one when the person wants none.
	Done func(image.Rectangle)
	Hint string // what is said on the screen; "" is in English
}

// inside is how far from the corner of its monitor a window is before it fills
// it.
const inside = 16

const usualHint = "Drag a rectangle  ·  arrow keys move it, with Shift they resize it  ·  Enter takes it  ·  Esc cancels"

// Picker lets the person pick a region.
type Picker struct {
	config    Config
	boards    []*board
	windows   []fyne.Window
	active    *board // that the selection lies on
	selection Selection
	start     func() // begins the selection of a mouse button that is down; nil: begun, or none is
	dragging  bool
	done      bool
}

// New makes the windows. They show when Show is called.
func New(c Config) *Picker {
	if c.Hint == "" {
		c.Hint = usualHint
	}
	p := &Picker{config: c}
	for _, m := range c.Monitors {
		b := newBoard(p, m)
		w := c.App.NewWindow("Upshot: pick a region")
		w.SetPadded(false)
		w.SetContent(b)
		w.Resize(fyne.NewSize(64, 64)) // small, so that it lies on one monitor before it fills it
		if d, ok := w.(desktop.Window); ok {
			// Not the corner itself: Fyne takes 0,0 for no wish, and the window
			// would lie wherever the mouse is.
			d.RequestPosition(m.At.Min.X+inside, m.At.Min.Y+inside)
			d.RequestAlwaysOnTop()
		}
		w.SetFullScreen(true)
		w.SetCloseIntercept(p.Cancel)
		w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { p.Type(e.Name, modifiers(c.App)) })
		p.boards, p.windows = append(p.boards, b), append(p.windows, w)
	}
	return p
}

// modifiers are the keys that are held down now.
func modifiers(a fyne.App) fyne.KeyModifier {
	if d, ok := a.Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// Show shows the windows; the first has the keyboard.
func (p *Picker) Show() {
	for i := len(p.windows) - 1; i >= 0; i-- {
		p.windows[i].Show()
	}
	if len(p.windows) > 0 {
		p.windows[0].RequestFocus()
	}
}

// Region is what is selected now.
func (p *Picker) Region() image.Rectangle { return p.selection.Region() }

// Type does what a key means.
func (p *Picker) Type(key fyne.KeyName, held fyne.KeyModifier) {
	ways := map[fyne.KeyName]Way{fyne.KeyLeft: left, fyne.KeyRight: right, fyne.KeyUp: up, fyne.KeyDown: down}
	way, arrow := ways[key]
	switch {
	case key == fyne.KeyEscape:
		p.Cancel()
	case key == fyne.KeyReturn, key == fyne.KeyEnter:
		p.take()
	case !arrow || len(p.boards) == 0:
	case p.Region().Empty():
		p.active = p.under()
		p.selection.Start(p.active.monitor.At)
		p.draw()
	case held&fyne.KeyModifierShift != 0:
		p.selection.Resize(way)
		p.draw()
	default:
		p.selection.Move(way)
		p.draw()
	}
}

// under is the board that the mouse is on, or the first.
func (p *Picker) under() *board {
	for _, b := range p.boards {
		if b.inside {
			return b
		}
	}
	return p.boards[0]
}

// Cancel ends without a region.
func (p *Picker) Cancel() { p.end(image.Rectangle{}) }

// take ends with what is selected, if anything is.
func (p *Picker) take() {
	if r := p.Region(); !r.Empty() {
		p.end(r)
	}
}

func (p *Picker) end(r image.Rectangle) {
	if !p.done {
		p.done = true
		p.config.Done(r)
	}
}

// on is the part of the selection that lies on a board.
func (p *Picker) on(b *board) image.Rectangle {
	if b != p.active {
		return image.Rectangle{}
	}
	return p.Region()
}

// press begins a selection; a click without a drag leaves the one that is
// there, so that a double click takes it.
func (p *Picker) press(b *board, at image.Point) {
	p.dragging = false
	p.start = func() {
		p.active, p.dragging = b, true
		p.selection.Begin(b.monitor.At, at)
	}
}

func (p *Picker) drag(to image.Point) {
	if p.start != nil {
		p.start()
		p.start = nil
	}
	p.selection.Drag(to)
	p.draw()
}

func (p *Picker) release() {
	p.dragging, p.start = false, nil
	p.draw()
}

func (p *Picker) draw() {
	for _, b := range p.boards {
		b.draw()
	}
}
