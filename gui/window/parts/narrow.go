package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// narrow asks for less width than what is in it would like.
type narrow struct{ width float32 }

func (n narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	return fyne.NewSize(min(size.Width, n.width), size.Height)
}

func (n narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// Narrow lets o be as narrow as width.
func Narrow(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(narrow{width}, o)
}

// atMost leaves what is beyond its width free at both sides.
type atMost struct{ width float32 }

func (a atMost) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (a atMost) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, max(a.width, objects[0].MinSize().Width))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
}

// AtMost keeps o from becoming wider than width: on a large screen what belongs
// together stays together.
func AtMost(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(atMost{width}, o)
}

// tagged puts something right behind a word that may be cut off.
type tagged struct{ word *widget.Label }

func (tagged) MinSize(objects []fyne.CanvasObject) fyne.Size {
	word, tag := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(word.Width+tag.Width, max(word.Height, tag.Height))
}

func (t tagged) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	tag := objects[1].MinSize()
	whole := fyne.MeasureText(t.word.Text, theme.TextSize(), t.word.TextStyle).Width + 2*theme.InnerPadding() + 1
	width := min(whole, size.Width-tag.Width)
	place(objects[0], 0, 0, width, size.Height)
	place(objects[1], width, (size.Height-tag.Height)/2, tag.Width, tag.Height)
}

// Tagged is a word, cut off where there is no room, with a tag behind it.
func Tagged(word *widget.Label, tag fyne.CanvasObject) fyne.CanvasObject {
	word.Truncation = fyne.TextTruncateEllipsis
	return container.New(tagged{word}, word, tag)
}
