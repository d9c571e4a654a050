package window

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/windowtest"
)

func rich(t *testing.T) *windowtest.Fake {
	fake := withAccount(t)
	now := time.Now()
	img := image.NewRGBA(image.Rect(0, 0, 96, 72))
	for i := range 96 * 72 {
		img.Set(i%96, i/96, color.RGBA{uint8(i), uint8(i / 72), 120, 255})
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	for i := range 30 {
		j := done(fmt.Sprintf("Screenshot from 2026-11-%02d.png", i+1))
		j.Ended, j.Added = now, now
		j.Verified = client.VerifiedIdentical
		j.Image.Raw = []byte(`{"name":"a","url":"https://home.example/i/a.png","thumb":{"url":"x"},"delete_token":"abc"}`)
		if i%3 == 0 {
			j.Image.Expires = now.Add(73 * time.Hour)
		}
		add(fake, j)
		if i%2 == 0 {
			fake.SetThumb(job.ID(i+1), b.Bytes())
		}
	}
	add(fake, job.Job{Name: "film.mp4", State: job.Sending})
	add(fake, job.Job{Name: "next.png", State: job.Queued})
	add(fake, job.Job{Name: "later.png", State: job.Waiting, NotBefore: now.Add(time.Minute), Failure: &job.Failure{Kind: client.KindNetwork}})
	add(fake, job.Job{Name: "broken.png", State: job.Failed, Failure: &job.Failure{Kind: client.KindRejected, Message: "Stop words", Code: "400", Status: 400}})
	fake.Progress(uploader.Progress{ID: 31, Sent: 4 << 20, Size: 10 << 20, Since: now.Add(-4 * time.Second)})
	fake.SetPreview(uploader.Preview{Files: 345, Bytes: 512 << 20, Located: 3, Newest: "/home/a/Shots/x.png", NewestTime: now, Sample: strings.Split(strings.Repeat("/home/a/Shots/x.png ", 20), " ")[:20]})
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		s.Version = "0.1.0"
		s.Accounts[0].Limits = []uploader.FloodLimit{{Uploads: 50, Period: time.Minute}, {Uploads: 500, Period: time.Hour}}
		s.Accounts = append(s.Accounts, uploader.AccountStatus{ID: "w@x", Name: "work", Address: "https://pics.work.example", Gates: []uploader.GateStatus{{Gate: job.GateThrottled, Until: now.Add(time.Hour)}}})
		s.Folders = []uploader.FolderStatus{
			{Folder: uploader.Folder{Path: "/home/a/Pictures/Screenshots"}, State: uploader.FolderWatching, Last: "/home/a/x.png"},
			{Folder: uploader.Folder{Path: "/home/a/Videos"}, State: uploader.FolderPolling, Waiting: 2, Pending: []uploader.PendingFile{
				{Path: "/home/a/Videos/long.mp4", State: uploader.FileWriting, Reason: "it is still being written by ffmpeg"},
				{Path: "/home/a/Videos/cut.mp4", State: uploader.FileIncomplete, Reason: "not complete: the index is missing"}}},
			{Folder: uploader.Folder{Path: "/media/card"}, State: uploader.FolderMissing},
		}
	})
	return fake
}

func TestEyes(t *testing.T) {
	dir := os.Getenv("EYES")
	if dir == "" {
		t.Skip()
	}
	tongue := os.Getenv("TONGUE")
	for _, size := range []fyne.Size{{Width: 640, Height: 480}, {Width: 1000, Height: 700}} {
		for _, th := range []string{"light", "dark"} {
			if th == "dark" && size.Width > 700 || th == "light" && size.Width < 700 && tongue == "" {
				continue
			}
			fake := rich(t)
			s := fake.KeptSettings()
			s.Theme, s.Language = th, tongue
			s.Hours = []uploader.Hours{{From: "22:00", To: "07:00"}}
			fake.SetSettings(s)
			sit(t, fake, func(d *desk) {
				d.win.Resize(size)
				d.wait()
				shot := func(name string) {
					d.wait()
					f, err := os.Create(fmt.Sprintf("%s/%s-%d-%s.png", dir, name, int(size.Width), th))
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					if err := png.Encode(f, d.win.Canvas().Capture()); err != nil {
						t.Fatal(err)
					}
				}
				_ = look.Theme{}
				shot("queue")
				j, _ := d.shell.history.list.job(1)
				_ = j
				d.ctrl(fyne.Key2)
				shot("folders")
				d.askFolder("/home/a/Shots")
				shot("folder-add")
				d.escape()
				d.editFolder(uploader.Folder{Path: "/home/a/Shots"}, false)
				shot("folder-edit")
				d.escape()
				d.showPending(d.view.Snapshot.Folders[1])
				shot("pending")
				d.escape()
				d.ctrl(fyne.Key3)
				shot("history")
				first, _ := d.shell.history.list.attended()
				d.details(first)
				shot("details")
				d.escape()
				d.copyAs(first)
				shot("copyas")
				d.escape()
				d.shell.history.list.mark(first)
				shot("marked")
				d.shell.history.toggle()
				shot("grid")
				d.ctrl(fyne.Key4)
				shot("settings")
				d.shell.settings.accounts.edit("home")
				shot("account")
				d.escape()
			})
			sitWith(t, &windowtest.Fake{}, Config{Home: t.TempDir()}, func(d *desk) {
				d.win.Resize(size)
				d.wait()
				f, _ := os.Create(fmt.Sprintf("%s/first-%d-%s.png", dir, int(size.Width), th))
				_ = png.Encode(f, d.win.Canvas().Capture())
				f.Close()
			})
		}
	}
}
