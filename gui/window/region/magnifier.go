package region

import (
	"fmt"
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// The magnifier shows so many pixels a side, each so large.
const (
	lensPixels = 15
	lensZoom   = 8
	lensSide   = lensPixels * lensZoom
	lensGap    = 24 // between the mouse and it
	labelSide  = 22 // height of a line of words
	labelGap   = 16 // beside them, both sides together
)

// Colours of what is drawn over the picture: they must be seen on any.
var (
	shade  = color.NRGBA{A: 110}
	ground = color.NRGBA{A: 200}
	accent = color.NRGBA{R: 0x4d, G: 0xa3, B: 0xff, A: 255}
	ink    = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
)

// magnifier shows the pixels around the mouse, and where it is.
type magnifier struct {
	lens  *canvas.Image
	frame *canvas.Rectangle
	back  *canvas.Rectangle
	words *canvas.Text
}

func newMagnifier() *magnifier {
	m := &magnifier{
		lens:  canvas.NewImageFromImage(image.NewNRGBA(image.Rect(0, 0, lensSide, lensSide))),
		frame: canvas.NewRectangle(color.Transparent),
		back:  canvas.NewRectangle(ground),
		words: canvas.NewText("", ink),
	}
	m.lens.ScaleMode = canvas.ImageScalePixels
	m.frame.StrokeColor, m.frame.StrokeWidth = ink, 1
	m.words.TextSize = 12
	m.words.Alignment = fyne.TextAlignCenter
	m.hide()
	return m
}

func (m *magnifier) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{m.back, m.lens, m.words, m.frame}
}

func (m *magnifier) hide() {
	for _, o := range m.parts() {
		o.Hide()
	}
}

// show magnifies the picture around pixel p, beside the mouse at place, and
// says p in coordinates of the plane and how large the selection is.
func (m *magnifier) show(picture image.Image, at image.Rectangle, p image.Point, place fyne.Position, window fyne.Size, selected image.Rectangle) {
	m.lens.Image = zoom(picture, p.Sub(at.Min))
	m.words.Text = words(p, selected)
	w, h := max(lensSide, m.words.MinSize().Width+labelGap), float32(lensSide+labelSide)
	corner := place.AddXY(lensGap, lensGap)
	if corner.X+w > window.Width {
		corner.X = place.X - lensGap - w
	}
	if corner.Y+h > window.Height {
		corner.Y = place.Y - lensGap - h
	}
	m.lens.Move(corner.AddXY((w-lensSide)/2, 0))
	m.lens.Resize(fyne.NewSquareSize(lensSide))
	m.back.Move(corner)
	m.back.Resize(fyne.NewSize(w, h))
	m.words.Move(corner.AddXY(0, lensSide+2))
	m.words.Resize(fyne.NewSize(w, labelSide-4))
	m.frame.Move(corner)
	m.frame.Resize(fyne.NewSize(w, h))
	for _, o := range m.parts() {
		o.Show()
		o.Refresh()
	}
}

// words say where the mouse is, and how large the selection.
func words(p image.Point, selected image.Rectangle) string {
	text := fmt.Sprintf("%d, %d", p.X, p.Y)
	if !selected.Empty() {
		text += fmt.Sprintf("   %d × %d", selected.Dx(), selected.Dy())
	}
	return text
}

// zoom is the surroundings of a pixel of the picture, enlarged, with the pixel
// itself framed. What lies beyond the picture is black.
func zoom(picture image.Image, p image.Point) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, lensSide, lensSide))
	from := picture.Bounds().Min.Add(p).Sub(image.Pt(lensPixels/2, lensPixels/2))
	for y := range lensSide {
		for x := range lensSide {
			c := color.NRGBA{A: 255}
			if q := from.Add(image.Pt(x/lensZoom, y/lensZoom)); q.In(picture.Bounds()) {
				r, g, b, _ := picture.At(q.X, q.Y).RGBA()
				c = color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
			}
			out.SetNRGBA(x, y, c)
		}
	}
	middle := image.Rect(0, 0, lensZoom, lensZoom).Add(image.Pt(lensPixels/2*lensZoom, lensPixels/2*lensZoom))
	for i := range lensZoom {
		for _, q := range []image.Point{{i, 0}, {i, lensZoom - 1}, {0, i}, {lensZoom - 1, i}} {
			q = q.Add(middle.Min)
			out.SetNRGBA(q.X, q.Y, accent)
		}
	}
	return out
}
