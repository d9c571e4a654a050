package engine_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAnUploadFailsWhenItsAttemptsAreUsedUpAndBeginsAnewWhenItIsRetried(t *testing.T) {
	for most, want := range map[int]int{0: 8, 2: 2, 1: 1} {
		h := newHouse(t, chevtest.Config{}).start()
		h.host.Inject(chevtest.Fault{Kind: chevtest.ServerError, Times: -1})
		o := order(h.file("a.png", 1))
		o.MaxAttempts = most
		id := h.submit(o).Entries[0].Job
		rests := func(jobs []job.Job) bool { return jobs[0].State == job.Waiting || jobs[0].State == job.Failed }
		j := h.until(o.Batch, "waiting for another try", rests)[0]
		for ; j.State == job.Waiting; j = h.until(o.Batch, "waiting for another try", rests)[0] {
			if j.NotBefore.IsZero() || j.Failure == nil {
				t.Errorf("after %d tries it waits until %s because of %+v", j.Attempts, j.NotBefore, j.Failure)
			}
			h.retry(id)
		}
		if j.Attempts != want || j.Failure.Status != http.StatusInternalServerError {
			t.Errorf("at most %d: it failed after %d tries, want %d: %+v", most, j.Attempts, want, j.Failure)
		}
		h.host.Heal()
		h.retry(id)
		if j := h.until(o.Batch, "done", all(job.Done))[0]; j.Attempts != 1 || j.Failure != nil {
			t.Errorf("anew it is %+v", j)
		}
		h.stop()
	}
}

// retry has a job that waits, or has ended, tried again, unless its time has
// come by itself.
func (h *house) retry(id job.ID) {
	h.t.Helper()
	h.soon("it is tried again", func() bool {
		_, err := h.Steer(h.t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, IDs: []job.ID{id}})
		if err != nil && !errors.Is(err, job.ErrTransition) {
			h.t.Fatal(err)
		}
		if err == nil {
			return true
		}
		j, err := h.queue.Job(h.t.Context(), id)
		return err == nil && (j.State == job.Queued || j.State == job.Sending || j.State == job.Done)
	})
}

// later has a host that fails say when to come back.
type later struct{ seconds string }

func (l later) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusInternalServerError {
		answer.Header.Set("Retry-After", l.seconds)
	}
	return answer, err
}

func TestAHostThatFailsIsAskedNoSoonerThanItSays(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.change = func(cfg *engine.Config) { cfg.Transport = later{"7200"} }
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.ServerError})
	o := order(h.file("a.png", 1))
	h.submit(o)
	j := h.until(o.Batch, "waiting", all(job.Waiting))[0]
	if wait := time.Until(j.NotBefore); wait < 110*time.Minute || wait > 130*time.Minute {
		t.Errorf("it is tried again in %s, and the host says in two hours", wait)
	}
}

func TestABatchOfAllSortsCopiesWhatHasALinkInTheOrderGiven(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	before := order(h.file("known before.png", 2))
	h.submit(before)
	h.until(before.Batch, "done", all(job.Done))
	// One that the host has, and whose link is not known here.
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	lost := order(h.file("lost.png", 3))
	id := h.submit(lost).Entries[0].Job
	h.until(lost.Batch, "waiting, if its time has not come yet", func(jobs []job.Job) bool { return jobs[0].State == job.Waiting || jobs[0].State == job.Done })
	h.retry(id)
	h.until(lost.Batch, "done", all(job.Done))
	written := len(h.clipboard.written())

	broken := filepath.Join(h.dir, "files", "broken.png")
	if err := os.WriteFile(broken, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Match: "first.png", For: 200 * time.Millisecond})
	o := order(h.file("first.png", 1), h.file("known.png", 2), broken, h.file("duplicate.png", 3), h.file("last.png", 4), h.file("known again.png", 2))
	o.Link = job.LinkChoice{Template: "{{.URL}} is {{.Name}}"}
	h.submit(o)
	jobs := h.until(o.Batch, "all has ended", func(jobs []job.Job) bool {
		for _, j := range jobs {
			if j.State.Open() {
				return false
			}
		}
		return true
	})
	var want []string
	for i, outcome := range []job.Outcome{job.Uploaded, job.Known, "", job.Duplicate, job.Uploaded, job.Known} {
		if jobs[i].Outcome != outcome || (outcome == "") != (jobs[i].State == job.Failed) {
			t.Errorf("%s is %s %s, want %q", jobs[i].Name, jobs[i].State, jobs[i].Outcome, outcome)
		}
		if outcome == job.Uploaded || outcome == job.Known {
			want = append(want, jobs[i].Text())
		}
	}
	h.await("links on the clipboard", func() bool { return len(h.clipboard.written()) > written })
	got := h.clipboard.written()[written:]
	if len(got) != 1 || got[0] != strings.Join(want, "\n") || strings.Count(got[0], " is ") != 4 {
		t.Errorf("the clipboard was written %q, want once %q", got, want)
	}
	h.await("a notification that marks what did not go", func() bool {
		notes := h.notifier.shown()
		last := notes[len(notes)-1]
		return last.title == "4 links copied" && strings.HasSuffix(last.body, "; 2 failed")
	})
}

func TestWhatTheHostHasRefusedIsNotUncertain(t *testing.T) {
	for name, c := range map[string]struct {
		fault chevtest.Fault
		state job.State
	}{
		"too many requests": {chevtest.Fault{Kind: chevtest.TooMany, RetryAfter: time.Hour, Times: -1}, job.Queued},
		"locked out":        {chevtest.Fault{Kind: chevtest.LockedOut, Times: -1}, job.Queued},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, chevtest.Config{})
			h.store.s.Accounts[0].Ask = true
			h.start()
			h.host.Inject(c.fault)
			o := order(h.file("a.png", 1))
			h.submit(o)
			h.await("a closed gate", func() bool { return len(h.gates()) > 0 })
			if j := h.until(o.Batch, "at rest", func(jobs []job.Job) bool { return jobs[0].State != job.Sending })[0]; j.State != c.state || j.MaybeSent {
				t.Errorf("it is %s, maybe sent %v: %+v", j.State, j.MaybeSent, j.Failure)
			}
		})
	}
}

func TestAnAnswerThatIsMissingAsTheProgramEndsIsAskedAbout(t *testing.T) {
	for ask, want := range map[bool]job.State{true: job.Held, false: job.Queued} {
		h := newHouse(t, chevtest.Config{})
		h.store.s.Accounts[0].Ask = ask
		h.start()
		h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply})
		o := order(h.file("a.png", 1))
		h.submit(o)
		if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled == 1 }); err != nil {
			t.Fatal(err)
		}
		h.stop()
		h.inStore(o.Batch, func(jobs []job.Job) {
			if j := jobs[0]; j.State != want || !j.MaybeSent || j.Attempts != 0 {
				t.Errorf("where the person is asked: %v, it is %s, maybe sent %v, after %d attempts", ask, j.State, j.MaybeSent, j.Attempts)
			}
		})
	}
}

func TestRetryingAllMeansWhatHasFailedAndNotWhatWasGivenUp(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("gone.png", 1), h.file("given up.png", 2))
	h.pauseAll()
	r := h.submit(o)
	if err := os.Remove(filepath.Join(h.dir, "files", "gone.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbCancel, IDs: []job.ID{r.Entries[1].Job}}); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	h.until(o.Batch, "one has failed", func(jobs []job.Job) bool { return jobs[0].State == job.Failed })
	h.file("gone.png", 1)
	told, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry})
	if err != nil || len(told.IDs) != 1 || told.IDs[0] != r.Entries[0].Job {
		t.Errorf("retried are %v, %v", told.IDs, err)
	}
	if jobs := h.until(o.Batch, "it is done", func(jobs []job.Job) bool { return jobs[0].State == job.Done }); jobs[1].State != job.Canceled {
		t.Errorf("what was given up is %s", jobs[1].State)
	}
	// Named with its batch it is meant.
	if told, err = h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, Batch: o.Batch}); err != nil || len(told.IDs) != 1 {
		t.Errorf("of the batch retried are %v, %v", told.IDs, err)
	}
	h.until(o.Batch, "all is done", all(job.Done))
}
