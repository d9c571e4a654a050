package window

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestWhatCountsDownCountsOnWhileNothingElseHappens(t *testing.T) {
	fake := withAccount(t)
	kept := done("kept.png")
	add(fake, kept)
	add(fake, job.Job{Name: "later.png", State: job.Waiting, Failure: &job.Failure{Kind: client.KindNetwork}})
	sit(t, fake, func(d *desk) {
		now := time.Now()
		fake.Change(func(_ *uploader.Snapshot, jobs *[]job.Job) {
			(*jobs)[0].Image.Expires = now.Add(3 * time.Minute)
			(*jobs)[1].NotBefore = now.Add(2 * time.Minute)
		})
		d.wait()
		d.sees("Tried again at ")
		d.ctrl(fyne.Key3)
		d.sees("Expires in 3 min")
		pass := func(span time.Duration) {
			for range int(span / time.Second) {
				time.Sleep(time.Second)
				d.settle()
			}
		}
		pass(2*time.Minute + 30*time.Second)
		d.sees("Expires in 29 s")
		d.shell.history.toggle()
		pass(time.Second)
		d.shell.history.toggle()
		pass(time.Minute)
		d.sees("Expired")
		d.ctrl(fyne.Key1)
		d.sees("Tried again now")
	})
}
