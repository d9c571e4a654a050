package engine_test

import (
	"errors"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// twice uploads the same bytes two times, and returns the second job and how
// many uploads the host saw.
func (h *house) twice(first, second client.Params) (job.Job, int) {
	h.t.Helper()
	var last job.Job
	for i, p := range []client.Params{first, second} {
		o := order(h.file([]string{"a.png", "b.png"}[i], 1))
		o.Params = p
		h.submit(o)
		last = h.until(o.Batch, "ended", func(jobs []job.Job) bool { return !jobs[0].State.Open() })[0]
	}
	return last, len(h.host.Uploads())
}

func TestAKnownLinkStandsOnlyForWhatWasSentInTheSameWay(t *testing.T) {
	plain := client.Params{}
	for name, c := range map[string]struct {
		first, second client.Params
		known         bool
	}{
		"nothing differs":             {plain, plain, true},
		"the title differs":           {client.Params{Title: "a"}, client.Params{Title: "b"}, true},
		"to another album":            {plain, client.Params{Album: "abc"}, false},
		"out of an album":             {client.Params{Album: "abc"}, plain, false},
		"to the same album":           {client.Params{Album: "abc"}, client.Params{Album: "abc"}, true},
		"narrower":                    {plain, client.Params{Width: 32}, false},
		"not safe for work":           {plain, client.Params{NSFW: true}, false},
		"safe for work":               {client.Params{NSFW: true}, plain, false},
		"for a while":                 {plain, client.Params{Expiration: "P1D"}, false},
		"for good":                    {client.Params{Expiration: "P1D"}, plain, false},
		"for as long, but from later": {client.Params{Expiration: "P1D"}, client.Params{Expiration: "P1D"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, chevtest.Config{}).start()
			j, uploads := h.twice(c.first, c.second)
			if known := j.Outcome == job.Known; known != c.known || (uploads == 1) != c.known {
				t.Errorf("the second is %s (%+v), the host saw %d uploads", j.Outcome, j.Failure, uploads)
			}
		})
	}
}

func TestWhoWantsAllSentAgainHasTheHostSayWhatItKnows(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.SendAgain = true
	h.start()
	j, uploads := h.twice(client.Params{}, client.Params{})
	if uploads != 2 {
		t.Errorf("the host saw %d uploads", uploads)
	}
	// It says that it has these bytes; their link is in our history.
	if j.Outcome != job.Known || j.Text() == "" {
		t.Errorf("the second is %s with %q", j.Outcome, j.Text())
	}
}

func TestAHeldFileThatMayBeThereAlreadyIsNotSentBecauseItIsGivenAgain(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Accounts[0].Ask = true
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	h.until(o.Batch, "held", all(job.Held))
	again := order(path)
	if r := h.submit(again); !r.Entries[0].Joined {
		t.Fatalf("it was not joined: %+v", r)
	}
	if j := h.until(again.Batch, "held still", all(job.Held))[0]; !j.MaybeSent {
		t.Errorf("it is %+v", j)
	}
	if n := len(h.host.Uploads()); n != 1 {
		t.Errorf("the host saw %d uploads", n)
	}
}

func TestTheLinkIsThatOfTheOrderElseOfTheAccountElseOfTheSettings(t *testing.T) {
	viewer, short, thumb := job.LinkChoice{Kind: client.LinkViewer}, job.LinkChoice{Kind: client.LinkShort}, job.LinkChoice{Kind: client.LinkThumb}
	for name, c := range map[string]struct{ settings, account, order, want job.LinkChoice }{
		"nobody says":         {want: job.LinkChoice{Kind: client.LinkDirect}},
		"the settings say":    {settings: viewer, want: viewer},
		"the account says":    {settings: viewer, account: short, want: short},
		"the order says":      {settings: viewer, account: short, order: thumb, want: thumb},
		"order over settings": {settings: viewer, order: thumb, want: thumb},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, chevtest.Config{})
			h.store.s.Link, h.store.s.Accounts[0].Link = c.settings, c.account
			h.start()
			h.pauseAll()
			o := order(h.file("a.png", 1))
			o.Link = c.order
			h.submit(o)
			if j := h.until(o.Batch, "queued", all(job.Queued))[0]; j.Link != c.want {
				t.Errorf("its link is %+v, want %+v", j.Link, c.want)
			}
		})
	}
}

func TestAKeyThatCameIntoTheKeyringIsReadAtOnceOnResume(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	id := h.store.s.Accounts[0].ID()
	key := h.keys.keys[id]
	delete(h.keys.keys, id)
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate no_key", func() bool { _, shut := h.gates()[job.GateNoKey]; return shut })
	if err := h.keys.Set(t.Context(), id, key); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{Account: "main"}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
}

func TestAFileThatWasDeletedBeforeItsBatchWasToldIsNoFailure(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Match: "b.png"})
	o := order(h.file("a.png", 1), h.file("b.png", 2))
	h.submit(o)
	first := h.until(o.Batch, "the first is done", func(jobs []job.Job) bool { return jobs[0].State == job.Done })[0]
	if _, err := h.DeleteOnHost(t.Context(), uploader.JobRequest{ID: first.ID}); err != nil {
		t.Fatal(err)
	}
	h.host.Heal()
	second := h.until(o.Batch, "all is done", all(job.Done))[1]
	h.await("a notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; n.title != "Link copied" || n.body != "b.png" {
		t.Errorf("notification says %q, %q", n.title, n.body)
	}
	if got := h.clipboard.written(); len(got) != 1 || got[0] != second.Text() {
		t.Errorf("the clipboard was written %q", got)
	}
}

func TestAWidthThatAPictureHasNotIsRefusedBeforeAnythingIsQueued(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1), h.file("b.png", 2)) // 64 wide
	o.Params.Width = 65
	var ce *client.Error
	if _, err := h.Submit(t.Context(), o); !errors.As(err, &ce) || ce.Kind != client.KindInvalid || !strings.Contains(ce.Message, "a.png") {
		t.Errorf("the answer is %v", err)
	}
	if s, err := h.Snapshot(t.Context(), uploader.None{}); err != nil || s.Counts[job.Queued]+s.Counts[job.Sending]+s.Counts[job.Done] != 0 {
		t.Errorf("in the queue are %v, %v", s.Counts, err)
	}
}
