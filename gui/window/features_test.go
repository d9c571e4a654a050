package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/sxcu"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
	"images-uploader.com/upshot/gui/window/windowtest"
	"images-uploader.com/upshot/gui/words"
)

func (d *desk) types(i *parts.Input, text string) {
	i.SetText(text)
	time.Sleep(time.Second)
	d.wait()
}

func TestAnotherLanguageIsSpokenAtOnceAndAtTheSamePlace(t *testing.T) {
	t.Cleanup(func() { _ = speak("") })
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		d.choose("Deutsch")
		if got := fake.KeptSettings().Language; got != "de" {
			t.Errorf("kept is %q", got)
		}
		d.sees("Einstellungen")
		d.sees("Ordner")
		d.ctrl(fyne.Key1)
		d.sees("Bilder oder Videos hierher ziehen")
		d.ctrl(fyne.Key4)
		d.choose("English")
		d.sees("Settings")
	})
}

func TestTheLanguageOfTheSettingsIsSpokenFromTheStart(t *testing.T) {
	t.Cleanup(func() { _ = speak("") })
	fake := withAccount(t)
	s := fake.KeptSettings()
	s.Language, s.Theme = "es", "dark"
	fake.SetSettings(s)
	sit(t, fake, func(d *desk) {
		d.sees("Suelte aquí imágenes o vídeos")
		if got := d.cfg.App.Settings().Theme(); got != fyne.Theme(look.Theme{Choice: "dark"}) {
			t.Errorf("the theme is %v", got)
		}
	})
}

func TestHistoryIsFilteredByAccountKindFolderAndDate(t *testing.T) {
	fake := withAccount(t)
	film := done("film.mp4")
	film.Image.Type, film.Added = "video", time.Now()
	old := done("old.png")
	old.Image.Type, old.Folder, old.Added = "image", "/home/a/Shots", time.Now().AddDate(-40, 0, 0)
	film.Ended, old.Ended = film.Added, film.Added // this year, and later than the window thinks it is
	older := done("older.png")
	older.Image.Type, older.Folder, older.Added, older.Ended = "image", "/home/a/Shots", old.Added, old.Added
	add(fake, film)
	add(fake, old)
	add(fake, older)
	fake.Change(func(s *uploader.Snapshot, jobs *[]job.Job) {
		s.Folders = []uploader.FolderStatus{{Folder: uploader.Folder{Path: "/home/a/Shots"}, State: uploader.FolderWatching}}
		s.Accounts = append(s.Accounts, uploader.AccountStatus{ID: "work@x", Name: "work"})
	})
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key3)
		for _, c := range []struct{ choice, back, sees, not string }{
			{"Videos", "Any kind", "film.mp4", "old.png"},
			{"Pictures", "Any kind", "old.png", "film.mp4"},
			{"Shots", "Any folder", "old.png", "film.mp4"},
			{"work", "Any account", "Nothing found", "film.mp4"},
		} {
			d.choose(c.choice)
			d.sees(c.sees)
			d.doesNotSee(c.not)
			d.choose(c.back)
			d.sees("film.mp4")
		}
		d.choose("This year") // goes by the end: what was given last year ended today
		d.sees("film.mp4")
		d.sees("old.png")
		d.choose("Before this year")
		d.sees("older.png")
		d.doesNotSee("film.mp4")
		d.doesNotSee("old.png")
		d.choose("Today")
		d.sees("old.png")
		d.doesNotSee("older.png")
		d.choose("Any time")
		now := time.Now()
		f := d.shell.history.filters
		f.date.SetSelectedIndex(1)
		if got := f.get(now); got.Since.After(now) || now.Sub(got.Since) >= 24*time.Hour {
			t.Errorf("today begins at %v", got.Since)
		}
		f.date.SetSelectedIndex(5)
		if got := f.get(now); got.Until.Year() != now.Year() || !got.Since.IsZero() {
			t.Errorf("before this year ends at %v", got.Until)
		}
	})
}

func TestSeveralUploadsAreMarkedAndCopiedInAnyForm(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("a.png"))
	add(fake, done("b.png"))
	add(fake, done("c.png"))
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key3)
		list := d.shell.history.list
		d.win.Canvas().Focus(list.List)
		d.key(fyne.KeySpace)
		d.key(fyne.KeyDown)
		d.key(fyne.KeySpace)
		d.sees("2 marked")
		d.press("Copy as…")
		d.sees("Copy 2 links as")
		d.sees("https://home.example/i/c.png") // of the first, as Markdown
		d.choose("A template of my own")
		d.types(d.input("{{.url_viewer}}  {{.title}}"), "<{{link \"short\"")
		d.sees("template")
		d.types(d.input("{{.url_viewer}}  {{.title}}"), "<{{.URL}}>")
		d.sees("<https://home.example/i/c.png>")
		d.press("Copy")
		d.asked("copy [3 2]")
		d.sees("2 links copied")
		d.win.Canvas().Focus(list.List)
		d.key(fyne.KeyEscape)
		if len(list.marked) != 0 {
			t.Error("Esc leaves them marked")
		}
		d.win.Canvas().Focus(list.List)
		list.TypedShortcut(&fyne.ShortcutSelectAll{})
		d.sees("3 marked")
	})
}

func TestPicturesCanBeShownInsteadOfRows(t *testing.T) {
	fake := withAccount(t)
	for range 300 {
		add(fake, done("a.png"))
	}
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key3)
		d.shell.history.toggle()
		d.wait()
		tiles := 0
		d.visible(func(o fyne.CanvasObject) {
			if _, ok := o.(*parts.Tile); ok {
				tiles++
			}
		})
		if tiles < 8 || tiles > 60 {
			t.Errorf("%d tiles exist", tiles)
		}
		if drawn := d.shell.history.grid.Update(300); drawn != 0 {
			t.Errorf("%d tiles drawn again for nothing", drawn)
		}
	})
}

func TestAFileIsUploadedAgainAsItWas(t *testing.T) {
	fake := withAccount(t)
	j := done("a.png")
	j.Path, j.Input = "/home/a/a.png", "a.png"
	j.Params.Album, j.Link.Kind = "xyz", client.LinkMarkdown
	add(fake, j)
	gone := done("clipboard.png")
	gone.Path, gone.Spooled = "/spool/1.png", true
	add(fake, gone)
	sit(t, fake, func(d *desk) {
		d.again(d.view.Lists[presenter.Queue].Loaded()...)
		d.wait()
		orders := fake.Orders()
		if len(orders) != 1 {
			t.Fatalf("%d orders", len(orders))
		}
		o := orders[0]
		if o.Account != "home" || o.Params.Album != "xyz" || o.Link.Kind != client.LinkMarkdown || o.Items[0].Path != "/home/a/a.png" {
			t.Errorf("given %+v", o)
		}
	})
}

func TestALinkIsForgottenOnlyAfterAsking(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("a.png"))
	add(fake, job.Job{Name: "b.png", State: job.Canceled})
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key3)
		d.win.Canvas().Focus(d.shell.history.list.List)
		d.key(fyne.KeyDelete)
		d.asked("remove [2]")
		d.win.Canvas().Focus(d.shell.history.list.List)
		d.key(fyne.KeyDelete)
		d.sees("Remove this upload from the list?")
		d.asked("remove [2]")
		d.press("Remove it")
		d.asked("remove [2]", "remove [1]")
	})
}

func TestTheLastUploadCanBeTakenBackWhileItIsOffered(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("a.png"))
	sit(t, fake, func(d *desk) {
		offer := func() {
			fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
				s.Undo = &uploader.UndoOffer{IDs: []job.ID{1}, Name: "a.png", Until: time.Now().Add(10 * time.Second)}
			})
			d.wait()
		}
		offer()
		d.sees("a.png is uploaded")
		d.sees("Take back (10 s)")
		time.Sleep(3 * time.Second)
		d.wait()
		d.doesNotSee("Take back (10 s)")
		time.Sleep(8 * time.Second)
		d.wait()
		d.doesNotSee("Take back")
		offer()
		d.press("Take back (10 s)")
		d.asked("undo 0")
		d.sees("Taken back, and the clipboard is as it was")
		d.doesNotSee("Take back (")
	})
}

func TestRowsSayWhenAFileExpiresAndThatItArrivedWhole(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.Local)
	j := done("a.png")
	j.Verified = client.VerifiedIdentical
	for left, want := range map[time.Duration]string{
		73 * time.Hour: "Expires in 3 days", 25 * time.Hour: "Expires in 25 h 0 min", 30 * time.Minute: "Expires in 30 min", -time.Minute: "Expired",
	} {
		j.Image.Expires = now.Add(left)
		m := jobRow(presenter.View{}, j, now)
		if !strings.HasPrefix(m.Line, want) {
			t.Errorf("%v before its end: %q", left, m.Line)
		}
		if m.Badge == "" {
			t.Error("no badge")
		}
	}
	j.Verified = client.VerifiedChanged
	if m := jobRow(presenter.View{}, j, now); m.Badge != "" {
		t.Error("a changed file has the badge of an identical one")
	}
}

func TestHistoryIsExportedAsItIsFiltered(t *testing.T) {
	fake := withAccount(t)
	const wanted = 550 // more than are asked for at a time
	for range wanted {
		add(fake, done("wanted.png"))
	}
	piped := done("piped.png")
	piped.Input, piped.Path, piped.Spooled = "-", "/state/spool/stdin-1", true
	add(fake, piped)
	add(fake, done("other.png"))
	sit(t, fake, func(d *desk) {
		dir := t.TempDir()
		d.export(dir, "jsonl", presenter.Filter{Search: "wanted"})
		d.wait()
		d.sees("550 uploads written")
		found, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(found) != 1 || filepath.Ext(found[0]) != ".jsonl" {
			t.Fatalf("written: %v, %v", found, err)
		}
		data, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n != wanted || strings.Contains(string(data), "other.png") {
			t.Errorf("%d lines", n)
		}
		if info, err := os.Stat(found[0]); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read it: %v", info.Mode())
		}
		d.export(dir, "csv", presenter.Filter{Search: "piped"})
		d.wait()
		found, err = filepath.Glob(filepath.Join(dir, "*.csv"))
		if err != nil || len(found) != 1 {
			t.Fatalf("written: %v, %v", found, err)
		}
		if data, err = os.ReadFile(found[0]); err != nil || !strings.Contains(string(data), "piped.png") || strings.Contains(string(data), "spool") {
			t.Errorf("what was piped in is written as %q, %v", data, err)
		}
		d.export(filepath.Join(dir, "gone"), "csv", presenter.Filter{})
		d.wait()
		if d.trouble.failure == nil {
			t.Error("nothing was said")
		}
	})
}

func TestTheQueueIsOrderedByKeyboard(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	add(fake, job.Job{Name: "b.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		d.win.Canvas().Focus(d.shell.queue.list.List)
		d.key(fyne.KeyDown)
		d.ctrl(fyne.KeyUp)
		d.asked("up [2]")
		if m := d.row(0); m.Title != "b.png" {
			t.Errorf("the first to be sent is shown as %q", m.Title)
		}
		d.win.Canvas().Focus(d.shell.queue.list.List)
		d.ctrl(fyne.KeyEnd)
		d.ctrl(fyne.KeyHome)
		d.ctrl(fyne.KeyDown)
		if got := fake.Asked(); len(got) != 4 || !strings.HasPrefix(got[1], "bottom") || !strings.HasPrefix(got[2], "top") || !strings.HasPrefix(got[3], "down") {
			t.Errorf("asked %q", got)
		}
	})
}

func TestDetailsShowTheHostsAnswerWithoutItsSecrets(t *testing.T) {
	fake := withAccount(t)
	j := done("a.png")
	j.SHA256 = "feed"
	j.Verified = client.VerifiedIdentical
	j.Image.Raw = json.RawMessage(`{"url":"https://home.example/i/a.png","delete_url":"https://home.example/del/secret","nested":{"api_key":"secret"}}`)
	add(fake, j)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.KeyI)
		d.sees("feed")
		d.sees("The host has exactly what was sent")
		d.sees(`"url": "https://home.example/i/a.png"`)
		d.doesNotSee("secret")
		d.press("Close")
	})
	failed := job.Job{Name: "b.png", State: job.Failed, Failure: &job.Failure{Kind: client.KindRejected, Status: 400, Code: "400", Message: "Stop\x1b words"}}
	if got := answerText(failed); got != "HTTP 400\ncode 400\nStop  words" {
		t.Errorf("a refusal is shown as %q", got)
	}
}

func TestAPaidNetworkIsTheReasonInWords(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) { s.Metered, s.Limit = true, 500_000 })
	sit(t, fake, func(d *desk) {
		d.sees("Waits: this network is paid by volume")
		d.sees("At most 500 kB/s")
		d.press("Open settings")
		d.sees("Bandwidth")
	})
}

func TestEnterPressesTheMainButtonOfASheet(t *testing.T) {
	fake := withAccount(t)
	add(fake, done("a.png"))
	sit(t, fake, func(d *desk) {
		d.copyAs(d.view.Lists[presenter.History].Loaded()...)
		d.key(fyne.KeyReturn)
		d.asked("copy [1]")
		d.askDelete(d.view.Lists[presenter.History].Loaded()...)
		d.key(fyne.KeyReturn)
		d.asked("copy [1]") // what destroys something is pressed on purpose
		d.key(fyne.KeyEscape)
		d.doesNotSee("cannot be undone")
	})
}

func TestEverythingThatCanBeUsedHasAWordForScreenReaders(t *testing.T) {
	sit(t, rich(t), func(d *desk) {
		found := 0
		d.everything(func(name string, _ fyne.CanvasObject) {
			for _, o := range append(d.pressable(), d.usable()...) {
				switch o.(type) {
				case *parts.List, *parts.Grid: // their rows have texts and buttons
					continue
				}
				found++
				if b, is := o.(*parts.Button); is && b.Text == "" {
					t.Errorf("%s: a button shows no word", name)
				}
				said, ok := o.(fyne.Accessible)
				if !ok || said.AccessibilityRole() == fyne.AccessibleRoleContainer {
					t.Errorf("%s: nothing is said of %s", name, nameOf(o))
				} else if i, is := o.(*parts.Input); said.AccessibilityLabel() == "" && (!is || i.PlaceHolder != "") {
					t.Errorf("%s: %s has no word", name, nameOf(o))
				}
			}
		})
		if found < 150 {
			t.Errorf("only %d things were found", found)
		}
	})
	secret := parts.NewSecretInput()
	secret.SetText("secret")
	secret.SetPlaceHolder("API key")
	if said := secret.AccessibilityLabel(); said != "API key" {
		t.Errorf("of a secret is said %q", said)
	}
}

func TestBandwidthIsSetFromTheQueue(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		add(fake, job.Job{Name: "a.png", State: job.Queued})
		d.wait()
		d.icon("Bandwidth")
		d.input("as fast as it goes; or 500 kB, 2 MB").SetText("1,5 MB")
		d.press("Save")
		if got := fake.KeptSettings().Limit; got != 1_500_000 {
			t.Errorf("the limit is %d", got)
		}
	})
}

func TestAFolderIsAddedWithADryRunAndItsOwnSettings(t *testing.T) {
	fake := withAccount(t)
	fake.SetPreview(uploader.Preview{
		Files: 3, Bytes: 3_000_000, Located: 1, Newest: "/home/a/Shots/c.png", NewestTime: time.Now(),
		Sample: []string{"/home/a/Shots/c.png", "/home/a/Shots/in/b.png"},
	})
	sit(t, fake, func(d *desk) {
		d.askFolder("/home/a/Shots")
		d.wait()
		d.sees("3 files pass the settings  ·  3.0 MB  ·  newest: c.png")
		d.sees("1 of them tells where it was taken")
		d.sees("c.png\n" + filepath.Join("in", "b.png"))
		d.check("Also the folders in it").SetChecked(true)
		d.unfold()
		d.types(d.input("*draft*, old/**"), "*tmp*, x/**")
		d.types(d.input("50 MB"), "much")
		d.sees("Write a size like 500 kB or 2 MB")
		d.types(d.input("50 MB"), "20 MB")
		d.types(d.input("never; or 30m, 12h, 3d, 2w"), "3d")
		d.choose("Move it to the trash")
		d.press("Watch it")
		got := fake.Folders()
		if len(got) != 1 {
			t.Fatalf("%d folders", len(got))
		}
		f := got[0]
		if !f.Recursive || !slices.Equal(f.Exclude, []string{"*tmp*", "x/**"}) || f.MaxSize != 20_000_000 ||
			f.Params.Expiration != "P3D" || f.After != uploader.AfterTrash || f.Existing != uploader.ExistingSkip {
			t.Errorf("watched as %+v", f)
		}
	})
}

func TestWhatAFolderHoldsBackIsToldAndCanBeSentAnyway(t *testing.T) {
	fake := withAccount(t)
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Folders = []uploader.FolderStatus{{
			Folder: uploader.Folder{Path: "/v"}, State: uploader.FolderWatching, Waiting: 2,
			Pending: []uploader.PendingFile{
				{Path: "/v/a.mp4", State: uploader.FileWriting, Reason: "it is still being written by ffmpeg"},
				{Path: "/v/b.mp4", State: uploader.FileIncomplete, Reason: "not complete: cut off"},
			},
		}}
	})
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key2)
		d.press("2 wait")
		d.sees("Still being written by ffmpeg")
		d.sees("Not complete: cut off")
		d.press("Send it anyway")
		d.asked("give /v/b.mp4")
	})
}

func TestAnAccountIsChangedWithoutItsKey(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		d.press("Change…")
		d.unfold()
		d.input("as the system says; or http://host:port").SetText("http://proxy.example:3128")
		d.check("Hold it and ask, instead of trying again").SetChecked(true)
		d.input("4").SetText("9")
		d.press("Save")
		d.sees("From 1 to 8 files can be sent at once")
		d.input("4").SetText("2")
		d.press("Save")
		d.sees("Account saved")
		a, _ := fake.KeptSettings().Account("home")
		if a.Proxy != "http://proxy.example:3128" || !a.Ask || a.Workers != 2 {
			t.Errorf("kept as %+v", a)
		}
		d.asked("add account home https://home.example")
	})
}

func TestASxcuFileShowsItsHostBeforeAnythingIsKept(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		d.shell.settings.accounts.take(sxcu.Uploader{
			Name: "pics", Address: "https://pics.example", Key: client.NewKey(windowtest.GoodKey),
			Params: client.Params{Album: "abc"}, Link: client.LinkMarkdown, Notes: []string{"the header X-Other is left out"},
		})
		d.wait()
		d.sees("This file is about https://pics.example")
		d.sees("The header X-Other is left out")
		d.doesNotSee(windowtest.GoodKey)
		d.asked()
		d.press("Check")
		d.press("Save")
		d.asked("check https://pics.example", "add account pics https://pics.example")
		a, _ := fake.KeptSettings().Account("pics")
		if a.Params.Album != "abc" || a.Link.Kind != client.LinkMarkdown {
			t.Errorf("kept as %+v", a)
		}
	})
}

func TestASxcuFileIsWrittenWithoutTheKeyAndReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "home.sxcu")
	a := uploader.Account{Name: "home", Address: "https://home.example", Link: job.LinkChoice{Kind: client.LinkDirect}}
	if err := writeSxcu(path, a); err != nil {
		t.Fatal(err)
	}
	got, err := readSxcu(path)
	if err != nil || got.Address != a.Address || !got.Key.IsZero() {
		t.Errorf("read back as %+v, %v", got, err)
	}
	if err := writeSxcu(path, a); err == nil || uploader.Explain(err).Headline == "" {
		t.Error("a file was replaced")
	}
}

func TestSettingsAreKeptOnceTypingHasStoppedAndOnlyIfTheyAreRight(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		limit := d.input("as fast as it goes; or 500 kB, 2 MB")
		test.Type(limit, "2 M")
		if len(fake.Asked()) != 0 {
			t.Error("kept while it is typed")
		}
		d.types(limit, "2 MB")
		d.types(d.input("off; or a combination like Ctrl+Shift+4"), "Ctrl+Shift+4")
		d.press("Other limits at some hours…")
		d.types(d.input("22:00"), "25:00")
		d.sees("Write hours like 22:00")
		d.types(d.input("22:00"), "21:30")
		d.doesNotSee("Write hours like 22:00")
		d.check("Start Upshot when I log in").SetChecked(true)
		d.check("Send nothing over a network that is paid by volume").SetChecked(true)
		d.wait()
		got := fake.KeptSettings()
		if got.Limit != 2_000_000 || got.Hotkeys[uploader.ShortcutRegion] != "Ctrl+Shift+4" || !got.PauseMetered ||
			len(got.Hours) != 1 || got.Hours[0].From != "21:30" || got.Hours[0].To != "07:00" {
			t.Errorf("kept %+v", got)
		}
		if !slices.Contains(fake.Asked(), "autostart true") {
			t.Errorf("asked %q", fake.Asked())
		}
	})
}

func TestWhatAnotherFaceHasSetMeanwhileStaysSet(t *testing.T) {
	fake := withAccount(t)
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		s := fake.KeptSettings()
		s.KeepDays, s.Limit = 30, 5000
		fake.SetSettings(s)
		d.check("Show a notification when links are ready").SetChecked(false)
		d.wait()
		if got := fake.KeptSettings(); got.KeepDays != 30 || got.Limit != 5000 || !got.NoNotify {
			t.Errorf("kept %+v", got)
		}
	})
}

func TestAmountsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "500 kB": 500_000, "2M": 2_000_000, "1.5 GB": 1_500_000_000, "64 KiB": 65536, "300 B/s": 300} {
		if got, ok := amount(text); !ok || got != want {
			t.Errorf("%q is %d, %v", text, got, ok)
		}
		if again, ok := amount(amountText(want)); !ok || again != want {
			t.Errorf("%d is written %q", want, amountText(want))
		}
	}
	for _, text := range []string{"much", "-1", "2 miles", "1e99"} {
		if _, ok := amount(text); ok {
			t.Errorf("%q is an amount", text)
		}
	}
}

func TestTheFirstRunShowsWhatIsInTheFolderItOffers(t *testing.T) {
	home := t.TempDir()
	shots := filepath.Join(home, "Bilder", "Screenshots")
	if err := os.MkdirAll(shots, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, ".config", "user-dirs.dirs"))
	if err := os.WriteFile(filepath.Join(home, ".config", "user-dirs.dirs"), []byte("XDG_PICTURES_DIR=\"$HOME/Bilder\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fake := &windowtest.Fake{}
	fake.SetPreview(uploader.Preview{Files: 12, Bytes: 5_000_000, Sample: []string{filepath.Join(shots, "a.png")}})
	sitWith(t, fake, Config{Home: home}, func(d *desk) {
		test.Type(d.first.form.key, windowtest.GoodKey)
		d.press("Check")
		d.press("Save")
		d.press("Next")
		d.sees("12 files pass the settings  ·  5.0 MB")
		d.sees("a.png")
		d.press("Watch ~/Bilder/Screenshots")
		if got := fake.Folders(); len(got) != 1 || got[0].Path != shots || got[0].Existing != uploader.ExistingSkip {
			t.Errorf("watched: %+v", got)
		}
	})
}

// unscrolled is what a part shows, without the scrolling around it.
func unscrolled(t *testing.T, o fyne.CanvasObject) fyne.CanvasObject {
	t.Helper()
	for _, part := range test.LaidOutObjects(o) {
		if scroll, ok := part.(*container.Scroll); ok {
			return scroll.Content
		}
	}
	t.Fatal("it does not scroll")
	return nil
}

// everything opens every screen and every sheet one after the other.
func (d *desk) everything(look func(name string, o fyne.CanvasObject)) {
	d.t.Helper()
	for name, key := range map[string]fyne.KeyName{"queue": fyne.Key1, "folders": fyne.Key2, "history": fyne.Key3, "settings": fyne.Key4} {
		d.ctrl(key)
		look(name, d.win.Canvas().Content())
	}
	for _, sheet := range d.sheets() {
		sheet.open()
		d.wait()
		top := d.win.Canvas().Overlays().Top()
		if top == nil {
			d.t.Fatalf("%s is not there", sheet.name)
		}
		look(sheet.name, top)
		d.escape()
	}
}

// aSheet is something that can be put over the window.
type aSheet struct {
	name string
	open func()
}

// sheets are all of them.
func (d *desk) sheets() []aSheet {
	j := d.view.Lists[presenter.History].Loaded()[0]
	folder := d.view.Snapshot.Folders[0]
	templated := j
	templated.Link = job.LinkChoice{Template: "{{.URL}}"}
	return []aSheet{
		{"a folder", func() { d.editFolder(uploader.Folder{Path: "/home/a/Shots"}, false) }},
		{"a new folder", func() { d.askFolder("/home/a/Shots") }},
		{"an account", func() { d.shell.settings.accounts.edit("home") }},
		{"a new account", func() { d.shell.settings.accounts.edit("") }},
		{"removing an account", func() { d.shell.settings.accounts.askRemove("home") }},
		{"details", func() { d.details(j) }},
		{"copy as", func() { d.copyAs(j) }},
		{"copy as a template", func() { d.copyAs(templated) }},
		{"a question", func() { d.askDelete(j) }},
		{"bandwidth", d.askLimit},
		{"an export", func() { d.askExport(presenter.Filter{}) }},
		{"a picker", d.pickFiles},
		{"a picker of a folder", func() { d.pickFolder(func(string) {}) }},
		{"folders that were dropped", func() { d.askFolders([]string{"/home/a/Shots"}) }},
		{"files of a folder", func() { d.showFiles(folder, 0) }},
	}
}

func TestEveryScreenFitsInEveryLanguage(t *testing.T) {
	t.Cleanup(func() { _ = speak("") })
	for _, l := range words.Languages() {
		t.Run(l.Name, func(t *testing.T) {
			fake := rich(t)
			s := fake.KeptSettings()
			s.Language = l.Tag
			fake.SetSettings(s)
			fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) { s.Accounts[0].Key = uploader.KeyStored })
			sit(t, fake, func(d *desk) {
				d.win.Resize(fyne.NewSize(640, 480))
				d.everything(func(name string, o fyne.CanvasObject) {
					if size := unscrolled(t, o).MinSize(); size.Width > 640 || size.Height > 480 {
						t.Errorf("%s needs %v", name, size)
					}
				})
				d.showsWhole()
			})
		})
	}
}

// whole reports whether a label shows all of its text.
func whole(l *widget.Label) bool {
	size := l.Theme().Size(l.SizeName)
	return l.Wrapping == fyne.TextWrapWord || fyne.MeasureText(l.Text, size, l.TextStyle).Width+2*l.Theme().Size(theme.SizeNameInnerPadding) <= l.Size().Width
}

// showsWhole fails where something is cut off that stands nowhere else.
func (d *desk) showsWhole() {
	d.t.Helper()
	d.ctrl(fyne.Key1)
	if line := d.shell.queue.line; !whole(line) {
		d.t.Errorf("under the queue's title it is cut off: %q", line.Text)
	}
	d.ctrl(fyne.Key3)
	search := d.shell.history.search
	if needs := fyne.MeasureText(search.PlaceHolder, theme.TextSize(), fyne.TextStyle{}).Width + 50; search.Size().Width < needs {
		d.t.Errorf("the search field is %v wide, its words need %v", search.Size().Width, needs)
	}
	d.ctrl(fyne.Key4)
	key := say("Key: in your keyring")
	if l := find(d, key, func(l *widget.Label) bool { return l.Text == key }); !whole(l) {
		d.t.Errorf("cut off: %q", l.Text)
	}
}

func TestInARowOfTheQueueTheAccountComesAfterHowItFares(t *testing.T) {
	fake := rich(t)
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Accounts = append(s.Accounts, uploader.AccountStatus{ID: "work@https://work.example", Name: "work"})
	})
	sit(t, fake, func(d *desk) {
		if line := d.row(1).Line; line != "Waits for its turn  ·  home" {
			t.Errorf("it says %q", line)
		}
	})
}

func TestAnOldUploadThatEndedTodayStandsOnTopOfHistory(t *testing.T) {
	fake := withAccount(t)
	for i, name := range []string{"old.png", "b.png", "c.png"} {
		j := done(name)
		j.Added = time.Date(2026, 11, 20+i, 12, 0, 0, 0, time.UTC)
		j.Ended = j.Added.Add(time.Minute)
		if name == "old.png" {
			j.Ended = j.Ended.AddDate(0, 0, 5) // it was tried again
		}
		add(fake, j)
	}
	sit(t, fake, func(d *desk) {
		var names []string
		for i := range 3 {
			j, _ := d.view.Lists[presenter.History].At(i)
			names = append(names, j.Name)
		}
		if want := []string{"old.png", "c.png", "b.png"}; !slices.Equal(names, want) {
			t.Errorf("it shows %q, want %q", names, want)
		}
	})
}
