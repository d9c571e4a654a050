package parts

import (
	"image"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// Tone colours a row's second line.
type Tone = widget.Importance

// Act is something a row can be asked to do; the owner gives it its meaning.
type Act int

// Tool is a button of a row: an icon, and what it does in words.
type Tool struct {
	Act  Act
	Icon fyne.ThemeIconName
	Word string // shown on the main button, spoken for the others
}

// RowModel is everything a row shows. Models are compared with ==: a row that
// has not changed is not drawn again.
type RowModel struct {
	Key      int64 // whose row it is
	Title    string
	Line     string
	Tone     Tone
	Icon     fyne.ThemeIconName // while there is no picture
	Picture  image.Image
	Progress bool
	Fraction float64
	Badge    fyne.ThemeIconName // over the picture's corner; empty: none
	Marked   bool               // one of those that something is about to be done with
	Main     Tool               // Word empty: none
	Tools    [3]Tool            // Icon empty: none
}

// Row shows a picture, two lines of text, progress and buttons.
type Row struct {
	widget.BaseWidget

	onAct  func(key int64, act Act, from fyne.CanvasObject)
	onTap  func()                 // told of a click beside the buttons
	onMenu func(at fyne.Position) // told of a click with the right button
	model  RowModel
	drawn  bool // model has been shown at least once

	mark    *Ground // behind it all while it is marked
	ground  *Ground
	icon    *widget.Icon
	picture *canvas.Image
	spot    *Ground // behind the badge
	badge   *widget.Icon
	title   *widget.Label
	line    *widget.Label
	bar     *Bar
	main    *RowButton
	tools   [3]*RowButton
	pointed *RowButton // the one that Enter presses; nil: none
}

// Measures of a row.
const (
	rowHeight   = 60
	rowEdge     = 8
	rowPicture  = 44
	rowTool     = 34
	rowToolGap  = 2
	rowTitleTop = 4
	rowLineTop  = 25
	rowBarUp    = 9 // from the bottom
	rowBadge    = 18
)

// NewRow makes a row whose buttons call onAct with the key of what it shows
// at that moment, and themselves.
func NewRow(onAct func(key int64, act Act, from fyne.CanvasObject)) *Row {
	r := &Row{
		onAct:   onAct,
		mark:    NewGround(look.AccentSoft, 8),
		ground:  NewGround(theme.ColorNameHover, 8),
		icon:    widget.NewIcon(nil),
		spot:    NewGround(look.Surface, rowBadge/2),
		badge:   widget.NewIcon(nil),
		picture: &canvas.Image{FillMode: canvas.ImageFillCover, CornerRadius: 8},
		title:   widget.NewLabel(""),
		line:    widget.NewLabel(""),
		bar:     NewBar(),
	}
	r.title.Truncation = fyne.TextTruncateEllipsis
	r.title.TextStyle.Bold = true
	r.line.Truncation = fyne.TextTruncateEllipsis
	r.line.SizeName = theme.SizeNameCaptionText
	r.line.Importance = widget.LowImportance
	r.picture.Hide()
	r.bar.Hide()
	r.mark.Hide()
	r.spot.Hide()
	r.badge.Hide()
	r.main = newRowButton(func() { r.act(r.model.Main, r.main) })
	r.main.Hide()
	for i := range r.tools {
		r.tools[i] = newRowButton(func() { r.act(r.model.Tools[i], r.tools[i]) })
		r.tools[i].Importance = widget.LowImportance
		r.tools[i].Hide()
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *Row) act(t Tool, from fyne.CanvasObject) {
	if r.onAct != nil {
		r.onAct(r.model.Key, t.Act, from)
	}
}

// buttons are what can be pressed, from the left, and what each does.
func (r *Row) buttons() (buttons []*RowButton, acts []Act) {
	if r.model.Main.Word != "" {
		buttons, acts = append(buttons, r.main), append(acts, r.model.Main.Act)
	}
	for i, t := range r.model.Tools {
		if t.Icon != "" {
			buttons, acts = append(buttons, r.tools[i]), append(acts, t.Act)
		}
	}
	return buttons, acts
}

// beside is the act of the button that is so many beside the one of an act; 0
// stands for the row itself, left of them all.
func (r *Row) beside(act Act, by int) Act {
	_, acts := r.buttons()
	acts = slices.Insert(acts, 0, 0)
	return acts[min(max(slices.Index(acts, act)+by, 0), len(acts)-1)]
}

// point shows which button Enter presses; 0 is none. It returns the button.
func (r *Row) point(act Act) *RowButton {
	var to *RowButton
	if buttons, acts := r.buttons(); act != 0 {
		if i := slices.Index(acts, act); i >= 0 {
			to = buttons[i]
		}
	}
	if to != r.pointed {
		if r.pointed != nil {
			r.pointed.point(false)
		}
		if to != nil {
			to.point(true)
		}
		r.pointed = to
	}
	return to
}

// Tapped tells of a click beside the buttons.
func (r *Row) Tapped(*fyne.PointEvent) {
	if r.onTap != nil {
		r.onTap()
	}
}

// TappedSecondary asks for the row's menu.
func (r *Row) TappedSecondary(e *fyne.PointEvent) {
	if r.onMenu != nil {
		r.onMenu(e.AbsolutePosition)
	}
}

// Model returns what the row shows.
func (r *Row) Model() RowModel { return r.model }

// Set shows m. Only what differs is drawn again; it reports whether anything did.
func (r *Row) Set(m RowModel) bool {
	old, first := r.model, !r.drawn
	if m == old && !first {
		return false
	}
	r.model, r.drawn = m, true
	if first || m.Title != old.Title {
		r.title.SetText(m.Title)
	}
	if first || m.Line != old.Line || m.Tone != old.Tone {
		r.line.Text, r.line.Importance = m.Line, m.Tone
		r.line.Refresh()
	}
	if first || m.Picture != old.Picture || m.Icon != old.Icon {
		r.setPicture(m)
	}
	if first || m.Progress != old.Progress {
		setVisible(r.bar, m.Progress)
	}
	if first || m.Badge != old.Badge {
		if m.Badge != "" {
			r.badge.SetResource(theme.NewSuccessThemedResource(theme.Icon(m.Badge)))
		}
		setVisible(r.badge, m.Badge != "")
		setVisible(r.spot, m.Badge != "")
	}
	setVisible(r.mark, m.Marked)
	r.bar.Set(m.Fraction)
	reflow := first || m.Progress != old.Progress
	if first || m.Main != old.Main {
		r.main.SetText(m.Main.Word)
		setVisible(r.main, m.Main.Word != "")
		reflow = true
	}
	for i, t := range m.Tools {
		if first || t != old.Tools[i] {
			if t.Icon != "" {
				r.tools[i].Word = t.Word
				r.tools[i].SetIcon(theme.Icon(t.Icon))
			}
			setVisible(r.tools[i], t.Icon != "")
			reflow = true
		}
	}
	if reflow {
		r.Refresh()
	}
	return true
}

func (r *Row) setPicture(m RowModel) {
	if m.Picture != nil {
		r.picture.Image = m.Picture
		r.picture.Refresh()
	} else if m.Icon != "" {
		r.icon.SetResource(theme.NewColoredResource(theme.Icon(m.Icon), look.Accent))
	}
	setVisible(r.picture, m.Picture != nil)
	setVisible(r.icon, m.Picture == nil)
}

func setVisible(o fyne.CanvasObject, on bool) {
	switch {
	case on && !o.Visible():
		o.Show()
	case !on && o.Visible():
		o.Hide()
	}
}

// CreateRenderer lays the row out.
func (r *Row) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{r.mark, r.ground, r.icon, r.picture, r.spot, r.badge, r.title, r.line, r.bar, r.main}
	for _, t := range r.tools {
		objects = append(objects, t)
	}
	return &rowRenderer{row: r, objects: objects}
}

type rowRenderer struct {
	row     *Row
	objects []fyne.CanvasObject
}

func (d *rowRenderer) MinSize() fyne.Size           { return fyne.NewSize(280, rowHeight) }
func (d *rowRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *rowRenderer) Destroy()                     {}

func (d *rowRenderer) Refresh() {
	d.Layout(d.row.Size())
	canvas.Refresh(d.row)
}

func (d *rowRenderer) Layout(size fyne.Size) {
	r := d.row
	top := (size.Height - rowPicture) / 2
	place(r.ground, rowEdge, top, rowPicture, rowPicture)
	place(r.picture, rowEdge, top, rowPicture, rowPicture)
	place(r.mark, 0, 1, size.Width, size.Height-2)
	corner := float32(rowPicture - rowBadge + 5)
	place(r.spot, rowEdge+corner, top+corner, rowBadge, rowBadge)
	place(r.badge, rowEdge+corner+1, top+corner+1, rowBadge-2, rowBadge-2)
	place(r.icon, rowEdge+10, top+10, rowPicture-20, rowPicture-20)

	right := size.Width - rowEdge
	for i := len(r.tools) - 1; i >= 0; i-- {
		if t := r.tools[i]; t.Visible() {
			right -= rowTool
			place(t, right, (size.Height-rowTool)/2, rowTool, rowTool)
			right -= rowToolGap
		}
	}
	if r.main.Visible() {
		width := r.main.MinSize().Width
		right -= width
		place(r.main, right, (size.Height-rowTool)/2, width, rowTool)
		right -= rowToolGap
	}
	left := float32(rowEdge + rowPicture + 2) // a label brings its own padding
	width := max(right-left, 0)
	titleTop, lineTop := float32(rowTitleTop), float32(rowLineTop)
	if r.bar.Visible() {
		titleTop, lineTop = titleTop-4, lineTop-5
		inner := theme.InnerPadding()
		place(r.bar, left+inner, size.Height-rowBarUp-barHeight/2, max(width-2*inner, 0), barHeight)
	}
	place(r.title, left, titleTop, width, r.title.MinSize().Height)
	place(r.line, left, lineTop, width, r.line.MinSize().Height)
}

func place(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(width, height))
}
