package window

import (
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/presenter"
)

func TestEveryStateOfAJobIsSaidInWords(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.Local)
	home := "home@https://home.example"
	gated := presenter.View{Link: presenter.Live, Snapshot: uploader.Snapshot{Accounts: []uploader.AccountStatus{{
		ID: home, Gates: []uploader.GateStatus{{Gate: job.GateThrottled, Until: now.Add(5 * time.Minute)}},
	}}}}
	sending := presenter.View{Link: presenter.Live, Sending: map[job.ID]uploader.Progress{
		1: {ID: 1, Sent: 1_500_000, Size: 4_500_000, Since: now.Add(-3 * time.Second)},
	}}
	free := presenter.View{Link: presenter.Live}
	image := &client.Image{URL: "https://home.example/a.png", ViewerURL: "https://home.example/v", Approved: true}
	for _, c := range []struct {
		name string
		view presenter.View
		job  job.Job
		want string
	}{
		{"on its way", sending, job.Job{ID: 1, State: job.Sending}, "1.5 MB of 4.5 MB  ·  500 kB/s  ·  6 s left"},
		{"uploaded, but not written down", presenter.View{Link: presenter.Live, Sending: map[job.ID]uploader.Progress{
			1: {ID: 1, Sent: 5, Size: 5, Answer: true, Unwritten: true},
		}}, job.Job{ID: 1, State: job.Sending}, "The host has it; it is written down as soon as the disk allows"},
		{"just claimed", free, job.Job{State: job.Sending}, "Starting"},
		{"nobody knows how far", presenter.View{Link: presenter.Lost}, job.Job{State: job.Sending}, "On its way"},
		{"behind others", free, job.Job{State: job.Queued}, "Waits for its turn"},
		{"behind a gate", gated, job.Job{State: job.Queued, Account: home}, "Waits: " + lowerFirst(uploader.ExplainGate(gated.Snapshot.Accounts[0].Gates[0]).Headline)},
		{"of another account than the gate's", gated, job.Job{State: job.Queued, Account: "other"}, "Waits for its turn"},
		{"to be tried again", free, job.Job{State: job.Waiting, NotBefore: now.Add(time.Minute)}, "Tried again at 14:01"},
		{"due", free, job.Job{State: job.Waiting, NotBefore: now}, "Tried again now"},
		{"held", free, job.Job{State: job.Held}, "Held until you release it"},
		{"perhaps sent", free, job.Job{State: job.Held, MaybeSent: true}, "Held: the host may have it already; look there, then release or cancel it"},
		{"canceled", free, job.Job{State: job.Canceled}, "Canceled"},
		{"done", free, job.Job{State: job.Done, Image: image, Ended: now}, "14:00  ·  https://home.example/a.png"},
		{"done on another day", free, job.Job{State: job.Done, Image: image, Ended: now.AddDate(0, 0, -2)}, "21 Nov 14:00  ·  https://home.example/a.png"},
		{"known", free, job.Job{State: job.Done, Outcome: job.Known, Image: image}, "Uploaded before  ·  https://home.example/a.png"},
		{"moderated", free, job.Job{State: job.Done, Outcome: job.Unapproved, Image: &client.Image{ViewerURL: image.ViewerURL}}, "Waits for a moderator  ·  https://home.example/v"},
		{"duplicate without a link", free, job.Job{State: job.Done, Outcome: job.Duplicate}, "The host has this file already, but does not tell its link"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := jobWord(c.view, c.job, now); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestNamesOfFilesCannotLeaveTheirLine(t *testing.T) {
	if got := clean("a\nb\x1b[31m\u202egnp.exe"); got != "a b [31m gnp.exe" {
		t.Errorf("got %q", got)
	}
}

func TestSizesAndSpansAreForPeople(t *testing.T) {
	for size, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 123_456: "123 kB", 4_800_000: "4.8 MB", 1_250_000_000: "1.2 GB"} {
		if got := bytesWord(size); got != want {
			t.Errorf("%d bytes are %q, want %q", size, got, want)
		}
	}
	for span, want := range map[time.Duration]string{
		200 * time.Millisecond: "1 s", 42 * time.Second: "42 s", 90 * time.Second: "2 min", 125 * time.Minute: "2 h 5 min",
	} {
		if got := spanWord(span); got != want {
			t.Errorf("%v is %q, want %q", span, got, want)
		}
	}
}

func TestTheTotalsAreTrueForAllThatIsOpen(t *testing.T) {
	fake := withAccount(t)
	open := func(state job.State, size int64) {
		add(fake, job.Job{Name: "a.png", State: state, File: job.Fingerprint{Size: size}})
	}
	open(job.Sending, 2_400_000)
	open(job.Queued, 3_000_000)
	open(job.Held, 1_000_000)
	sit(t, fake, func(d *desk) {
		fake.Progress(uploader.Progress{ID: 1, Sent: 1_200_000, Size: 2_400_000, Since: time.Now()})
		d.wait()
		d.sees("1 on its way  ·  1 waiting  ·  1 held  ·  1.2 MB of 6.4 MB")
		open(job.Done, 9_000_000)
		open(job.Failed, 9_000_000)
		d.wait()
		d.sees("1 on its way  ·  1 waiting  ·  1 held  ·  1 failed  ·  1.2 MB of 6.4 MB")
		for range 300 {
			open(job.Queued, 3_000_000)
		}
		d.wait() // of 300 rows only those on the screen are known
		d.sees("1 on its way: 1.2 MB of 2.4 MB  ·  301 waiting  ·  1 held  ·  1 failed")
	})
}

func TestATotalIsNotGuessedWhereASizeIsNotKnown(t *testing.T) {
	fake := withAccount(t)
	add(fake, job.Job{Name: "a.png", State: job.Sending, File: job.Fingerprint{Size: 2_000_000}})
	add(fake, job.Job{Name: "https://a.example/b.png", State: job.Queued})
	sit(t, fake, func(d *desk) {
		fake.Progress(uploader.Progress{ID: 1, Sent: 1_000_000, Size: 2_000_000, Since: time.Now()})
		d.wait()
		d.sees("1 on its way: 1.0 MB of 2.0 MB  ·  1 waiting")
	})
}

func TestOfAFoldersFilesOnlyOneThatMayStillGoIsTold(t *testing.T) {
	left := uploader.PendingFile{Path: "/v/notes.txt", State: uploader.FileFiltered, Reason: "no picture or video (.txt)"}
	large := uploader.PendingFile{Path: "/v/film.mp4", State: uploader.FileTooLarge}
	cut := uploader.PendingFile{Path: "/v/cut.mp4", State: uploader.FileIncomplete}
	f := uploader.FolderStatus{State: uploader.FolderWatching, Last: "/v/last.png", Pending: []uploader.PendingFile{left, large, cut}}
	if got := folderWord(f); got != "Watching  ·  cut.mp4: it is not complete" {
		t.Errorf("it says %q", got)
	}
	f.Pending = f.Pending[:2] // one of them may have been sent by hand
	if got := folderWord(f); got != "Watching  ·  last: last.png" {
		t.Errorf("it says %q", got)
	}
}

func TestAFolderIsKnownByItsNameFirst(t *testing.T) {
	w := &Window{cfg: Config{Home: "/home/a"}}
	for path, want := range map[string]string{
		"/home/a/Pictures/Screenshots": "Screenshots  ·  ~/Pictures",
		"/home/a/Shots":                "Shots  ·  ~",
		"/media/card":                  "card  ·  /media",
		"/":                            "/",
	} {
		if got := w.folderName(filepath.FromSlash(path)); got != filepath.FromSlash(want) {
			t.Errorf("%s is called %q, want %q", path, got, want)
		}
	}
}

func TestDetailsSayHowAnUploadEndedAndNotItsLinkTwice(t *testing.T) {
	speaking(t, "en")
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.Local)
	w := &Window{}
	j := done("a.png")
	for _, c := range []struct {
		change func(*job.Job)
		want   string
	}{
		{func(*job.Job) {}, "Uploaded"},
		{func(j *job.Job) { j.Image.Expires = now.Add(72 * time.Hour) }, "Uploaded  ·  Expires in 3 days"},
		{func(j *job.Job) { j.Outcome, j.Image.Expires = job.Known, time.Time{} }, "Uploaded before"},
		{func(j *job.Job) { j.Outcome = job.Unapproved }, "Waits for a moderator"},
		{func(j *job.Job) { j.Deleted = now }, "Deleted on the host"},
	} {
		c.change(&j)
		if got := w.facts(j, now)[0]; got != (fact{"State", c.want}) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
