package window

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"images-uploader.com/upshot/gui/window/parts"
)

// tabbed are the parts that Tab goes to, one after the other, until it comes
// round.
func (d *desk) tabbed(at func(fyne.CanvasObject)) map[fyne.CanvasObject]bool {
	d.t.Helper()
	c := d.win.Canvas()
	c.Unfocus()
	been := map[fyne.CanvasObject]bool{}
	for range 500 {
		c.FocusNext()
		o, ok := c.Focused().(fyne.CanvasObject)
		if !ok || been[o] {
			return been
		}
		been[o] = true
		at(o)
	}
	d.t.Fatal("Tab comes never round")
	return nil
}

// nameOf tells a part of the window from others.
func nameOf(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *parts.Button:
		return "button " + o.Text
	case *parts.IconButton:
		return "button " + o.Word
	case *parts.Check:
		return "box " + o.Text
	case *parts.Input:
		return fmt.Sprintf("entry %q %q", o.Text, o.PlaceHolder)
	case *parts.Select:
		return "select " + o.Selected
	default:
		return fmt.Sprintf("%T", o)
	}
}

// usable are the parts of what is in front that a person can use, but for those
// in rows: these are used by the keys of their list.
func (d *desk) usable() []fyne.CanvasObject {
	root := d.win.Canvas().Content()
	if top := d.win.Canvas().Overlays().Top(); top != nil {
		root = top
	}
	var all []fyne.CanvasObject
	var in func(o fyne.CanvasObject)
	in = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *parts.List, *parts.Grid:
			all = append(all, o)
			return
		case *parts.Button, *parts.IconButton, *parts.Check, *parts.Input, *parts.Select, *parts.NavItem:
			if able, ok := o.(fyne.Disableable); !ok || !able.Disabled() {
				all = append(all, o)
			}
			return
		case *fyne.Container:
			for _, child := range o.Objects {
				in(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				in(child)
			}
		}
	}
	in(root)
	return all
}

func TestTheKeyboardReachesEverythingAndWhatItReachesIsInSight(t *testing.T) {
	// A screen of 640x480 has half of that in points at scale 2.
	for _, size := range []fyne.Size{fyne.NewSize(640, 480), fyne.NewSize(320, 240)} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			sit(t, rich(t), func(d *desk) {
				d.everything(func(name string, o fyne.CanvasObject) {
					if least := o.MinSize(); least.Width > size.Width || least.Height > size.Height {
						t.Errorf("%s takes %v", name, least)
					}
					d.win.Resize(size.AddWidthHeight(1, 1))
					d.win.Resize(size)
					// The test's driver lays out what has grown when it is scrolled,
					// the real one before.
					d.tabbed(func(fyne.CanvasObject) {})
					been := d.tabbed(func(o fyne.CanvasObject) {
						at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
						end := at.Add(fyne.NewPos(min(o.Size().Width, 24), min(o.Size().Height, 24)))
						if at.X < 0 || at.Y < 0 || end.X > size.Width || end.Y > size.Height {
							t.Errorf("%s: out of sight at %v: %s", name, at, nameOf(o))
						}
					})
					all := unscrolled(t, o)
					if got, needs := all.Size(), all.MinSize(); got.Width < needs.Width || got.Height < needs.Height {
						t.Errorf("%s has %v, and needs %v", name, got, needs)
					}
					for _, o := range d.usable() {
						if !been[o] {
							t.Errorf("%s: Tab does not go to %s", name, nameOf(o))
						}
					}
				})
			})
		})
	}
}
