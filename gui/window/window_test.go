package window

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
	"images-uploader.com/upshot/gui/window/windowtest"
)

func TestAJobIsShownWithTrueByteProgress(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "film.mp4", State: job.Sending})
	sit(t, fake, func(d *desk) {
		fake.Progress(uploader.Progress{ID: 1, Sent: 2_500_000, Size: 10_000_000, Since: time.Now().Add(-5 * time.Second)})
		d.wait()
		d.sees("2.5 MB of 10.0 MB  ·  ")
		if m := d.row(0); !m.Progress || m.Fraction != 0.25 {
			t.Errorf("the bar stands at %v, shown: %v", m.Fraction, m.Progress)
		}
		fake.Progress(uploader.Progress{ID: 1, Sent: 10_000_000, Size: 10_000_000, Answer: true})
		d.wait()
		d.sees("All sent, the host is working on it")
	})
}

// row is what a row of the queue shows on the screen.
func (d *desk) row(i int) parts.RowModel {
	d.t.Helper()
	var found *parts.RowModel
	number := 0
	d.visible(func(o fyne.CanvasObject) {
		if r, ok := o.(*parts.Row); ok {
			if number == i {
				m := r.Model()
				found = &m
			}
			number++
		}
	})
	if found == nil {
		d.t.Fatalf("there is no row %d", i)
	}
	return *found
}

func TestOnlyRowsThatChangedAreDrawnAgain(t *testing.T) {
	fake := withAccount(t)
	for range 5 {
		add(fake, job.Job{Name: "a.png", State: job.Sending})
	}
	sit(t, fake, func(d *desk) {
		queue := d.shell.screens[placeQueue].(*queueScreen)
		progress := uploader.Progress{ID: 3, Sent: 5, Size: 10}
		d.view.Sending = map[job.ID]uploader.Progress{3: progress}
		if drawn := queue.list.Update(5); drawn != 1 {
			t.Errorf("%d rows drawn again for the progress of one", drawn)
		}
		if drawn := queue.list.Update(5); drawn != 0 {
			t.Errorf("%d rows drawn again for nothing", drawn)
		}
	})
}

func TestALongQueueHasOnlyTheRowsOnTheScreen(t *testing.T) {
	fake := withAccount(t)
	fake.Change(func(_ *uploader.Snapshot, jobs *[]job.Job) {
		for i := range 10_000 {
			*jobs = append(*jobs, job.Job{ID: job.ID(i + 1), Name: "a.png", State: job.Queued})
		}
	})
	sit(t, fake, func(d *desk) {
		rows := 0
		d.visible(func(o fyne.CanvasObject) {
			if _, ok := o.(*parts.Row); ok {
				rows++
			}
		})
		if rows < 5 || rows > 20 {
			t.Errorf("%d rows exist", rows)
		}
		queue := d.shell.screens[placeQueue].(*queueScreen)
		queue.list.ScrollTo(9_999)
		d.wait()
		if m := d.row(2); m.Key < 9_900 {
			t.Errorf("after scrolling to the end, a row shows job %d", m.Key)
		}
	})
}

func TestAWindowCopiesWhereOnlyAWindowMay(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("b.png"))
	sit(t, fake, func(d *desk) {
		fake.Refuse(errors.ErrUnsupported) // a Wayland desktop without data-control
		d.press("Copy link")
		d.sees("Link copied")
		if got := d.cfg.App.Clipboard().Content(); got != "https://home.example/i/b.png" {
			t.Errorf("the clipboard holds %q", got)
		}
		fake.Refuse(errSomething)
		d.cfg.App.Clipboard().SetContent("before")
		d.press("Copy link")
		if got := d.cfg.App.Clipboard().Content(); got != "before" {
			t.Errorf("after another failure the clipboard holds %q", got)
		}
	})
}

func TestButtonsOfRowsReachTheUploader(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Failed, Failure: &job.Failure{Kind: "server"}})
	add(fake, done("b.png"))
	sit(t, fake, func(d *desk) {
		d.press("Try again")
		d.asked("retry [1]")
		d.press("Copy link")
		d.asked("retry [1]", "copy [2]")
		d.sees("Link copied")
		time.Sleep(sayFor)
		d.wait()
		d.doesNotSee("Link copied")
	})
}

func TestRowsCanBeUsedByKeyboard(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	add(fake, job.Job{Name: "b.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		queue := d.shell.screens[placeQueue].(*queueScreen)
		d.win.Canvas().Focus(queue.list.List)
		d.key(fyne.KeyDown)
		d.key(fyne.KeySpace)
		d.asked("hold [2]")
		d.key(fyne.KeyDelete)
		d.asked("hold [2]", "cancel [2]")
	})
}

func TestAnEmptyWindowTeachesWhatItIsFor(t *testing.T) {
	sit(t, withAccount(t), func(d *desk) {
		for key, words := range map[fyne.KeyName]string{
			fyne.Key1: "Drop pictures or videos here",
			fyne.Key2: "Choose the folder where your screenshots go",
			fyne.Key3: "Your links will be kept here",
			fyne.Key4: "Accounts",
		} {
			d.ctrl(key)
			d.sees(words)
		}
	})
}

func TestShortcutsWorkWhileTextIsTyped(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("b.png"))
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.KeyF)
		if d.win.Canvas().Focused() != d.shell.history.search {
			t.Fatal("Ctrl+F does not go to the search")
		}
		d.ctrl(fyne.KeyV) // goes into the text
		d.asked()
		d.ctrl(fyne.Key1)
		if d.shell.at != placeQueue {
			t.Error("Ctrl+1 does nothing while text is typed")
		}
	})
}

func TestSearchFindsAndSaysWhenItDoesNot(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("alps.png"))
	add(fake, done("beach.png"))
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.KeyF)
		test.Type(d.shell.history.search, "alp")
		d.wait()
		d.sees("alps.png")
		d.doesNotSee("beach.png")
		test.Type(d.shell.history.search, "zzz")
		d.wait()
		d.sees("Nothing found")
		d.key(fyne.KeyEscape)
		d.sees("beach.png")
	})
}

func TestDeletingOnTheHostIsAskedFirst(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("a.png"))
	sit(t, fake, func(d *desk) {
		d.askDelete(d.view.Lists[presenter.History].Loaded()[0])
		d.sees("This cannot be undone")
		d.press("Cancel")
		d.asked()
		d.askDelete(d.view.Lists[presenter.History].Loaded()[0])
		d.press("Delete it")
		d.asked("delete 1")
	})
}

func TestAFailureIsToldInWordsBesideTheQueueAndNeverRaw(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		fake.Refuse(errSomething)
		d.press("Paste")
		d.sees(sentence(uploader.Explain(errSomething).Headline))
		d.doesNotSee("raw words")
		d.sees("a.png")
		if d.win.Canvas().Overlays().Top() != nil {
			t.Error("the failure stands in the way of the queue")
		}
		fake.Refuse(nil)
		d.press("Try again")
		d.asked("clipboard", "clipboard")
		d.doesNotSee(sentence(uploader.Explain(errSomething).Headline))
	})
}

func TestEscapePutsAFailureAway(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		fake.Refuse(errSomething)
		d.press("Paste")
		d.key(fyne.KeyEscape)
		d.doesNotSee(sentence(uploader.Explain(errSomething).Headline))
	})
}

func TestAClosedGateIsToldWithItsCure(t *testing.T) {
	fake := withAccount(t)
	gate := uploader.GateStatus{Gate: job.GateNoKey, Failure: &job.Failure{Kind: "auth", Code: job.CodeNoKey}}
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) { s.Accounts[0].Gates = []uploader.GateStatus{gate} })
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		e := uploader.ExplainGate(gate)
		d.sees(sentence(e.Headline))
		if word := actionWord(e.Action); word != "" {
			d.press(word)
			d.sees("API key")
		}
	})
}

func TestPausingIsOneButtonAndItsBannerResumes(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.press("Pause")
		d.sees("Uploads are paused")
		d.press("Resume")
		d.asked("pause", "resume")
		d.doesNotSee("Uploads are paused")
	})
}

func TestANoticeIsSaidUntilItIsPutAway(t *testing.T) {
	fake := withAccount(t)
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Notices = []uploader.Notice{{ID: "config", Headline: "the config file was set aside"}}
	})
	sit(t, fake, func(d *desk) {
		d.sees("The config file was set aside")
		d.closeBanner(keyNotice + "config")
		d.wait()
		d.doesNotSee("set aside")
	})
}

func TestAnUploaderThatGoesIsSaidCalmlyAndComesBack(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		d.answer(nil)
		fake.Go()
		d.wait()
		d.wait()
		d.sees("Upshot's uploader does not answer")
		d.sees("a.png")
		d.sees("Reconnecting…")
		back := withAccount(t)
		d.answer(back)
		d.press("Try now")
		d.doesNotSee("does not answer")
		d.sees("Ready")
	})
}

func TestAShortHandOverShowsNoBanner(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.answer(withAccount(t))
		fake.Go()
		for range 20 {
			time.Sleep(20 * time.Millisecond)
			d.settle()
			d.doesNotSee("does not answer")
		}
		d.sees("Ready")
	})
}

func TestFoldersArePausedAndRemovedAfterAsking(t *testing.T) {
	fake := withAccount(t)
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Folders = []uploader.FolderStatus{{Folder: uploader.Folder{Path: "/home/a/Shots"}, State: uploader.FolderWatching, Last: "/home/a/Shots/x.png"}}
	})
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key2)
		d.sees("Watching  ·  last: x.png")
		folders := d.shell.screens[placeFolders].(*foldersScreen)
		folders.act(0, actPauseFolder, nil)
		d.wait()
		d.sees("Paused")
		folders.act(0, actRemoveFolder, nil)
		d.press("Stop watching")
		d.asked("pause folder /home/a/Shots true", "remove folder /home/a/Shots")
		d.sees("Watch a folder")
	})
}

func TestSettingsAreReadFirstAndAppliedAtOnce(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		d.asked() // showing them changes nothing
		d.shell.settings.link.kind.SetSelected("Markdown")
		d.wait()
		d.shell.settings.notify.SetChecked(false)
		d.wait()
		d.asked("settings link=markdown nocopy=false nonotify=false", "settings link=markdown nocopy=false nonotify=true")
		d.ctrl(fyne.Key1)
		d.ctrl(fyne.Key4)
		if got := d.shell.settings.link.kind.Selected; got != "Markdown" {
			t.Errorf("read again, the kind is %q", got)
		}
	})
}

func TestASecondAccountIsAddedFromSettings(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		d.press("Add an account…")
		test.Type(d.win.Canvas().Focused(), windowtest.GoodKey)
		d.press("Check")
		d.press("Save")
		d.sees("Account saved")
		d.sees("https://images-uploader.com")
		if d.win.Canvas().Overlays().Top() != nil {
			t.Error("the form is still there")
		}
	})
}

func TestEveryScreenFitsIntoTheSmallestWindow(t *testing.T) {
	fake := withAccount(t)
	long := "a very long name of a file that somebody gave to a picture without thinking of us at all.png"
	add(fake, done(long))
	add(fake, job.Job{Name: long, State: job.Failed, Failure: &job.Failure{Kind: "server"}})
	add(fake, job.Job{Name: long, State: job.Failed, Failure: &job.Failure{Kind: "server"}})
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Folders = []uploader.FolderStatus{{Folder: uploader.Folder{Path: "/" + long}}}
		s.Accounts[0].Gates = []uploader.GateStatus{{Gate: job.GateOffline}}
	})
	sit(t, fake, func(d *desk) {
		for _, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4} {
			d.ctrl(key)
			if size := d.win.Canvas().Content().MinSize(); size.Width > 640 || size.Height > 480 {
				t.Errorf("the screen of Ctrl+%s needs %v", key, size)
			}
		}
	})
	sit(t, &windowtest.Fake{}, func(d *desk) {
		if size := d.win.Canvas().Content().MinSize(); size.Width > 640 || size.Height > 480 {
			t.Errorf("the first run needs %v", size)
		}
	})
}

func TestOnALargeScreenARowsButtonsStayNearItsName(t *testing.T) {
	fake := rich(t)
	sit(t, fake, func(d *desk) {
		for _, size := range []fyne.Size{fyne.NewSize(3840, 2160), fyne.NewSize(1920, 1080), fyne.NewSize(900, 640)} {
			d.win.Resize(size)
			row := find(d, "row", func(*parts.Row) bool { return true })
			at := fyne.CurrentApp().Driver().AbsolutePositionForObject(row)
			most := min(float32(mainMost), size.Width-railWidth())
			if width := row.Size().Width; width > most || width < most-60 {
				t.Errorf("in a window of %v a row is %v wide, want about %v", size, width, most)
			}
			if left, right := at.X-railWidth(), size.Width-at.X-row.Size().Width; left-right > 40 || right-left > 40 {
				t.Errorf("in a window of %v there is %v left of a row and %v right of it", size, left, right)
			}
			if below := size.Height - at.Y; d.shell.queue.list.Size().Height < below-120 {
				t.Errorf("in a window of %v the list is %v high", size, d.shell.queue.list.Size().Height)
			}
		}
	})
}

func TestARowLooksAsItDid(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(look.Theme{})
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.Local)
	v := presenter.View{Link: presenter.Live, Sending: map[job.ID]uploader.Progress{
		1: {ID: 1, Sent: 250_000, Size: 1_000_000, Since: now.Add(-time.Second)},
	}}
	row := parts.NewRow(nil)
	row.Set(jobRow(v, job.Job{ID: 1, Name: "film.mp4", State: job.Sending}, now))
	row.Resize(fyne.NewSize(480, 60))
	test.AssertObjectRendersToMarkup(t, "row-sending.xml", row)
	finished := done("a.png")
	finished.Ended = now
	row.Set(jobRow(v, finished, now))
	test.AssertObjectRendersToMarkup(t, "row-done.xml", row)
}
