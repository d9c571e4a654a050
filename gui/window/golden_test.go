package window

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/windowtest"
)

// What stands where on a screen, as it was looked at and found good. After a
// change that is meant, what testdata/failed holds becomes what is expected.
func TestTheScreensLookAsTheyDid(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "film.mp4", State: job.Sending})
	add(fake, job.Job{Name: "next.png", State: job.Queued})
	add(fake, job.Job{Name: "broken.png", State: job.Failed, Failure: &job.Failure{Kind: client.KindTooLarge}})
	kept := done("kept.png")
	kept.Verified = client.VerifiedIdentical
	add(fake, kept)
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Version = "1.2.3"
		s.Limit = 500_000
		s.Accounts[0].Key = uploader.KeyStored
		s.Accounts[0].Limits = []uploader.FloodLimit{{Uploads: 50, Period: time.Minute}}
		s.Folders = []uploader.FolderStatus{
			{Folder: uploader.Folder{Path: "/home/a/Pictures/Screenshots"}, State: uploader.FolderWatching, Last: "/home/a/Pictures/Screenshots/x.png"},
			{Folder: uploader.Folder{Path: "/media/card"}, State: uploader.FolderMissing},
		}
		s.Notices = []uploader.Notice{{ID: "a", Headline: "The queue was damaged and has been built again. 1 job could be read from it. The damaged file is kept as /x."}}
	})
	sitWith(t, fake, Config{Home: "/home/a"}, func(d *desk) {
		fake.Progress(uploader.Progress{ID: 1, Sent: 250_000, Size: 1_000_000, Since: time.Now().Add(time.Hour)}) // no speed yet
		d.win.Resize(fyne.NewSize(640, 480))
		d.wait()
		for i, name := range []string{"queue", "folders", "history", "settings"} {
			d.ctrl([]fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4}[i])
			test.AssertRendersToMarkup(t, "screen-"+name+".xml", d.win.Canvas())
		}
		d.ctrl(fyne.Key3)
		d.copyAs(kept)
		d.wait()
		test.AssertRendersToMarkup(t, "sheet-copy-as.xml", d.win.Canvas())
	})
	sit(t, &windowtest.Fake{}, func(d *desk) {
		d.win.Resize(fyne.NewSize(640, 480))
		d.wait()
		d.win.Canvas().Unfocus() // a cursor blinks
		test.AssertRendersToMarkup(t, "screen-first-run.xml", d.win.Canvas())
	})
}
