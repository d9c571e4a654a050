package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestJobsWaitForTheKeyAndGoWhenItComes(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	clear(h.keys.keys)
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate no_key", func() bool { _, ok := h.gates()[job.GateNoKey]; return ok })
	if j := h.until(o.Batch, "back in the queue", all(job.Queued))[0]; j.Attempts != 0 {
		t.Errorf("attempts spent: %d", j.Attempts)
	}
	_, err := h.AddAccount(t.Context(), uploader.Candidate{Account: h.store.s.Accounts[0], Key: client.NewKey(h.host.Key)})
	if err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
}

func TestAWrongKeyClosesTheGateAndSendsNothingMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	for id := range h.keys.keys {
		h.keys.keys[id] = client.NewKey("chv_wrong_key")
	}
	h.start()
	o := order(h.file("a.png", 1), h.file("b.png", 2), h.file("c.png", 3), h.file("d.png", 4), h.file("e.png", 5))
	h.submit(o)
	h.await("gate no_key", func() bool { _, ok := h.gates()[job.GateNoKey]; return ok })
	h.until(o.Batch, "all back in the queue", all(job.Queued))
	if n := len(h.host.Uploads()); n > 4 {
		t.Errorf("host saw %d uploads, want at most one for each sender", n)
	}
	if err := uploader.ExplainGate(h.gates()[job.GateNoKey]); !strings.Contains(err.Headline, "key") {
		t.Errorf("gate is explained as %q", err.Headline)
	}
}

func TestALockedKeyringIsNotAMissingKey(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.keys.down = fmt.Errorf("keyring: %w", context.DeadlineExceeded)
	h.start()
	h.submit(order(h.file("a.png", 1)))
	h.await("gate no_key", func() bool { _, ok := h.gates()[job.GateNoKey]; return ok })
	g := h.gates()[job.GateNoKey]
	if g.Failure.Code != job.CodeKeyring || g.Until.IsZero() {
		t.Errorf("gate is %+v, want one that asks the keyring again", g)
	}
}

func TestAnUnreachableHostIsLookedForAndTheJobGoesOn(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	address := strings.TrimPrefix(h.host.URL, "http://")
	if err := h.host.Close(); err != nil {
		t.Fatal(err)
	}
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate offline", func() bool { _, ok := h.gates()[job.GateOffline]; return ok })
	if j := h.until(o.Batch, "back in the queue", all(job.Queued))[0]; j.Attempts != 0 {
		t.Errorf("attempts spent: %d", j.Attempts)
	}
	back, err := chevtest.Listen(address, chevtest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	h.until(o.Batch, "done", all(job.Done))
	if gates := h.gates(); len(gates) != 0 {
		t.Errorf("gates still closed: %v", slices.Collect(maps.Keys(gates)))
	}
}

func TestAFloodLimitIsWaitedOut(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Minute: 2}}})
	h.store.s.Workers = 1
	h.start()
	o := order(h.file("1.png", 1), h.file("2.png", 2), h.file("3.png", 3), h.file("4.png", 4))
	before := time.Now()
	h.submit(o)
	h.await("gate throttled", func() bool { _, ok := h.gates()[job.GateThrottled]; return ok })
	g := h.gates()[job.GateThrottled]
	if wait := g.Until.Sub(before); wait < 50*time.Second || wait > 70*time.Second {
		t.Errorf("waits %v, want about the minute that the host named", wait)
	}
	h.await("two links on the clipboard", func() bool {
		w := h.clipboard.written()
		return len(w) == 1 && strings.Count(w[0], "\n") == 1
	})
}

func TestAHostInMaintenanceIsUnavailableAndAskedAgainOnResume(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Maintenance: true}}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate unavailable", func() bool { _, ok := h.gates()[job.GateUnavailable]; return ok })
	if err := h.host.Change(func(s *chevtest.Site) { s.Maintenance = false }); err != nil {
		t.Fatal(err)
	}
	h.resumeAll()
	h.until(o.Batch, "done", all(job.Done))
}

func TestAPauseHoldsEverythingAlsoAfterARestart(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.stop()
	h.start()
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || !s.Paused || s.Counts[job.Queued] != 1 {
		t.Fatalf("after the restart: %+v, %v", s, err)
	}
	h.resumeAll()
	h.until(o.Batch, "done", all(job.Done))
	if got := h.clipboard.written(); len(got) != 0 {
		t.Errorf("a link of before the restart went to the clipboard: %q", got)
	}
	h.await("notification with Copy", func() bool { return len(h.notifier.shown()) == 1 })
	n := h.notifier.shown()[0]
	if n.title != "Uploaded" || len(n.actions) == 0 || n.actions[0][0] != "copy" {
		t.Fatalf("notification is %+v", n)
	}
	n.chosen("copy")
	if got := h.clipboard.written(); len(got) != 1 {
		t.Errorf("Copy of the notification wrote %q", got)
	}
}

// Whoever edits the settings by hand may take an account out and put it back.
func TestAnAccountThatComesBackIntoTheSettingsIsStillPaused(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	pause := func(name string) {
		if _, err := h.Pause(t.Context(), uploader.AccountRequest{Account: name}); err != nil {
			t.Fatal(err)
		}
	}
	pause("main")
	o := order(h.file("a.png", 1))
	h.submit(o)
	whole, _, err := h.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []uploader.Settings{{}, whole} {
		if err := h.store.Save(s); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Settings(t.Context(), uploader.None{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, paused := h.gates()[job.GatePaused]; !paused {
		t.Fatalf("its gates are %v", h.gates())
	}
	h.stop()
	h.start()
	if _, paused := h.gates()[job.GatePaused]; !paused {
		t.Fatalf("after a restart its gates are %v", h.gates())
	}
	h.resumeAll()
	h.until(o.Batch, "done", all(job.Done))
}

func TestANoticeThatIsSaidAgainIsNoChange(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.pauseAll()
	revision := func() uint64 {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		if err != nil {
			t.Fatal(err)
		}
		return s.Revision
	}
	n := uploader.Notice{ID: "config-unknown", Headline: "The settings file has names that mean nothing: wrokers"}
	h.Notice(n)
	before := revision()
	h.Notice(n)
	if revision() != before {
		t.Error("everybody is told to look again")
	}
	n.Hint = "look for typing mistakes"
	h.Notice(n)
	if revision() == before {
		t.Error("what is new is not told")
	}
}

func TestNothingGivenUnderOneKeyLeavesUnderAnother(t *testing.T) {
	h := newHouse(t, chevtest.Config{Keys: map[string]chevtest.User{
		"chv_one_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": {Name: "one"},
		"chv_two_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": {Name: "two"},
	}})
	h.start()
	h.pauseAll()
	server := func(key string) *uploader.Server {
		return &uploader.Server{Address: h.host.URL, Key: client.NewKey(key)}
	}
	one := order(h.file("a.png", 1))
	one.Server = server("chv_one_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	h.submit(one)
	h.stop()
	h.start() // the first key is gone with the process
	h.resumeAll()
	two := order(h.file("b.png", 2))
	two.Server = server("chv_two_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	h.submit(two)
	h.until(two.Batch, "done under the second key", all(job.Done))
	h.until(one.Batch, "still waiting for its own key", all(job.Queued))
	one.Items[0].Path = h.file("c.png", 3)
	later := order(h.file("d.png", 4))
	later.Server = one.Server
	h.submit(later) // the first key is given again
	h.until(one.Batch, "done under the first key", all(job.Done))
	for _, f := range h.host.Stored() {
		if want := map[string]string{"a.png": "one", "b.png": "two", "d.png": "one"}[f.Original]; f.User != want {
			t.Errorf("%s left under the key of %s, want %s", f.Original, f.User, want)
		}
	}
}

func TestWhatIsClaimedAheadIsQueuedForEverybodyWhoAsks(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Times: -1})
	h.start()
	var paths []string
	for i := range 12 {
		paths = append(paths, h.file(string(rune('a'+i))+".png", i))
	}
	o := order(paths...)
	h.submit(o)
	if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled == 4 }); err != nil {
		t.Fatal(err)
	}
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || s.Counts[job.Sending] != 4 || s.Counts[job.Queued] != 8 || len(s.Sending) != 4 {
		t.Errorf("counts are %v with %d on their way (%v)", s.Counts, len(s.Sending), err)
	}
	view, err := h.Batch(t.Context(), uploader.BatchRequest{Batch: o.Batch})
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range view.Jobs {
		want, attempts := job.Sending, 1
		if i >= 4 {
			want, attempts = job.Queued, 0
		}
		if j.State != want || j.Attempts != attempts {
			t.Errorf("%s is %s after %d attempts, want %s after %d", j.Name, j.State, j.Attempts, want, attempts)
		}
	}
	// Held, they do not go; what is on its way ends.
	steered, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, Batch: o.Batch, Unsent: true})
	if err != nil || len(steered.IDs) != 8 {
		t.Errorf("held are %d, want 8 (%v)", len(steered.IDs), err)
	}
	h.host.Heal()
	h.until(o.Batch, "four done and eight held", func(jobs []job.Job) bool {
		n := map[job.State]int{}
		for _, j := range jobs {
			n[j.State]++
		}
		return n[job.Done] == 4 && n[job.Held] == 8
	})
	if n := len(h.host.Stored()); n != 4 {
		t.Errorf("the host has %d files", n)
	}
}

func TestWhatIsClaimedAheadIsGivenBackAtTheEnd(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Times: -1})
	h.start()
	var paths []string
	for i := range 12 {
		paths = append(paths, h.file(string(rune('a'+i))+".png", i))
	}
	o := order(paths...)
	h.submit(o)
	if err := h.host.Await(t.Context(), func(s chevtest.Stats) bool { return s.Stalled == 4 }); err != nil {
		t.Fatal(err)
	}
	h.stop()
	h.host.Heal()
	h.inStore(o.Batch, func(jobs []job.Job) {
		for i, j := range jobs {
			if want := i < 4; j.State != job.Queued || j.MaybeSent != want {
				t.Errorf("%s is %s, perhaps sent: %v, want queued and %v", j.Name, j.State, j.MaybeSent, want)
			}
		}
	})
}
