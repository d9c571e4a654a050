package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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
