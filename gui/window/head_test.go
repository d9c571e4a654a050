package window

import (
	"testing"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
)

func TestTheHeadOfTheQueueSaysHowFastAndPausesEverything(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		if line := d.shell.queue.line.Text; line != "1 waiting" {
			t.Errorf("without a limit it says %q", line)
		}
		fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) { s.Limit = 500_000 })
		d.wait()
		if line := d.shell.queue.line.Text; line != "1 waiting  ·  At most 500 kB/s" {
			t.Errorf("with a limit it says %q", line)
		}
		d.icon("Pause")
		d.sees("Uploads are paused")
		d.icon("Resume")
		d.asked("pause", "resume")
		d.doesNotSee("Uploads are paused")
		d.answer(nil)
		fake.Go()
		d.wait()
		if b := find(d, "pause", func(b *parts.IconButton) bool { return b.Word == "Pause" }); !b.Disabled() {
			t.Error("nobody answers, but everything can be paused")
		}
	})
}
