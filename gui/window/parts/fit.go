package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// fit is as high as what is in it, up to a bound; beyond that it scrolls.
type fit struct {
	scroll *container.Scroll
	most   func() float32
}

func (f fit) MinSize([]fyne.CanvasObject) fyne.Size {
	size := f.scroll.Content.MinSize()
	return fyne.NewSize(size.Width, min(size.Height, f.most()))
}

func (f fit) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	f.scroll.Move(fyne.NewPos(0, 0))
	f.scroll.Resize(size)
}

// Fit shows o as high as it is, and scrolls in it where most is less.
func Fit(most func() float32, o fyne.CanvasObject) fyne.CanvasObject {
	scroll := container.NewVScroll(o)
	return container.New(fit{scroll, most}, scroll)
}

// within is as large as what is in it, up to a bound; beyond that it scrolls
// both ways.
type within struct {
	scroll *container.Scroll
	most   func() fyne.Size
}

func (w within) MinSize([]fyne.CanvasObject) fyne.Size {
	return w.scroll.Content.MinSize().Min(w.most())
}

func (w within) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	w.scroll.Move(fyne.NewPos(0, 0))
	w.scroll.Resize(size)
}

// Within shows o as large as it is, and scrolls to what of it has no room
// where most is less.
func Within(most func() fyne.Size, o fyne.CanvasObject) fyne.CanvasObject {
	scroll := container.NewScroll(o)
	return container.New(within{scroll, most}, scroll)
}

// pairs lays words and what belongs to them out in two columns: the words as
// wide as the widest of them, the rest takes what is left.
type pairs struct{}

const pairGap = 12

func (pairs) columns(objects []fyne.CanvasObject) (words, rest float32) {
	for i := 0; i+1 < len(objects); i += 2 {
		if objects[i].Visible() {
			words = max(words, objects[i].MinSize().Width)
			rest = max(rest, objects[i+1].MinSize().Width)
		}
	}
	return words, rest
}

func (p pairs) MinSize(objects []fyne.CanvasObject) fyne.Size {
	words, rest := p.columns(objects)
	size := fyne.NewSize(words+pairGap+rest, 0)
	for i := 0; i+1 < len(objects); i += 2 {
		if objects[i].Visible() {
			size.Height += max(objects[i].MinSize().Height, objects[i+1].MinSize().Height) + theme.Padding()
		}
	}
	size.Height = max(0, size.Height-theme.Padding())
	return size
}

func (p pairs) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	words, _ := p.columns(objects)
	y := float32(0)
	for i := 0; i+1 < len(objects); i += 2 {
		if !objects[i].Visible() {
			continue
		}
		word, other := objects[i].MinSize().Height, objects[i+1].MinSize().Height
		height := max(word, other)
		place(objects[i], 0, y+max(0, (min(height, 40)-word)/2), words, word)
		place(objects[i+1], words+pairGap, y+(height-other)/2, max(size.Width-words-pairGap, 0), other)
		y += height + theme.Padding()
	}
}

// Pairs is a form: a word, what belongs to it, the next word.
func Pairs(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(pairs{}, objects...)
}
