package window

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func write(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func drop(d *desk, paths ...string) {
	var uris []fyne.URI
	for _, path := range paths {
		uris = append(uris, storage.NewFileURI(path))
	}
	d.dropped(uris)
	d.wait()
}

func TestDroppedFilesAreOneBatchInTheirOrder(t *testing.T) {
	dir := t.TempDir()
	a, b := write(t, filepath.Join(dir, "b ä#%.png")), write(t, filepath.Join(dir, "a.mp4"))
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key3)
		drop(d, a, b)
		orders := fake.Orders()
		if len(orders) != 1 {
			t.Fatalf("%d orders", len(orders))
		}
		o := orders[0]
		if len(o.Items) != 2 || o.Items[0].Path != a || o.Items[1].Path != b {
			t.Errorf("items %v", o.Items)
		}
		if !o.Copy || !o.Notify || o.Via != job.ViaWindow || o.Batch == "" {
			t.Errorf("order %+v", o)
		}
		d.sees("2 files added")
		d.sees("b ä#%.png")
		if d.shell.at != placeQueue {
			t.Error("the queue is not shown")
		}
	})
}

func TestADroppedLinkIsFetchedByTheUploader(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		link, err := storage.ParseURI("https://pics.example/a.png")
		if err != nil {
			t.Fatal(err)
		}
		other, err := storage.ParseURI("ftp://pics.example/b.png")
		if err != nil {
			t.Fatal(err)
		}
		d.dropped([]fyne.URI{link, other})
		d.wait()
		orders := fake.Orders()
		if len(orders) != 1 || len(orders[0].Items) != 1 || orders[0].Items[0].URL != "https://pics.example/a.png" {
			t.Errorf("given %+v", orders)
		}
	})
}

func TestALinkIsResolvedAndKeepsItsName(t *testing.T) {
	dir := t.TempDir()
	real := write(t, filepath.Join(dir, "real.png"))
	link := filepath.Join(dir, "link.png")
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	real, _ = filepath.EvalSymlinks(real)
	g := sortOut([]string{link})
	if len(g.items) != 1 || g.items[0].Path != real || g.items[0].Name != "link.png" || g.items[0].Input != link {
		t.Errorf("got %+v", g.items)
	}
}

func TestADroppedFolderIsAskedAboutOnce(t *testing.T) {
	dir := t.TempDir()
	holiday := filepath.Join(dir, "Holiday")
	write(t, filepath.Join(holiday, "1.jpg"))
	write(t, filepath.Join(holiday, "deep", "2.webm"))
	write(t, filepath.Join(holiday, "notes.txt"))
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		drop(d, holiday)
		d.sees("What shall happen with the folder Holiday?")
		d.sees("There are 2 pictures and videos in it.")
		d.asked()
		d.press("Upload all 2 once")
		d.asked("submit 2")
	})
}

func TestADroppedFolderCanBeWatchedOrLeft(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	write(t, filepath.Join(one, "1.jpg"))
	write(t, filepath.Join(two, "1.jpg"))
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		drop(d, one, two)
		d.press("Cancel")
		d.asked()
		drop(d, one, two)
		d.press("Watch from now on")
		if got := fake.Asked(); len(got) != 2 || !slices.Contains(got, "add folder "+one) || !slices.Contains(got, "add folder "+two) {
			t.Errorf("asked %q", got)
		}
	})
}

func TestAFileThatIsGoneIsSaidInWords(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		drop(d, filepath.Join(t.TempDir(), "gone.png"))
		d.asked()
		if d.trouble.failure == nil {
			t.Error("nothing was said")
		}
		d.doesNotSee("lstat")
	})
}

func TestWhatTheUploaderDoesNotTakeIsNamed(t *testing.T) {
	sit(t, withAccount(t), func(d *desk) {
		d.received(uploader.Receipt{Entries: []uploader.Entry{
			{Job: 1, Input: "/x/good.png"},
			{Input: "/x/empty.png", Failure: &job.Failure{Kind: "local_file", Code: job.CodeEmpty}},
		}})
		d.sees("1 file could not be added")
		d.sees("Empty.png: ")
	})
}

func TestControlVSubmitsTheClipboard(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.KeyV)
		d.asked("clipboard")
		if o := fake.Orders()[0]; o.Via != job.ViaClipboard || !o.Copy {
			t.Errorf("order %+v", o)
		}
		d.sees("1 file added")
	})
}

func TestAnEmptyClipboardIsSaidInPassing(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		fake.Refuse(uploader.ErrNothing)
		d.press("Paste")
		if d.trouble.failure != nil || d.shell.toast.Text() == "" {
			t.Errorf("said as a failure: %v; in passing: %q", d.trouble.failure != nil, d.shell.toast.Text())
		}
	})
}

func TestWhatIsDroppedWhileNobodyAnswersIsGivenOnceItIsBack(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a.png"))
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.answer(nil)
		fake.Go()
		d.wait()
		drop(d, file)
		d.sees("Added as soon as the uploader is back")
		back := withAccount(t)
		d.answer(back)
		d.press("Try now")
		if orders := back.Orders(); len(orders) != 1 || orders[0].Items[0].Path != file {
			t.Fatalf("orders after it came back: %v", orders)
		}
		d.sees("1 file added")
		back.Change(func(*uploader.Snapshot, *[]job.Job) {})
		d.wait()
		if n := len(back.Orders()); n != 1 {
			t.Errorf("given %d times", n)
		}
	})
}

func TestPickedFilesAreSubmittedTogether(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "a.png"))
	write(t, filepath.Join(home, "b.png"))
	write(t, filepath.Join(home, "notes.txt"))
	fake := withAccount(t)
	sitWith(t, fake, Config{Home: home}, func(d *desk) {
		d.ctrl(fyne.KeyO)
		d.sees("a.png")
		d.doesNotSee("notes.txt")
		if !d.button("Upload").Disabled() {
			t.Error("nothing can be uploaded, but the button says so")
		}
		list := d.win.Canvas().Focused()
		list.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
		list.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		d.press("Upload 2 files")
		d.asked("submit 2")
	})
}

func TestThePickerGoesAboutByKeyboard(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "deep", "c.png"))
	fake := withAccount(t)
	sitWith(t, fake, Config{Home: home}, func(d *desk) {
		d.ctrl(fyne.KeyO)
		d.key(fyne.KeyReturn)
		d.sees("c.png")
		d.key(fyne.KeyBackspace)
		d.doesNotSee("c.png")
		d.key(fyne.KeyReturn)
		d.key(fyne.KeySpace)
		d.key(fyne.KeyReturn)
		d.asked("submit 1")
		if o := fake.Orders(); o[0].Items[0].Path != filepath.Join(home, "deep", "c.png") {
			t.Errorf("submitted %v", o[0].Items)
		}
		d.ctrl(fyne.KeyO)
		d.key(fyne.KeyEscape)
		if d.win.Canvas().Overlays().Top() != nil {
			t.Error("Esc does not put the picker away")
		}
	})
}

func TestAFolderThatCannotBeReadIsSaid(t *testing.T) {
	sitWith(t, withAccount(t), Config{Home: filepath.Join(t.TempDir(), "gone")}, func(d *desk) {
		d.ctrl(fyne.KeyO)
		d.sees("This folder cannot be read")
	})
}

func TestPickingAloneBecomesTheWholeWindowWhenItIsRaised(t *testing.T) {
	sitWith(t, withAccount(t), Config{PickFiles: true}, func(d *desk) {
		d.Raise()
		d.wait()
		d.sees("Drop pictures or videos here")
	})
}

func TestPickingAloneSubmitsAndEnds(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "a.png"))
	fake := withAccount(t)
	sitWith(t, fake, Config{Home: home, PickFiles: true}, func(d *desk) {
		d.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		d.press("Upload 1 file")
		d.asked("submit 1")
		if !d.quit {
			t.Error("the program goes on")
		}
	})
}

func TestPickingAloneShowsTheWindowWhenSomethingIsWrong(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "a.png"))
	fake := withAccount(t)
	sitWith(t, fake, Config{Home: home, PickFiles: true}, func(d *desk) {
		fake.Refuse(errSomething)
		d.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		d.press("Upload 1 file")
		if d.quit {
			t.Error("the program ended, and nobody knows why")
		}
		d.sees(sentence(uploader.Explain(errSomething).Headline))
	})
}
