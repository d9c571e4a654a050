package window

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// folderOf is an uploader that watches a folder with so many files.
func folderOf(t *testing.T, files int) func(*uploader.Snapshot, *[]job.Job) {
	t.Helper()
	f := uploader.FolderStatus{Folder: uploader.Folder{Path: "/v"}, State: uploader.FolderWatching}
	for i := range files {
		p := uploader.PendingFile{Path: fmt.Sprintf("/v/%04d.png", i), State: uploader.FileSettling}
		if i == files-1 {
			p = uploader.PendingFile{Path: "/v/notes.txt", State: uploader.FileFiltered, Reason: "no picture or video (.txt)"}
		}
		f.Pending = append(f.Pending, p)
	}
	return func(s *uploader.Snapshot, _ *[]job.Job) { s.Folders = []uploader.FolderStatus{f} }
}

func TestTheFilesOfAFolderAreShownAPageAtATimeAndByTheirState(t *testing.T) {
	fake := withAccount(t)
	fake.Change(folderOf(t, 1000))
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key2)
		d.press("999 wait")
		d.sees("Files of v")
		d.shell.files.group.SetSelected("All files (1000)")
		d.wait()
		d.sees("0000.png")
		d.sees("It changed a moment ago")
		s := d.shell.files
		if s.total != 1000 || len(s.pages) != 1 {
			t.Errorf("%d files, %d pages are loaded", s.total, len(s.pages))
		}
		s.list.ScrollTo(999)
		d.wait()
		d.sees("notes.txt")
		d.sees("No picture or video (.txt)")
		if len(s.pages) > 3 {
			t.Errorf("%d pages are loaded for the last rows", len(s.pages))
		}
		s.group.SetSelected("Left out (1)")
		d.wait()
		d.sees("notes.txt")
		if s.total != 1 {
			t.Errorf("%d files are left out", s.total)
		}
		s.group.SetSelected("Failed (0)")
		d.wait()
		d.sees("No files of this sort")
	})
}

func TestTheFilesOfAFolderFollowWhatHappensUntilTheyArePutAway(t *testing.T) {
	fake := withAccount(t)
	fake.Change(folderOf(t, 2))
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key2)
		d.win.Canvas().Focus(d.shell.screens[placeFolders].(*foldersScreen).list)
		d.key(fyne.KeyReturn)
		d.sees("0000.png")
		fake.Change(folderOf(t, 3))
		for range 6 { // it is asked again after a while only
			d.wait()
		}
		d.sees("0001.png")
		d.key(fyne.KeyEscape)
		d.doesNotSee("0001.png")
		if d.shell.files != nil {
			t.Error("what was put away is kept up to date")
		}
	})
}

func TestWhyAFileWaitsIsToldInTheLanguageSpoken(t *testing.T) {
	speaking(t, "de")
	for _, c := range []struct {
		state  uploader.FileState
		reason string
		want   string
	}{
		{uploader.FileFiltered, "image hosts of this kind do not take .tiff files", "Bilderhosts dieser Art nehmen keine .tiff-Dateien"},
		{uploader.FileFiltered, "left out by the pattern *draft*", "vom Muster *draft* ausgelassen"},
		{uploader.FileFiltered, "something that nobody has translated", "durch die Einstellungen dieses Ordners ausgenommen"},
		{uploader.FileIncomplete, "not complete: the PNG ends before its end mark", "nicht vollständig: die PNG-Datei endet zu früh"},
		{uploader.FileIncomplete, "not complete: odd", "nicht vollständig"},
		{uploader.FileTooLarge, "it is larger than the 500 bytes that this folder allows", "sie ist größer als die 500 Bytes, die dieser Ordner erlaubt"},
		{uploader.FileTooLarge, "it is larger than the 1.5 kB that this folder allows", "sie ist größer als die 1,5 kB, die dieser Ordner erlaubt"},
		{uploader.FileFiltered, "it is smaller than the 20 MB that this folder asks for", "sie ist kleiner als die 20 MB, die dieser Ordner verlangt"},
		{uploader.FileSkipped, uploader.ExplainIdle(uploader.FileSkipped, uploader.FolderWatching), "Sie lag schon dort, bevor der Ordner überwacht wurde, oder wurde früher hochgeladen"},
		{uploader.FileTooLarge, uploader.RefusedSize(2_000_000), "Die Datei ist größer, als der Host annimmt: 2 MB"},
		{uploader.FileTooLarge, uploader.RefusedSize(1_500), "Die Datei ist größer, als der Host annimmt: 1,5 kB"},
		{uploader.FileFiltered, uploader.RefusedKind("bmp"), "Der Host hat Dateien dieser Art abgelehnt: .bmp"},
	} {
		if got := fileWord(uploader.FolderFile{State: c.state, Reason: c.reason}); got != c.want {
			t.Errorf("%s, %q: it says %q, want %q", c.state, c.reason, got, c.want)
		}
	}
}

func TestAFileIsShownInItsFolderUnlessNobodyHasIt(t *testing.T) {
	fake := withAccount(t)
	kept := done("kept.png")
	kept.Path = "/home/a/kept.png"
	add(fake, kept)
	pasted := done("pasted.png")
	pasted.Path, pasted.Spooled = "/spool/1.png", true
	add(fake, pasted)
	sit(t, fake, func(d *desk) {
		for _, c := range []struct {
			id    job.ID
			shown bool
		}{{1, true}, {2, false}} {
			j, _ := d.shell.history.list.job(int64(c.id))
			if ownFile(j) != c.shown {
				t.Errorf("%s can be shown: %v", j.Name, !c.shown)
			}
		}
		j, _ := d.shell.history.list.job(1)
		d.act(j, actShow, d.shell.object)
		d.wait()
		d.asked("show the file of 1")
	})
}

func TestHowAnAccountsKeyIsCanBeSeenAndTested(t *testing.T) {
	fake := withAccount(t)
	key := func(k uploader.KeyState, gates ...uploader.GateStatus) {
		fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) { s.Accounts[0].Key, s.Accounts[0].Gates = k, gates })
	}
	sit(t, fake, func(d *desk) {
		d.ctrl(fyne.Key4)
		d.sees("Key: not needed so far")
		for k, want := range map[uploader.KeyState]string{
			uploader.KeyStored: "Key: in your keyring", uploader.KeyMemory: "Key: in memory, until Upshot ends",
			uploader.KeyMissing: "Key: none is stored", uploader.KeyLocked: "Key: your keyring is locked or does not answer",
			uploader.KeyRefused: "Key: the host does not take it",
		} {
			key(k)
			d.wait()
			d.sees(want)
		}
		key(uploader.KeyStored, uploader.GateStatus{Gate: job.GateOffline})
		d.wait()
		d.sees("Waiting for the network")
		d.press("Test")
		d.sees("address and key are good")
		fake.Refuse(errSomething)
		d.press("Test")
		d.sees("the host has a problem of its own")
		d.doesNotSee("raw words")
	})
}

func TestADropSaysWhereItGoes(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		d.sees("Drop files or links anywhere: they go to home. Folders are asked about.")
		fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
			s.Accounts[0].Default = false
			s.Accounts = append(s.Accounts, uploader.AccountStatus{ID: "w", Name: "work", Default: true})
			s.Folders = []uploader.FolderStatus{{Folder: uploader.Folder{Path: "/v"}, State: uploader.FolderWatching}}
		})
		d.wait()
		d.sees("they go to work")
		d.ctrl(fyne.Key2)
		d.sees("Drop a folder anywhere to watch it")
	})
}

func TestNoticesAreToldInTheLanguageSpoken(t *testing.T) {
	speaking(t, "de")
	for text, want := range map[string]string{
		"Links cannot be put on the clipboard":                                                                              "Links lassen sich nicht in die Zwischenablage legen",
		"The settings file could not be read (line 3) and is kept as /a.broken":                                             "Die Einstellungsdatei konnte nicht gelesen werden (Zeile 3) und liegt als /a.broken",
		"line 3: limit must be a whole number, without quotes; correct it in /a.toml; until then default settings are used": "Zeile 3: limit muss eine ganze Zahl sein, ohne Anführungszeichen; berichtigen Sie es in /a.toml; bis dahin: Standardeinstellungen gelten",
		"to have your settings back, rename /a.good to /a; to have this said no more, remove that file":                     "um Ihre Einstellungen zurückzubekommen, benennen Sie /a.good in /a um; damit dies nicht mehr gesagt wird, entfernen Sie jene Datei",
		"The hotkey Ctrl+Shift+4 (capture a region) does not work":                                                          "Das Tastenkürzel Ctrl+Shift+4 (Bereich aufnehmen) funktioniert nicht",
		"/home/a is watched already":                                      "/home/a wird schon überwacht",
		"The folder cannot be read: permission denied. It is tried again": "Der Ordner kann nicht gelesen werden: permission denied. Es wird erneut versucht",
	} {
		if got := say(text); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
