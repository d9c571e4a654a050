package window

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
)

// pressable are the buttons in front that can be seen and pressed by Tab and
// Enter: not those in rows.
func (d *desk) pressable() []fyne.CanvasObject {
	root := d.win.Canvas().Content()
	if top := d.win.Canvas().Overlays().Top(); top != nil {
		root = top
	}
	var all []fyne.CanvasObject
	walk(root, func(o fyne.CanvasObject) {
		switch b := o.(type) {
		case *parts.Button, *parts.IconButton, *parts.NavItem:
			if able, ok := b.(fyne.Disableable); !ok || !able.Disabled() {
				all = append(all, o)
			}
		}
	})
	return all
}

// counting has a button count how often it is pressed instead of doing what
// it does, and returns what puts it back.
func counting(o fyne.CanvasObject, pressed *int) (restore func()) {
	count := func() { *pressed++ }
	switch b := o.(type) {
	case *parts.Button:
		was := b.OnTapped
		b.OnTapped = count
		return func() { b.OnTapped = was }
	case *parts.IconButton:
		was := b.OnTapped
		b.OnTapped = count
		return func() { b.OnTapped = was }
	case *parts.NavItem:
		return b.Instead(count)
	}
	return func() {}
}

func TestEveryButtonIsReachedByTabAndPressedByEnterAndSpace(t *testing.T) {
	fake := rich(t)
	sit(t, fake, func(d *desk) {
		buttons, checks, selects := 0, 0, 0
		d.everything(func(name string, _ fyne.CanvasObject) {
			// Twice: the test's driver lays out what has grown when it is scrolled,
			// the real one before.
			d.tabbed(func(fyne.CanvasObject) {})
			been := d.tabbed(func(fyne.CanvasObject) {})
			for _, o := range d.pressable() {
				buttons++
				if !been[o] {
					t.Errorf("%s: Tab does not go to %s", name, nameOf(o))
					continue
				}
				for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
					pressed := 0
					restore := counting(o, &pressed)
					o.(fyne.Focusable).TypedKey(&fyne.KeyEvent{Name: key})
					restore()
					if pressed != 1 {
						t.Errorf("%s: %s presses %s %d times", name, key, nameOf(o), pressed)
					}
				}
			}
			for o := range been {
				switch o := o.(type) {
				case *parts.Check:
					checks++
					was, on := o.OnChanged, o.Checked
					o.OnChanged = nil
					o.TypedRune(' ') // as the driver gives it
					if o.Checked == on {
						t.Errorf("%s: space does not tick %s", name, nameOf(o))
					}
					o.SetChecked(on)
					o.OnChanged = was
				case *parts.Select:
					if o.Disabled() || len(o.Options) == 0 {
						continue
					}
					selects++
					before := d.win.Canvas().Overlays().Top()
					o.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
					menu := d.win.Canvas().Overlays().Top()
					if menu == before {
						t.Errorf("%s: Enter does not open %s", name, nameOf(o))
						continue
					}
					d.win.Canvas().Overlays().Remove(menu)
				}
			}
			d.win.Canvas().Unfocus()
		})
		if buttons < 70 || checks < 10 || selects < 8 {
			t.Errorf("only %d buttons, %d checks and %d selects were found", buttons, checks, selects)
		}
		d.asked() // nothing was done in earnest
	})
}

func TestEscPutsEverySheetAwayWhateverHasTheKeyboardsAttention(t *testing.T) {
	fake := rich(t)
	sit(t, fake, func(d *desk) {
		sheets := 0
		for _, sheet := range d.sheets() {
			sheet.open()
			d.wait()
			stops, kinds := []int{-1}, map[string]bool{} // -1: nothing has it
			at := 0
			d.tabbed(func(o fyne.CanvasObject) {
				if kind := fmt.Sprintf("%T", o); !kinds[kind] {
					kinds[kind] = true
					stops = append(stops, at)
				}
				at++
			})
			d.escape()
			for _, stop := range stops {
				sheet.open()
				d.wait()
				d.win.Canvas().Unfocus()
				for range stop + 1 {
					d.win.Canvas().FocusNext()
				}
				attended := d.win.Canvas().Focused()
				d.key(fyne.KeyEscape)
				if d.win.Canvas().Overlays().Top() != nil {
					t.Errorf("%s: with %T attended Esc does not put it away", sheet.name, attended)
					d.escape()
				}
			}
			sheets++
		}
		if sheets < 10 {
			t.Errorf("only %d sheets were opened", sheets)
		}
		d.asked()
	})
}

func TestEnterSendsEveryFormWhereverOneIsInIt(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.editFolder(uploader.Folder{Path: "/home/a/Shots"}, false)
		d.wait()
		field := d.input("*.png, shot-*")
		test.Type(field, "*.png")
		d.win.Canvas().Focus(field)
		d.key(fyne.KeyReturn)
		if got := fake.Folders(); len(got) != 1 || len(got[0].Include) != 1 {
			t.Errorf("Enter in a field of a folder's settings kept %+v", got)
		}
	})
	fake = withAccount(t)
	sit(t, fake, func(d *desk) {
		d.askLimit()
		d.wait()
		test.Type(d.win.Canvas().Focused(), "2 MB")
		d.key(fyne.KeyReturn)
		if got := fake.KeptSettings().Limit; got != 2_000_000 || d.win.Canvas().Overlays().Top() != nil {
			t.Errorf("Enter after a limit kept %d", got)
		}
	})
}
