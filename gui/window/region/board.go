package region

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// board is the picture of one monitor, on which the mouse drags a rectangle.
type board struct {
	widget.BaseWidget

	picker  *Picker
	monitor Monitor

	picture *canvas.Image
	shades  [4]*canvas.Rectangle // above, left, right and below of the selection
	border  *canvas.Rectangle
	lens    *magnifier
	back    *canvas.Rectangle
	hint    *canvas.Text

	mouse   fyne.Position
	inside  bool
	pressed bool
}

var (
	_ desktop.Mouseable   = (*board)(nil)
	_ desktop.Hoverable   = (*board)(nil)
	_ desktop.Cursorable  = (*board)(nil)
	_ fyne.Draggable      = (*board)(nil)
	_ fyne.DoubleTappable = (*board)(nil)
)

func newBoard(p *Picker, m Monitor) *board {
	b := &board{
		picker: p, monitor: m,
		picture: canvas.NewImageFromImage(m.Picture),
		border:  canvas.NewRectangle(color.Transparent),
		lens:    newMagnifier(),
		back:    canvas.NewRectangle(ground),
		hint:    canvas.NewText(p.config.Hint, ink),
	}
	b.picture.ScaleMode = canvas.ImageScaleFastest
	b.picture.FillMode = canvas.ImageFillStretch
	for i := range b.shades {
		b.shades[i] = canvas.NewRectangle(shade)
	}
	b.border.StrokeColor, b.border.StrokeWidth = accent, 1
	b.hint.Alignment = fyne.TextAlignCenter
	b.hint.TextSize = 13
	b.ExtendBaseWidget(b)
	return b
}

func (b *board) fit() fit { return fitIn(b.monitor.At, b.Size()) }

// Cursor is a cross.
func (b *board) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// MouseDown begins a rectangle.
func (b *board) MouseDown(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	b.pressed, b.mouse = true, e.Position
	b.picker.press(b, b.fit().pixel(e.Position))
}

// MouseUp ends it.
func (b *board) MouseUp(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	b.release()
}

// Dragged has it follow the mouse.
func (b *board) Dragged(e *fyne.DragEvent) { b.moved(e.Position) }

// DragEnd ends it.
func (b *board) DragEnd() { b.release() }

func (b *board) release() {
	if b.pressed {
		b.pressed = false
		b.picker.release()
	}
}

// MouseIn shows the magnifier.
func (b *board) MouseIn(e *desktop.MouseEvent) { b.moved(e.Position) }

// MouseMoved moves it.
func (b *board) MouseMoved(e *desktop.MouseEvent) { b.moved(e.Position) }

// MouseOut hides it.
func (b *board) MouseOut() {
	b.inside = false
	b.lens.hide()
}

// DoubleTapped takes what is selected.
func (b *board) DoubleTapped(*fyne.PointEvent) { b.picker.take() }

func (b *board) moved(to fyne.Position) {
	b.mouse, b.inside = to, true
	if b.pressed {
		b.picker.drag(b.fit().pixel(to))
	}
	b.draw()
}

// draw puts everything where it belongs now.
func (b *board) draw() {
	f := b.fit()
	b.picture.Move(f.place)
	b.picture.Resize(f.size)
	all := b.monitor.At
	chosen := b.picker.on(b)
	if chosen.Empty() {
		chosen = image.Rectangle{Min: all.Min, Max: all.Min}
		b.border.Hide()
	} else {
		span(b.border, f, chosen)
		b.border.Show()
	}
	for i, r := range [4]image.Rectangle{
		{all.Min, image.Pt(all.Max.X, chosen.Min.Y)},
		{image.Pt(all.Min.X, chosen.Min.Y), image.Pt(chosen.Min.X, chosen.Max.Y)},
		{image.Pt(chosen.Max.X, chosen.Min.Y), image.Pt(all.Max.X, chosen.Max.Y)},
		{image.Pt(all.Min.X, chosen.Max.Y), all.Max},
	} {
		span(b.shades[i], f, r)
	}
	if b.inside {
		p := clamp(f.pixel(b.mouse), all)
		b.lens.show(b.monitor.Picture, all, p, b.mouse, b.Size(), b.picker.on(b))
	}
	b.drawHint()
}

// drawHint says what to do, until something is selected.
func (b *board) drawHint() {
	size := b.hint.MinSize().AddWidthHeight(32, 12)
	at := fyne.NewPos((b.Size().Width-size.Width)/2, 24)
	b.back.Move(at)
	b.back.Resize(size)
	b.hint.Move(at)
	b.hint.Resize(size)
	if b.picker.dragging || size.Width > b.Size().Width {
		b.back.Hide()
		b.hint.Hide()
		return
	}
	b.back.Show()
	b.hint.Show()
}

// span lays a rectangle over a part of the plane.
func span(r *canvas.Rectangle, f fit, part image.Rectangle) {
	from, to := f.spot(part.Min), f.spot(part.Max)
	r.Move(from)
	r.Resize(fyne.NewSize(max(to.X-from.X, 0), max(to.Y-from.Y, 0)))
}

// CreateRenderer is of fyne.Widget.
func (b *board) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{b.picture}
	for _, s := range b.shades {
		objects = append(objects, s)
	}
	objects = append(objects, b.border, b.back, b.hint)
	return &drawn{b, append(objects, b.lens.parts()...)}
}

// drawn is the renderer of a board.
type drawn struct {
	board   *board
	objects []fyne.CanvasObject
}

func (d *drawn) Layout(fyne.Size)             { d.board.draw() }
func (d *drawn) MinSize() fyne.Size           { return fyne.NewSize(64, 64) }
func (d *drawn) Refresh()                     { d.board.draw() }
func (d *drawn) Objects() []fyne.CanvasObject { return d.objects }
func (d *drawn) Destroy()                     {}
