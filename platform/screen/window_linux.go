package screen

import (
	"image"
	"strings"
	"unicode/utf8"

	"github.com/jezek/xgb/xproto"
)

// activeWindow is the one that the window manager calls active, or without a
// window manager the one that has the keyboard.
func (x *xScreen) activeWindow() (window, error) {
	root := x.screen.Root
	var id xproto.Window
	if v := x.numbers(root, "_NET_ACTIVE_WINDOW"); len(v) > 0 && v[0] != 0 {
		id = xproto.Window(v[0])
	} else if id = x.focused(); id == 0 {
		return window{}, errNoWindow
	}
	bounds, err := x.place(id)
	if err != nil {
		return window{}, errNoWindow // it has just gone
	}
	// What a person calls the window has a frame around it, and no shadow: the
	// window manager tells of the one, a window that draws its own of the other.
	if e := x.numbers(id, "_GTK_FRAME_EXTENTS"); len(e) == 4 {
		bounds = grow(bounds, e, -1)
	} else if e := x.numbers(id, "_NET_FRAME_EXTENTS"); len(e) == 4 {
		bounds = grow(bounds, e, 1)
	}
	if bounds.Empty() {
		return window{}, errNoWindow
	}
	return window{bounds, x.title(id)}, nil
}

// grow moves the edges outward (left, right, top, bottom) or inward.
func grow(r image.Rectangle, by []uint32, sign int) image.Rectangle {
	for _, n := range by {
		if n > 1000 {
			return r // no frame is that wide
		}
	}
	return image.Rectangle{
		r.Min.Sub(image.Pt(sign*int(by[0]), sign*int(by[2]))),
		r.Max.Add(image.Pt(sign*int(by[1]), sign*int(by[3]))),
	}
}

// focused is the window of the desktop that has the keyboard, or a part of
// which has it.
func (x *xScreen) focused() xproto.Window {
	focus, err := xproto.GetInputFocus(x.conn).Reply()
	if err != nil || focus == nil || focus.Focus <= 1 || focus.Focus == x.screen.Root { // 0 none, 1 the pointer's
		return 0
	}
	id := focus.Focus
	for range 32 {
		tree, err := xproto.QueryTree(x.conn, id).Reply()
		if err != nil || tree == nil {
			return 0
		}
		if tree.Parent == x.screen.Root || tree.Parent == 0 {
			return id
		}
		id = tree.Parent
	}
	return 0
}

// place is where a window is on the screen, without its border.
func (x *xScreen) place(id xproto.Window) (image.Rectangle, error) {
	size, err := xproto.GetGeometry(x.conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return image.Rectangle{}, err
	}
	at, err := xproto.TranslateCoordinates(x.conn, id, x.screen.Root, 0, 0).Reply()
	if err != nil {
		return image.Rectangle{}, err
	}
	if size == nil || at == nil {
		return image.Rectangle{}, errNoScreen
	}
	origin := image.Pt(int(at.DstX), int(at.DstY))
	return image.Rectangle{origin, origin.Add(image.Pt(int(size.Width), int(size.Height)))}, nil
}

func (x *xScreen) title(id xproto.Window) string {
	for _, name := range []string{"_NET_WM_NAME", "WM_NAME"} {
		if b := x.property(id, name); len(b) > 0 {
			text := strings.TrimRight(string(b), "\x00")
			if !utf8.ValidString(text) {
				text = latin1(text)
			}
			return text
		}
	}
	return ""
}

// latin1 reads an old title.
func latin1(text string) string {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}

// numbers is a property of 32-bit numbers, nil if it is not there.
func (x *xScreen) numbers(id xproto.Window, name string) []uint32 {
	b := x.property(id, name)
	var all []uint32
	for ; len(b) >= 4; b = b[4:] {
		all = append(all, uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24)
	}
	return all
}

func (x *xScreen) property(id xproto.Window, name string) []byte {
	atom, err := xproto.InternAtom(x.conn, true, uint16(len(name)), name).Reply()
	if err != nil || atom == nil || atom.Atom == 0 {
		return nil
	}
	const most = 1024 // four bytes each
	reply, err := xproto.GetProperty(x.conn, false, id, atom.Atom, xproto.GetPropertyTypeAny, 0, most).Reply()
	if err != nil || reply == nil {
		return nil
	}
	return reply.Value
}
