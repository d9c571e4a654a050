package window

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
)

// rowOf is the row on the screen that shows that title.
func (d *desk) rowOf(title string) *parts.Row {
	d.t.Helper()
	return find(d, "row "+title, func(r *parts.Row) bool { return r.Model().Title == title })
}

// offers fails unless the menu in front has those items.
func (d *desk) offers(want ...string) {
	d.t.Helper()
	menu := find(d, "menu", func(*widget.PopUpMenu) bool { return true })
	var words []string
	walk(menu, func(o fyne.CanvasObject) {
		if text, is := o.(*canvas.Text); is {
			words = append(words, text.Text)
		}
	})
	for _, word := range want {
		if !slices.Contains(words, word) {
			d.t.Errorf("the menu has no %q but %q", word, words)
		}
	}
}

func TestTabPassesAListOfTenThousandAtOnce(t *testing.T) {
	fake := withAccount(t)
	for i := range 2000 {
		add(fake, job.Job{Name: fmt.Sprintf("%d.png", i), State: job.Queued})
	}
	sit(t, fake, func(d *desk) {
		stops := 0
		d.tabbed(func(o fyne.CanvasObject) {
			stops++
			if _, is := o.(*parts.RowButton); is {
				t.Errorf("Tab comes to %s of a row", nameOf(o))
			}
		})
		if stops < 5 || stops > 30 {
			t.Errorf("Tab comes round after %d stops", stops)
		}
	})
}

func TestAButtonOfARowIsPressedByTheArrowKeysAndEnter(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	add(fake, job.Job{Name: "b.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		d.win.Canvas().Focus(d.shell.queue.list.List)
		d.pressed(fyne.KeyDown, fyne.KeyRight, fyne.KeyRight, fyne.KeyReturn) // the second's cancel
		d.asked("cancel [2]")
		d.pressed(fyne.KeyUp, fyne.KeySpace)
		d.asked("cancel [2]", "hold [1]")
	})
}

func TestAKeyMeantForAButtonThatIsGoneDoesNothingElse(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		d.win.Canvas().Focus(d.shell.queue.list.List)
		d.pressed(fyne.KeyRight) // hold
		fake.Change(func(_ *uploader.Snapshot, jobs *[]job.Job) { (*jobs)[0].State = job.Sending })
		d.wait()
		d.pressed(fyne.KeyReturn)
		d.asked()
		if d.win.Canvas().Overlays().Top() != nil {
			t.Error("Enter opened something")
		}
	})
}

func TestThePointerOverARowDoesNotTurnKeysToIt(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	add(fake, job.Job{Name: "b.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		d.win.Canvas().Focus(d.shell.queue.list.List)
		test.MoveMouse(d.win.Canvas(), fyne.CurrentApp().Driver().AbsolutePositionForObject(d.rowOf("b.png")).AddXY(100, 20))
		d.pressed(fyne.KeyDelete)
		d.asked("cancel [1]")
	})
}

func TestTheRightButtonOpensTheMenuOfARow(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	add(fake, done("b.png"))
	sit(t, fake, func(d *desk) {
		test.TapSecondary(d.rowOf("a.png"))
		d.wait()
		d.offers("Hold", "Cancel", "Details", "To the top")
		d.pressed(fyne.KeyEscape)
		d.ctrl(fyne.Key3)
		d.icon("Show as pictures or as a list")
		d.win.Canvas().Focus(d.shell.history.grid.Grid)
		d.pressed(desktop.KeyMenu)
		d.offers("Copy link", "Remove from the list")
	})
}

func TestAClickBesideTheButtonsOfARowShowsWhatIsKnownOfIt(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		test.Tap(d.rowOf("a.png"))
		d.wait()
		d.sees("State")
		d.pressed(fyne.KeyEscape)
		if d.win.Canvas().Focused() != fyne.Focusable(d.shell.queue.list.List) {
			t.Error("the list has not got the keyboard's attention")
		}
	})
}
