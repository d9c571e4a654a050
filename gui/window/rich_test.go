package window

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/windowtest"
)

// rich is an uploader of somebody who uses all of it.
func rich(t *testing.T) *windowtest.Fake {
	t.Helper()
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
				{Path: "/home/a/Videos/cut.mp4", State: uploader.FileIncomplete, Reason: "not complete: the index is missing"},
			}},
			{Folder: uploader.Folder{Path: "/media/card"}, State: uploader.FolderMissing},
		}
	})
	return fake
}
