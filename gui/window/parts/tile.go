package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// Tile shows what a row shows as a picture with its name under it.
type Tile struct {
	widget.BaseWidget

	onTap   func()                 // told of a click
	onMenu  func(at fyne.Position) // told of a click with the right button
	model   RowModel
	drawn   bool
	mark    *Ground
	ground  *Ground
	icon    *widget.Icon
	picture *canvas.Image
	spot    *Ground
	badge   *widget.Icon
	title   *widget.Label
}

// Measures of a tile.
const (
	tileWidth   = 132
	tilePicture = 90
	tileEdge    = 6
)

// NewTile makes an empty one.
func NewTile() *Tile {
	t := &Tile{
		mark: NewGround(look.AccentSoft, 10), ground: NewGround(theme.ColorNameHover, 8), icon: widget.NewIcon(nil),
		picture: &canvas.Image{FillMode: canvas.ImageFillCover, CornerRadius: 8},
		spot:    NewGround(look.Surface, rowBadge/2), badge: widget.NewIcon(nil), title: widget.NewLabel(""),
	}
	t.title.Truncation = fyne.TextTruncateEllipsis
	t.title.SizeName = theme.SizeNameCaptionText
	t.title.Alignment = fyne.TextAlignCenter
	for _, o := range []fyne.CanvasObject{t.mark, t.picture, t.spot, t.badge} {
		o.Hide()
	}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped tells of a click.
func (t *Tile) Tapped(*fyne.PointEvent) {
	if t.onTap != nil {
		t.onTap()
	}
}

// TappedSecondary asks for the tile's menu.
func (t *Tile) TappedSecondary(e *fyne.PointEvent) {
	if t.onMenu != nil {
		t.onMenu(e.AbsolutePosition)
	}
}

// Model returns what the tile shows.
func (t *Tile) Model() RowModel { return t.model }

// Set shows m; it reports whether anything was drawn again.
func (t *Tile) Set(m RowModel) bool {
	if t.drawn && m == t.model {
		return false
	}
	t.model, t.drawn = m, true
	t.title.SetText(m.Title)
	if m.Picture != nil {
		if t.picture.Image != m.Picture {
			t.picture.Image = m.Picture
			t.picture.Refresh()
		}
	} else if m.Icon != "" {
		t.icon.SetResource(theme.NewColoredResource(theme.Icon(m.Icon), look.Accent))
	}
	if m.Badge != "" {
		t.badge.SetResource(theme.NewSuccessThemedResource(theme.Icon(m.Badge)))
	}
	setVisible(t.picture, m.Picture != nil)
	setVisible(t.icon, m.Picture == nil)
	setVisible(t.badge, m.Badge != "")
	setVisible(t.spot, m.Badge != "")
	setVisible(t.mark, m.Marked)
	return true
}

// CreateRenderer lays the tile out.
func (t *Tile) CreateRenderer() fyne.WidgetRenderer {
	return &tileRenderer{t, []fyne.CanvasObject{t.mark, t.ground, t.icon, t.picture, t.spot, t.badge, t.title}}
}

type tileRenderer struct {
	tile    *Tile
	objects []fyne.CanvasObject
}

func (d *tileRenderer) MinSize() fyne.Size {
	return fyne.NewSize(tileWidth, tileEdge+tilePicture+d.tile.title.MinSize().Height)
}
func (d *tileRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *tileRenderer) Destroy()                     {}
func (d *tileRenderer) Refresh() {
	d.Layout(d.tile.Size())
	canvas.Refresh(d.tile)
}

func (d *tileRenderer) Layout(size fyne.Size) {
	t := d.tile
	width := size.Width - 2*tileEdge
	place(t.mark, 0, 0, size.Width, size.Height)
	place(t.ground, tileEdge, tileEdge, width, tilePicture)
	place(t.picture, tileEdge, tileEdge, width, tilePicture)
	place(t.icon, size.Width/2-20, tileEdge+tilePicture/2-20, 40, 40)
	place(t.spot, size.Width-tileEdge-rowBadge-4, tileEdge+tilePicture-rowBadge-4, rowBadge, rowBadge)
	place(t.badge, size.Width-tileEdge-rowBadge-3, tileEdge+tilePicture-rowBadge-3, rowBadge-2, rowBadge-2)
	height := t.title.MinSize().Height
	place(t.title, 0, tileEdge+tilePicture-2, size.Width, height)
}

// Grid is a virtual grid of tiles, as List is of rows.
type Grid struct {
	widget.GridWrap

	browsing

	tiles map[*Tile]int // on the screen
}

// NewGrid makes one; at is asked for the tiles on the screen.
func NewGrid(at func(i int) RowModel) *Grid {
	g := &Grid{browsing: browsing{at: at}, tiles: make(map[*Tile]int)}
	g.Length = func() int { return g.total }
	g.CreateItem = func() fyne.CanvasObject { return g.newTile() }
	g.UpdateItem = func(i int, o fyne.CanvasObject) {
		tile := o.(*Tile)
		g.shows(tile, i)
		tile.Set(g.at(i))
	}
	g.OnHighlighted = func(i int) {
		if g.moving {
			g.attended = i
		}
	}
	g.OnSelected = func(i int) {
		g.UnselectAll()
		g.tapped(i)
	}
	g.ExtendBaseWidget(g)
	return g
}

func (g *Grid) newTile() *Tile {
	tile := NewTile()
	tile.onTap = func() {
		if i, ok := g.tiles[tile]; ok {
			g.take(g, func() { g.Highlight(i) })
			g.tapped(i)
		}
	}
	tile.onMenu = func(at fyne.Position) {
		if i, ok := g.tiles[tile]; ok {
			g.take(g, func() { g.Highlight(i) })
			g.menu(i, at)
		}
	}
	return tile
}

// shows keeps in mind that a tile shows the i-th, as a list does of its rows.
func (g *Grid) shows(tile *Tile, i int) {
	g.tiles[tile] = i
	height := tile.MinSize().Height + g.Theme().Size(theme.SizeNamePadding)
	top, bottom := g.GetScrollOffset()-height, g.GetScrollOffset()+g.Size().Height+height
	for other, j := range g.tiles {
		if at := float32(j/g.ColumnCount()) * height; other != tile && (j == i || at < top || at > bottom) {
			delete(g.tiles, other)
		}
	}
}

// tile is the one that has the keyboard's attention, or the grid when it is not
// on the screen.
func (g *Grid) tile() fyne.CanvasObject {
	for tile, i := range g.tiles {
		if i == g.attended && i < g.total {
			return tile
		}
	}
	return g
}

// Update takes over a new number of tiles and draws again what has changed.
func (g *Grid) Update(total int) (drawn int) {
	if total != g.total {
		g.total = total
		g.Refresh()
		return len(g.tiles)
	}
	for tile, i := range g.tiles {
		if i < total && tile.Set(g.at(i)) {
			drawn++
		}
	}
	return drawn
}

// TypedKey moves about and tells the other keys on.
func (g *Grid) TypedKey(e *fyne.KeyEvent) {
	g.moving = true
	defer func() { g.moving = false }()
	if !g.typed(e.Name, g.tile()) {
		g.GridWrap.TypedKey(e)
	}
}

// FocusGained keeps the grid in sight.
func (g *Grid) FocusGained() {
	g.GridWrap.FocusGained()
	attended(g)
}
