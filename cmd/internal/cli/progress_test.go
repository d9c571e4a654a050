package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/vbauerster/mpb/v8/decor"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestTheBarSaysThatTheHostWorksOnceAllBytesAreOut(t *testing.T) {
	for name, c := range map[string]struct {
		sending []uploader.Progress
		works   bool
	}{
		"nothing is on the way":                {nil, false},
		"one file still moves":                 {[]uploader.Progress{{Answer: true}, {Sent: 5, Size: 9}}, false},
		"all that is on the way waits":         {[]uploader.Progress{{Answer: true}, {Answer: true}}, true},
		"the last byte is on its way, not out": {[]uploader.Progress{{Sent: 9, Size: 9}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bar{begun: time.Now().Add(-time.Second)}
			b.working.Store(hostWorks(c.sending))
			text := b.pace(decor.Statistics{})
			if got := text == " the host is working on it"; got != c.works || strings.Contains(text, "/s") == c.works {
				t.Errorf("the bar says %q", text)
			}
		})
	}
}

func TestTheSpeedIsThatOfTheWholeRunAlsoAfterWordsWereWritten(t *testing.T) {
	b := &bar{on: true, p: &program{err: &bytes.Buffer{}}}
	size := job.Fingerprint{Size: 10 << 20}
	before := job.Job{ID: 1, State: job.Done, Outcome: job.Uploaded, File: size, Ended: time.Now().Add(-time.Hour)}
	known := job.Job{ID: 2, State: job.Done, Outcome: job.Known, File: size, Ended: time.Now().Add(time.Second)}
	moving := job.Job{ID: 3, State: job.Sending, File: size}
	jobs := []job.Job{before, known, moving}
	b.show(jobs, nil)
	b.begun = b.begun.Add(-10 * time.Second) // the run goes on for ten seconds
	b.pause()                                // as at Ctrl-C
	b.show(jobs, []uploader.Progress{{ID: 3, Sent: 5 << 20, Size: 10 << 20}})
	defer b.end()
	if got := b.pace(decor.Statistics{}); got != " 512.0 KiB/s" {
		t.Errorf("after 5 MiB in 10 seconds the speed is%s", got)
	}
	if total, sent, _ := b.count(jobs, nil); total != 30<<20 || sent != 20<<20 {
		t.Errorf("%d of %d bytes are done", sent, total)
	}
}
