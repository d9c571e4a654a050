package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestABatchKeepsItsNumberAtOnceHoweverBusyTheEngineIs(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	done := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				h.LookAgain() // the dispatcher looks for jobs all the time
			}
		}
	})
	defer busy.Wait()
	defer close(done)
	for round := range 6 {
		h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Times: -1})
		var paths []string
		for i := range 3 {
			paths = append(paths, h.file(fmt.Sprintf("%d-%d.png", round, i), 10*round+i))
		}
		o := order(paths...)
		o.Jobs = 1
		r := h.submit(o)
		if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled > 0 }); err != nil {
			t.Fatal(err)
		}
		s, err := h.Snapshot(t.Context(), uploader.None{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range s.Sending { // an earlier batch's last one may be told of still
			if slices.ContainsFunc(r.Entries, func(e uploader.Entry) bool { return e.Job == p.ID }) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("round %d: %d are on their way, want 1", round, n)
		}
		h.host.Heal()
		h.until(o.Batch, "done", all(job.Done))
	}
}

func TestOfACancelAndAnAnswerAtTheSameMomentOneIsTold(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	for round := range 25 {
		h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply})
		o := order(h.file(fmt.Sprintf("%d.png", round), round))
		id := h.submit(o).Entries[0].Job
		if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled == 1 }); err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(h.host.Heal)
		var told uploader.Steered
		both.Go(func() {
			for range round * 20 { // a little later each time
				_ = h.host.Stats()
			}
			told, _ = h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbCancel, IDs: []job.ID{id}})
		})
		both.Wait()
		j := h.until(o.Batch, "ended", func(jobs []job.Job) bool { return !jobs[0].State.Open() })[0]
		switch canceled := slices.Contains(told.IDs, id); {
		case canceled && (j.State != job.Canceled || !j.MaybeSent):
			t.Errorf("round %d: told to be canceled, but it is %s, maybe sent %v, %q", round, j.State, j.MaybeSent, j.Text())
		case !canceled && (j.State != job.Done || j.Text() == ""):
			t.Errorf("round %d: told not to be canceled, but it is %s with %q", round, j.State, j.Text())
		}
	}
}

// slowNotifier shows nothing until it is let go.
type slowNotifier struct{ asked, letGo chan struct{} }

func (s *slowNotifier) Notify(ctx context.Context, _, _ string, _ [][2]string, _ func(string)) error {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	select {
	case <-s.letGo:
	case <-ctx.Done():
	}
	return nil
}

// firstLarge holds up the first large request until it is let go.
type firstLarge struct {
	once  sync.Once
	letGo chan struct{}
}

func (f *firstLarge) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength > 100<<10 {
		f.once.Do(func() { <-f.letGo })
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestAJobThatIsSentAgainWhileItIsToldOfIsOnItsWayForEverybody(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	slow := &slowNotifier{asked: make(chan struct{}, 1), letGo: make(chan struct{})}
	large := &firstLarge{letGo: make(chan struct{})}
	h.change = func(cfg *engine.Config) { cfg.Notifier, cfg.Transport = slow, large }
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.ServerError, Match: "b.png"})
	path := filepath.Join(h.dir, "files", "b.png")
	if err := os.WriteFile(path, append(bigPicture(t), make([]byte, 200<<10)...), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order(h.file("a.png", 1), path)
	id := h.submit(o).Entries[1].Job
	h.await("only the second is on its way", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && s.Counts[job.Done] == 1 && len(s.Sending) == 1
	})
	close(large.letGo) // so that its sender tells of both
	<-slow.asked
	h.until(o.Batch, "one waits", func(jobs []job.Job) bool { return jobs[1].State == job.Waiting })
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Match: "b.png"})
	for _, step := range []struct {
		verb  uploader.Verb
		after job.State
	}{{uploader.VerbHold, job.Held}, {uploader.VerbRelease, ""}} {
		if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: step.verb, IDs: []job.ID{id}}); err != nil {
			t.Fatalf("what waits while it is told of, on %s: %v", step.verb, err)
		}
		if j, err := h.queue.Job(t.Context(), id); err != nil || step.after != "" && j.State != step.after {
			t.Errorf("after %s it is %s, %v", step.verb, j.State, err)
		}
	}
	if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled == 1 }); err != nil {
		t.Fatal(err)
	}
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil {
		t.Fatal(err)
	}
	close(slow.letGo)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if _, err := h.Changes(ctx, uploader.Since{Revision: s.Revision}); err != nil { // the first sender has gone
		t.Fatal(err)
	}
	if s, err = h.Snapshot(t.Context(), uploader.None{}); err != nil || len(s.Sending) != 1 || s.Sending[0].ID != id {
		t.Errorf("on their way are %+v, %v", s.Sending, err)
	}
	told, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbCancel, IDs: []job.ID{id}})
	if err != nil || len(told.IDs) != 1 {
		t.Errorf("canceled: %v, %v", told, err)
	}
	j := h.until(o.Batch, "canceled", func(jobs []job.Job) bool { return jobs[1].State == job.Canceled })[1]
	if !j.MaybeSent {
		t.Error("the host may have it, which is not said")
	}
	if err := h.host.Await(ctx, func(s chevtest.Stats) bool { return s.Stalled == 0 }); err != nil {
		t.Errorf("it is still sent: %v", err)
	}
}
