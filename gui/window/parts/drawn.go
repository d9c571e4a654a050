package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// Ground is a rounded rectangle in a colour of the theme. It follows a change
// of theme, which a canvas.Rectangle alone does not.
type Ground struct {
	widget.BaseWidget

	rect *canvas.Rectangle
	name fyne.ThemeColorName
}

// NewGround makes one.
func NewGround(name fyne.ThemeColorName, radius float32) *Ground {
	g := &Ground{rect: canvas.NewRectangle(color.Transparent), name: name}
	g.rect.CornerRadius = radius
	g.ExtendBaseWidget(g)
	return g
}

// SetColor changes the colour.
func (g *Ground) SetColor(name fyne.ThemeColorName) {
	if g.name == name {
		return
	}
	g.name = name
	g.Refresh()
}

// CreateRenderer draws the rectangle.
func (g *Ground) CreateRenderer() fyne.WidgetRenderer {
	g.rect.FillColor = look.Color(g.name)
	return &groundRenderer{widget.NewSimpleRenderer(g.rect), g}
}

type groundRenderer struct {
	fyne.WidgetRenderer
	ground *Ground
}

func (r *groundRenderer) Refresh() {
	r.ground.rect.FillColor = look.Color(r.ground.name)
	r.ground.rect.Refresh()
}

// Bar shows how much is done: thin, rounded, without a number.
type Bar struct {
	widget.BaseWidget

	track, fill *canvas.Rectangle
	fraction    float64
}

const barHeight = 4

// NewBar makes an empty one.
func NewBar() *Bar {
	b := &Bar{track: canvas.NewRectangle(color.Transparent), fill: canvas.NewRectangle(color.Transparent)}
	b.track.CornerRadius, b.fill.CornerRadius = barHeight/2, barHeight/2
	b.ExtendBaseWidget(b)
	return b
}

// Set shows a fraction between 0 and 1.
func (b *Bar) Set(fraction float64) {
	fraction = min(max(fraction, 0), 1)
	if b.fraction == fraction {
		return
	}
	b.fraction = fraction
	b.Refresh()
}

// CreateRenderer draws track and fill.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{b}
	r.paint()
	return r
}

type barRenderer struct{ bar *Bar }

func (r *barRenderer) paint() {
	r.bar.track.FillColor = look.Color(look.Track)
	r.bar.fill.FillColor = look.Color(look.Accent)
}

func (r *barRenderer) Layout(size fyne.Size) {
	r.bar.track.Resize(fyne.NewSize(size.Width, barHeight))
	width := size.Width * float32(r.bar.fraction)
	if r.bar.fraction > 0 {
		width = max(width, barHeight)
	}
	r.bar.fill.Resize(fyne.NewSize(width, barHeight))
}

func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(40, barHeight) }

func (r *barRenderer) Refresh() {
	r.paint()
	r.Layout(r.bar.Size())
	r.bar.track.Refresh()
	r.bar.fill.Refresh()
}

func (r *barRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.bar.track, r.bar.fill}
}

func (r *barRenderer) Destroy() {}
