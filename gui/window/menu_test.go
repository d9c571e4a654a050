package window

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/windowtest"
)

// pressed presses keys one after the other, wherever the attention is.
func (d *desk) pressed(keys ...fyne.KeyName) {
	for _, key := range keys {
		d.key(key)
	}
}

func TestAMenuIsOpenedAndUsedByKeyboard(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	add(fake, job.Job{Name: "b.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		list := d.shell.queue.list.List
		d.win.Canvas().Focus(list)
		to := []fyne.KeyName{fyne.KeyRight, fyne.KeyRight, fyne.KeyRight} // hold, cancel, more
		for _, open := range [][]fyne.KeyName{append(to, fyne.KeyReturn), {desktop.KeyMenu}} {
			d.pressed(open...)
			d.pressed(fyne.KeyEscape)
			if d.win.Canvas().Overlays().Top() != nil {
				t.Error("Esc does not put the menu away")
			}
			d.pressed(fyne.KeyEscape) // back from the buttons to the row
		}
		d.pressed(append(to, fyne.KeyReturn, fyne.KeyDown, fyne.KeyReturn)...)
		d.sees("State") // the first of the menu's words opens the details
		d.sees("Close")
		d.pressed(fyne.KeyEscape)
		d.ctrl(fyne.Key4)
		kind := d.shell.settings.link.kind
		d.win.Canvas().Focus(kind)
		d.pressed(fyne.KeyReturn, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
		if got := fake.KeptSettings().Link.Kind; got == "" || got == client.LinkDirect {
			t.Errorf("by keyboard %q was chosen", got)
		}
	})
}

func TestWhatARowsMenuOffersIsWhatItsStateAllows(t *testing.T) {
	fake := withAccount(t)
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Accounts = append(s.Accounts, uploader.AccountStatus{ID: "w@x", Name: "work"})
	})
	kept := done("kept.png")
	kept.Path = "/home/a/kept.png"
	duplicate := job.Job{Name: "twice.png", Path: "/home/a/twice.png", State: job.Done, Outcome: job.Duplicate}
	for _, j := range []job.Job{
		{Name: "sent.png", State: job.Sending, Path: "/home/a/sent.png"},
		{Name: "next.png", State: job.Queued},
		{Name: "later.png", State: job.Waiting},
		{Name: "held.png", State: job.Held},
		{Name: "broken.png", State: job.Failed},
		kept, duplicate,
	} {
		add(fake, j)
	}
	order := []string{"To the top", "Up", "Down", "To the end", "Send with another account"}
	sit(t, fake, func(d *desk) {
		for id, want := range map[job.ID][]string{
			1: {"Details", "Show in its folder", "Hold"},
			2: append([]string{"Details"}, order...),
			3: append([]string{"Details", "Hold"}, order...),
			4: append([]string{"Details"}, order...),
			5: {"Details", "Remove from the list"},
			6: {"Details", "Show in its folder", "Copy as…", "Upload again", "Remove from the list", "Delete on the host…"},
			7: {"Details", "Show in its folder", "Send it all the same, with a harmless mark", "Upload again", "Remove from the list"},
		} {
			j, ok := d.shell.queue.list.job(int64(id))
			if !ok {
				t.Fatalf("job %d is not in the queue", id)
			}
			var words []string
			for _, item := range d.moreItems(j, d.shell.object) {
				if !item.IsSeparator {
					words = append(words, item.Label)
				}
			}
			if !slices.Equal(words, want) {
				t.Errorf("%s is offered %q, want %q", j.Name, words, want)
			}
		}
		j, _ := d.shell.queue.list.job(3)
		items := d.moreItems(j, d.shell.object)
		do := func(label string) {
			t.Helper()
			i := slices.IndexFunc(items, func(m *fyne.MenuItem) bool { return m.Label == label })
			items[i].Action()
			d.wait()
		}
		do("Hold")
		do("To the top")
		do("Down")
		items[len(items)-1].ChildMenu.Items[0].Action()
		d.wait()
		d.asked("hold [3]", "top [3]", "down [3]", "move [3]")
	})
}

func TestEveryStepOfTheFirstRunCanBeSkippedAndIsFoundAgain(t *testing.T) {
	fake := &windowtest.Fake{}
	sit(t, fake, func(d *desk) {
		d.first.form.key.SetText(windowtest.GoodKey)
		d.press("Check")
		d.press("Save")
		d.sees("What shall be copied?")
		d.press("Later")
		d.sees("Watch a folder?")
		d.press("Not now")
		if got := fake.KeptSettings().Link; got != (job.LinkChoice{}) {
			t.Errorf("what was skipped was kept as %+v", got)
		}
		if got := fake.Folders(); len(got) != 0 {
			t.Errorf("what was skipped is watched: %+v", got)
		}
		d.ctrl(fyne.Key4)
		d.sees("Add an account…")
		d.selects("Direct link")
		d.ctrl(fyne.Key2)
		d.sees("Add a folder…")
	})
	sit(t, &windowtest.Fake{}, func(d *desk) {
		d.press("Later")
		d.ctrl(fyne.Key4)
		d.sees("No host is set up yet")
		d.press("Add an account…")
		d.sees("API key")
	})
}
