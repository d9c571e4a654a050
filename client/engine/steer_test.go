package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

func TestHoldingWhatIsUnsentNeverHoldsWhatTheHostHas(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Off: true}}}).start()
	for round := range 4 {
		var paths []string
		for i := range 20 {
			paths = append(paths, h.file(fmt.Sprintf("%d-%d.png", round, i), round*100+i+1))
		}
		o := order(paths...)
		h.submit(o)
		for range 5 {
			if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, Batch: o.Batch, Unsent: true}); err != nil {
				t.Fatal(err)
			}
		}
		jobs := h.until(o.Batch, "nothing on its way", func(jobs []job.Job) bool {
			return !slices.ContainsFunc(jobs, func(j job.Job) bool { return j.State != job.Held && j.State != job.Done })
		})
		stored := map[string]bool{}
		for _, f := range h.host.Stored() {
			stored[f.Original] = true
		}
		for _, j := range jobs {
			if stored[j.Name] != (j.State == job.Done) {
				t.Errorf("%s is %s, and the host has it: %v", j.Name, j.State, stored[j.Name])
			}
		}
	}
}

func TestRemovingWithoutNamesLeavesTheHistory(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	bad := filepath.Join(h.dir, "files", "words.png")
	if err := os.WriteFile(bad, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order(h.file("good.png", 1), bad)
	h.submit(o)
	h.until(o.Batch, "both ended", func(jobs []job.Job) bool {
		return !slices.ContainsFunc(jobs, func(j job.Job) bool { return j.State.Open() })
	})
	done, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRemove})
	if err != nil || len(done.IDs) != 1 {
		t.Fatalf("removed %v, %v; want the failed one", done.IDs, err)
	}
	page, err := h.Jobs(t.Context(), uploader.JobsRequest{})
	if err != nil || page.Total != 1 || page.Jobs[0].Name != "good.png" {
		t.Errorf("left: %+v, %v", page, err)
	}
}

func TestGivingAHeldFileAgainLetsItGo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	path := h.file("a.png", 1)
	first := order(path)
	h.submit(first)
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, Batch: first.Batch}); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	again := order(path)
	if r := h.submit(again); !r.Entries[0].Joined {
		t.Errorf("the second is a job of its own: %+v", r.Entries[0])
	}
	h.until(again.Batch, "done", all(job.Done))
	h.until(first.Batch, "done in the first batch too", all(job.Done))
}

func TestWhatAnotherRunWantsIsNotHeldWithTheFirst(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	both := h.file("both.png", 1)
	first, second := order(both, h.file("first.png", 2)), order(both, h.file("second.png", 3))
	h.submit(first)
	if r := h.submit(second); !r.Entries[0].Joined {
		t.Fatalf("the same file is a job of its own: %+v", r.Entries[0])
	}
	keepBack := func(o uploader.Order, want int) {
		t.Helper()
		held, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, Batch: o.Batch, Unsent: true})
		if err != nil || len(held.IDs) != want {
			t.Fatalf("held %v, %v; want %d", held.IDs, err, want)
		}
	}
	keepBack(first, 1) // Ctrl-C in the first: the second still wants the file
	keepBack(second, 2)
	h.resumeAll()
	again := order(both)
	h.submit(again)
	h.until(again.Batch, "done", all(job.Done))
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want the one that was given again", n)
	}
}

func TestARemovedAccountSendsNothingMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Workers = 1
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply})
	o := order(h.file("1.png", 1), h.file("2.png", 2), h.file("3.png", 3))
	h.submit(o)
	h.stalled()
	if _, err := h.RemoveAccount(t.Context(), uploader.AccountRequest{Account: "main"}); err != nil {
		t.Fatal(err)
	}
	h.host.Heal()
	h.until(o.Batch, "the one on its way done", func(jobs []job.Job) bool { return jobs[0].State == job.Done })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want the one that was on its way", n)
	}
	if len(h.keys.keys) != 0 {
		t.Errorf("keys left in the keyring: %d", len(h.keys.keys))
	}
}

func TestALateRefusalOfTheOldKeyDoesNotShutOutTheNewOne(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	for id := range h.keys.keys {
		h.keys.keys[id] = client.NewKey("chv_wrong_key")
	}
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100})
	path := filepath.Join(h.dir, "files", "large.png")
	if err := os.WriteFile(path, largePicture(), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order(path)
	h.submit(o)
	h.stalled() // on its way with the old key
	if _, err := h.AddAccount(t.Context(), uploader.Candidate{Account: h.store.s.Accounts[0], Key: client.NewKey(h.host.Key)}); err != nil {
		t.Fatal(err)
	}
	h.host.Heal() // now the host refuses the old key
	h.until(o.Batch, "done with the new key", all(job.Done))
}

func TestPlainHTTPIsRefusedBeforeAnythingIsQueued(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	o.Server = &uploader.Server{Address: "http://pictures.example", Key: client.NewKey("k")}
	if _, err := h.Submit(t.Context(), o); !isInvalid(err) {
		t.Errorf("plain http: %v", err)
	}
	if s, err := h.Snapshot(t.Context(), uploader.None{}); err != nil || s.Open() != 0 {
		t.Errorf("something was queued: %+v, %v", s.Counts, err)
	}
}

func TestAnErrorPageAfterTheWholeBodyIsHeldWhenTheAccountSaysAsk(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Accounts[0].Ask = true
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.SystemError, Store: true})
	o := order(h.file("a.png", 1))
	h.submit(o)
	if j := h.until(o.Batch, "held", all(job.Held))[0]; !j.MaybeSent {
		t.Errorf("not marked as maybe sent: %+v", j)
	}
}

func TestSeveralSendersTellOneRefusalOnce(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Maintenance: true}}).start()
	o := order(h.file("1.png", 1), h.file("2.png", 2), h.file("3.png", 3))
	h.submit(o)
	h.until(o.Batch, "all back in the queue", func(jobs []job.Job) bool {
		_, closed := h.gates()[job.GateUnavailable]
		return closed && all(job.Queued)(jobs)
	})
	if wait := time.Until(h.gates()[job.GateUnavailable].Until); wait > time.Minute {
		t.Errorf("asked again in %v, want within the first minute", wait)
	}
}

func TestResumeDoesNotWaitOutALongThrottle(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Workers = 1
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.TooMany, RetryAfter: time.Hour})
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate throttled", func() bool { _, ok := h.gates()[job.GateThrottled]; return ok })
	h.resumeAll()
	h.until(o.Batch, "done", all(job.Done))
}

func TestABatchIsToldBeforeTheEngineIsDrained(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.until(o.Batch, "on its way or done", func(jobs []job.Job) bool { return jobs[0].State != job.Queued })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	view, err := h.Batch(t.Context(), uploader.BatchRequest{Batch: o.Batch})
	if err != nil || !view.Batch.Told || len(h.clipboard.written()) != 1 {
		t.Errorf("told %v, clipboard %q, %v", view.Batch.Told, h.clipboard.written(), err)
	}
}

func TestABatchThatEndedUntoldIsToldByTheNextEngine(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	o.Copy, o.Notify = false, false
	h.submit(o)
	done := h.until(o.Batch, "done", all(job.Done))[0]
	h.stop()
	// As a crash between answer and clipboard leaves it: done, and not told.
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(h.dir, "queue.db")})
	if err != nil {
		t.Fatal(err)
	}
	late := job.Batch{ID: job.NewBatchID(), Copy: true, Notify: true, Added: time.Now()}
	added, err := q.Add(t.Context(), late, []queue.New{{
		Account: done.Account, Path: h.file("b.png", 1), Input: "b.png", Name: "b.png", File: done.File, Link: done.Link,
	}})
	if err == nil {
		_, err = q.Move(t.Context(), added[0].ID, job.Succeed, queue.Update{Outcome: job.Known, Image: done.Image})
	}
	if err = errors.Join(err, q.Close()); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if len(h.clipboard.written()) != 0 {
		t.Errorf("an old link went to the clipboard: %q", h.clipboard.written())
	}
}

func TestASecondEqualCaptureLeavesNothingInTheSpool(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	for range 2 {
		o := order()
		if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: o, Shot: uploader.ShotAll}); err != nil {
			t.Fatal(err)
		}
		h.until(o.Batch, "done", all(job.Done))
	}
	h.await("spool emptied", func() bool {
		left, err := os.ReadDir(filepath.Join(h.dir, "spool"))
		return err == nil && len(left) == 0
	})
}

func TestARefusedCaptureLeavesNothingInTheSpool(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order()
	o.Account = "nobody"
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: o, Shot: uploader.ShotAll}); !errors.Is(err, uploader.ErrNoAccount) {
		t.Fatalf("capture for nobody: %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(h.dir, "spool")); err != nil || len(left) != 0 {
		t.Errorf("spool holds %v, %v", left, err)
	}
}

func TestAFileThatIsEmptyForAMomentIsWaitedFor(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	h.until(o.Batch, "looked at while empty", func(jobs []job.Job) bool { return jobs[0].State == job.Sending || jobs[0].Changes > 0 })
	if err := os.WriteFile(path, picture(2), 0o600); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
}

func TestAFolderTakenOutOfTheSettingsByHandIsNewWhenItIsAddedAgain(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	h.stop()
	h.store.s.Folders = nil
	h.save(filepath.Join(dir, "meanwhile.png"), 1)
	h.start()
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "new.png"), 2)
	h.done("new.png")
}

func TestAFolderAddedWhileItIsLentIsWatchedAfterTheLoan(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	ctx, cancel := context.WithCancel(t.Context())
	lent := make(chan error, 1)
	go func() {
		_, err := h.Lend(ctx, uploader.Lent{ID: "run", Folder: uploader.Folder{Path: dir}})
		lent <- err
	}()
	state := func(lent bool) func() bool {
		return func() bool {
			s, err := h.Snapshot(t.Context(), uploader.None{})
			return err == nil && len(s.Folders) == 1 && s.Folders[0].Lent == lent && s.Folders[0].State == uploader.FolderWatching
		}
	}
	h.await("lent", state(true))
	if _, err := h.Lend(t.Context(), uploader.Lent{ID: "other", Folder: uploader.Folder{Path: dir}}); !isInvalid(err) || !strings.Contains(err.Error(), "watched already") {
		t.Errorf("lent twice: %v", err)
	}
	h.addFolder(uploader.Folder{Path: dir})
	cancel()
	<-lent
	h.await("watched for good", state(false))
	h.save(filepath.Join(dir, "a.png"), 1)
	h.done("a.png")
}
