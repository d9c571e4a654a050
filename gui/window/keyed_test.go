package window

import (
	"testing"

	"fyne.io/fyne/v2"

	"images-uploader.com/upshot/client/uploader"
)

func TestEscAndEnterWorkWhateverHasTheKeyboardsAttention(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		focus := func(o fyne.Focusable) { d.win.Canvas().Focus(o) }
		open := func() {
			d.editFolder(uploader.Folder{Path: "/home/a/Shots"}, true)
			d.wait()
			d.sees("Watch this folder")
		}
		for name, attend := range map[string]func(){
			"a check":  func() { focus(d.check("Also the folders in it")) },
			"a button": func() { focus(d.button("Cancel").(fyne.Focusable)) },
			"a field":  func() { d.unfold(); focus(d.input("10 kB")) },
			"a select": func() { d.unfold(); focus(d.selects("Leave it there")) },
			"nothing":  func() { d.win.Canvas().Unfocus() },
		} {
			open()
			attend()
			d.key(fyne.KeyEscape)
			if d.win.Canvas().Overlays().Top() != nil {
				t.Fatalf("with %s attended, Esc did not put the sheet away", name)
			}
		}
		open()
		focus(d.button("Cancel").(fyne.Focusable))
		d.key(fyne.KeyReturn)
		if d.win.Canvas().Overlays().Top() != nil {
			t.Fatal("Enter did not press the button")
		}
		d.asked()
		open()
		focus(d.check("Also the folders in it"))
		d.key(fyne.KeyReturn)
		d.sees("Watching Shots")
	})
}
