package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAFileThatCannotBeTakenIsToldAndTheOthersGo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	empty := filepath.Join(h.dir, "files", "empty.png")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(h.dir, "files", "link.png")
	if err := os.Symlink(h.file("target.png", 7), link); err != nil {
		t.Fatal(err)
	}
	o := order(filepath.Join(h.dir, "nothing.png"), h.dir, empty, link, h.file("ok.png", 1))
	r := h.submit(o)
	for i, code := range []string{job.CodeMissing, job.CodeDirectory, job.CodeEmpty, job.CodeIrregular} {
		if f := r.Entries[i].Failure; f == nil || f.Code != code || f.Kind != client.KindLocalFile {
			t.Errorf("entry %d: %+v, want %s", i, f, code)
		}
	}
	if r.Entries[4].Failure != nil || r.Entries[4].Job == 0 {
		t.Errorf("the good file: %+v", r.Entries[4])
	}
	h.until(o.Batch, "the good one done", all(job.Done))
}

func TestAnOrderGivenAgainFindsItsBatch(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(filepath.Join(h.dir, "nothing.png"), h.file("a.png", 1), h.file("b.png", 2))
	first := h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	again := h.submit(o)
	for i := range first.Entries {
		if first.Entries[i].Job != again.Entries[i].Job || (first.Entries[i].Failure == nil) != (again.Entries[i].Failure == nil) {
			t.Errorf("entry %d: first %+v, again %+v", i, first.Entries[i], again.Entries[i])
		}
	}
	if n := len(h.host.Stored()); n != 2 {
		t.Errorf("host has %d files, want 2", n)
	}
}

func TestAFileThatChangedSinceItWasGivenIsSentAsItIsNow(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	if err := os.WriteFile(path, picture(77777), 0o600); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	j := h.until(o.Batch, "done", all(job.Done))[0]
	content, err := h.host.Content(j.Image.ID)
	if err != nil || string(content) != string(picture(77777)) {
		t.Errorf("host has other bytes than the file: %v", err)
	}
	if j.Changes != 1 || j.Attempts != 1 {
		t.Errorf("changes %d, attempts %d", j.Changes, j.Attempts)
	}
	if n := len(h.host.Uploads()); n != 1 {
		t.Errorf("the host was sent %d files, and the first was another one than was given", n)
	}
}

func TestAFileThatIsGoneFailsAndSaysSo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	if j := h.until(o.Batch, "failed", all(job.Failed))[0]; j.Failure.Code != job.CodeMissing {
		t.Errorf("failure is %+v", j.Failure)
	}
}

func TestAHandedOffTemporaryFileIsSpooledAndTheSpoolIsEmptiedAfterwards(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	path := h.file("a.png", 1) // under the system's directory for temporary files
	o := order(path)
	o.HandOff = true
	h.submit(o)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if j.Name != "a.png" || !j.Spooled {
		t.Errorf("job is %+v", j)
	}
	h.await("spool emptied", func() bool {
		left, err := os.ReadDir(filepath.Join(h.dir, "spool"))
		return err == nil && len(left) == 0
	})
	if _, err := h.Thumb(t.Context(), uploader.JobRequest{ID: j.ID}); err != nil {
		t.Errorf("no preview of a spooled picture: %v", err)
	}
}

func TestACaptureIsUploadedFromTheSpool(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order()
	save := filepath.Join(h.dir, "saved.png")
	r, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: o, Shot: uploader.ShotAll, Save: save})
	if err != nil || r.Saved != save {
		t.Fatalf("capture: %+v, %v", r, err)
	}
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if !strings.HasPrefix(j.Name, "screenshot-") || j.Via != job.ViaCapture {
		t.Errorf("job is %+v", j)
	}
	if data, err := os.ReadFile(save); err != nil || string(data) != string(picture(1000)) {
		t.Errorf("saved copy differs: %v", err)
	}
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: order(), Shot: uploader.ShotScreen, Screen: 2}); !isInvalid(err) {
		t.Errorf("screen 2 of 1: %v", err)
	}
}

func isInvalid(err error) bool {
	var ce *client.Error
	return errors.As(err, &ce) && ce.Kind == client.KindInvalid
}

func TestTheClipboardIsUploadedAsFilesPictureOrURL(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.SubmitClipboard(t.Context(), order()); !errors.Is(err, uploader.ErrNothing) {
		t.Errorf("an empty clipboard: %v", err)
	}
	h.clipboard.texts = []string{"just some words"}
	if _, err := h.SubmitClipboard(t.Context(), order()); !errors.Is(err, uploader.ErrNothing) {
		t.Errorf("text that is no URL: %v", err)
	}
	h.clipboard.image = picture(5)
	o := order()
	if _, err := h.SubmitClipboard(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if j := h.until(o.Batch, "picture done", all(job.Done))[0]; !strings.HasPrefix(j.Name, "clipboard-") || !strings.HasSuffix(j.Name, ".png") {
		t.Errorf("picture is named %q", j.Name)
	}
	h.clipboard.files = []string{h.file("x.png", 8), h.file("y.png", 9)}
	o = order()
	if _, err := h.SubmitClipboard(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if jobs := h.until(o.Batch, "files done", all(job.Done)); len(jobs) != 2 {
		t.Errorf("%d jobs, want 2", len(jobs))
	}
}

func TestAClipboardThatKeepsNothingIsNotCalledCopied(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.clipboard.deaf = true
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; strings.Contains(n.title, "copied") {
		t.Errorf("notification claims %q", n.title)
	}
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(s.Notices) != 1 || s.Notices[0].ID != "clipboard" {
		t.Errorf("notices: %+v, %v", s.Notices, err)
	}
}

func TestBadParametersAreRefusedBeforeAnythingIsQueued(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	for name, change := range map[string]func(*uploader.Order){
		"a template that cannot be read": func(o *uploader.Order) { o.Link.Template = "{{" },
		"an expiration that is none":     func(o *uploader.Order) { o.Params.Expiration = "tomorrow" },
		"a tag with a comma":             func(o *uploader.Order) { o.Params.Tags = []string{"a,b"} },
	} {
		o := order(h.file("a.png", 1))
		change(&o)
		if _, err := h.Submit(t.Context(), o); !isInvalid(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := order(h.file("a.png", 1))
	o.Account = "nobody"
	if _, err := h.Submit(t.Context(), o); !errors.Is(err, uploader.ErrNoAccount) {
		t.Errorf("an unknown account: %v", err)
	}
	if s, err := h.Snapshot(t.Context(), uploader.None{}); err != nil || s.Open() != 0 {
		t.Errorf("something was queued: %+v, %v", s.Counts, err)
	}
}
