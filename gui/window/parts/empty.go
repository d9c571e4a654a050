package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// Empty is what a screen shows while there is nothing: what will be here, and
// how to get it there.
func Empty(icon fyne.ThemeIconName, headline, hint string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	ground := NewGround(look.AccentSoft, 36)
	spot := container.NewGridWrap(fyne.NewSquareSize(72), container.NewStack(
		ground, container.New(layout.NewCustomPaddedLayout(20, 20, 20, 20),
			widget.NewIcon(theme.NewColoredResource(theme.Icon(icon), look.Accent)))))
	head := widget.NewLabelWithStyle(headline, fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameSubHeadingText
	head.Wrapping = fyne.TextWrapWord
	text := widget.NewLabelWithStyle(hint, fyne.TextAlignCenter, fyne.TextStyle{})
	text.Wrapping = fyne.TextWrapWord
	text.Importance = widget.LowImportance
	rows := []fyne.CanvasObject{container.NewCenter(spot), head, text}
	if len(actions) > 0 {
		rows = append(rows, container.NewCenter(container.NewHBox(actions...)))
	}
	return container.NewCenter(container.New(column{440}, container.NewVBox(rows...)))
}

// column gives its one object a width, or less where there is less.
type column struct{ width float32 }

func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	objects[0].Resize(fyne.NewSize(c.width, objects[0].Size().Height)) // wrapped text counts its lines at that width
	return fyne.NewSize(c.width, objects[0].MinSize().Height)
}

func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// Column is a column of a width.
func Column(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(column{width}, o)
}

// Space is nothing of a size.
func Space(width, height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(width, height))
	return r
}
