package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestASubmittedFileEndsAsALinkOnTheClipboard(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("cat.png", 1))
	h.submit(o)
	j := h.until(o.Batch, "done", all(job.Done))[0]
	h.await("link on the clipboard", func() bool { return len(h.clipboard.written()) == 1 })
	if got, want := h.clipboard.written()[0], j.Image.URL; got != want || !strings.HasPrefix(want, h.host.URL) {
		t.Errorf("clipboard holds %q, want the direct link %q", got, want)
	}
	if j.Outcome != job.Uploaded || j.Verified != client.VerifiedIdentical || j.SHA256 == "" || j.Attempts != 1 {
		t.Errorf("job ended as %+v", j)
	}
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; n.title != "Link copied" || n.body != "cat.png" {
		t.Errorf("notification says %q, %q", n.title, n.body)
	}
	if stored := h.host.Stored(); len(stored) != 1 || stored[0].Original != "cat.png" {
		t.Errorf("host has %+v", stored)
	}
}

func TestLinksOfABatchGoToTheClipboardOnceInTheOrderGiven(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Match: "1.png", For: 300 * time.Millisecond})
	o := order(h.file("1.png", 1), h.file("2.png", 2), h.file("3.png", 3))
	h.submit(o)
	jobs := h.until(o.Batch, "all done", all(job.Done))
	h.await("clipboard", func() bool { return len(h.clipboard.written()) > 0 })
	want := jobs[0].Image.URL + "\n" + jobs[1].Image.URL + "\n" + jobs[2].Image.URL
	if got := h.clipboard.written(); len(got) != 1 || got[0] != want {
		t.Errorf("clipboard was written %q, want once %q", got, want)
	}
	for i, name := range []string{"1.png", "2.png", "3.png"} {
		if jobs[i].Name != name {
			t.Errorf("job %d is %s, want %s", i, jobs[i].Name, name)
		}
	}
}

func TestKnownBytesGetTheirLinkWithoutAnUpload(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	first := h.until(o.Batch, "first done", all(job.Done))[0]
	again := order(h.file("copy of a.png", 1))
	h.submit(again)
	second := h.until(again.Batch, "second done", all(job.Done))[0]
	if second.Outcome != job.Known || second.Text() != first.Text() {
		t.Errorf("second is %s with %q, want known with %q", second.Outcome, second.Text(), first.Text())
	}
	if n := len(h.host.Uploads()); n != 1 {
		t.Errorf("host saw %d uploads, want 1", n)
	}
	wide := order(h.file("third.png", 1))
	wide.Params.NSFW = true
	h.submit(wide)
	third := h.until(wide.Batch, "third ended", func(jobs []job.Job) bool { return !jobs[0].State.Open() })[0]
	if n := len(h.host.Uploads()); n != 2 {
		t.Errorf("other parameters: host saw %d uploads, want 2 (job %+v)", n, third)
	}
}

func TestEqualFilesGivenTogetherAreSentOnceAndAllGetTheLink(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, For: 200 * time.Millisecond})
	o := order(h.file("1.png", 1), h.file("2.png", 1), h.file("other.png", 2), h.file("3.png", 1))
	h.submit(o)
	jobs := h.until(o.Batch, "all done", all(job.Done))
	for _, i := range []int{1, 3} {
		if jobs[i].Outcome != job.Known || jobs[i].Text() != jobs[0].Text() {
			t.Errorf("%s is %s with %q", jobs[i].Name, jobs[i].Outcome, jobs[i].Text())
		}
	}
	if n := len(h.host.Uploads()); n != 2 {
		t.Errorf("host saw %d uploads, want 2", n)
	}
}

func TestADuplicateWhoseLinkIsNotKnownIsDoneWithoutALink(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.until(o.Batch, "waiting after the lost answer", func(jobs []job.Job) bool { return jobs[0].State == job.Waiting && jobs[0].MaybeSent })
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, Batch: o.Batch}); err != nil {
		t.Fatal(err)
	}
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if j.Outcome != job.Duplicate || j.Text() != "" {
		t.Errorf("job is %s with %q, want duplicate without link", j.Outcome, j.Text())
	}
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want 1", n)
	}
	if got := h.clipboard.written(); len(got) != 0 {
		t.Errorf("clipboard was written: %q", got)
	}
}

func TestAnUncertainUploadIsHeldWhenTheAccountSaysAsk(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Accounts[0].Ask = true
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	o := order(h.file("a.png", 1))
	h.submit(o)
	if j := h.until(o.Batch, "held", all(job.Held))[0]; !j.MaybeSent {
		t.Errorf("job is not marked as maybe sent: %+v", j)
	}
}

func TestAFileThatTheHostNeverTakesFails(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	path := filepath.Join(h.dir, "files", "text.png")
	if err := os.WriteFile(path, []byte("this is no picture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order(path)
	h.submit(o)
	j := h.until(o.Batch, "failed", all(job.Failed))[0]
	if j.Attempts != 1 || j.Failure == nil || j.Failure.Kind != client.KindRejected {
		t.Errorf("job ended as %+v (%+v)", j, j.Failure)
	}
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; n.title != "Upload failed" {
		t.Errorf("notification says %q", n.title)
	}
}

func TestDeletingOnTheHostDeletesThereAndForgetsTheLink(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	r := h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	if _, err := h.DeleteOnHost(t.Context(), uploader.JobRequest{ID: r.Entries[0].Job}); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Stored()); n != 0 {
		t.Errorf("host still has %d files", n)
	}
	again := order(h.file("b.png", 1))
	h.submit(again)
	if j := h.until(again.Batch, "sent again", all(job.Done))[0]; j.Outcome != job.Uploaded {
		t.Errorf("bytes that were deleted count as %s", j.Outcome)
	}
}

func TestProgressIsTrueAndEndsWithTheHostAtWork(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply})
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	h.await("the host at work", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Sending) == 1 && s.Sending[0].Answer && s.Sending[0].Sent == info.Size() && s.Sending[0].Size == info.Size()
	})
	h.stalled()
	h.host.Heal()
	h.until(o.Batch, "done", all(job.Done))
}
