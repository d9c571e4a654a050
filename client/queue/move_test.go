package queue_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// ways leads a fresh job to every state.
var ways = map[job.State][]job.Event{
	job.Queued:   {},
	job.Held:     {job.Hold},
	job.Sending:  {job.Claim},
	job.Waiting:  {job.Claim, job.Retry},
	job.Done:     {job.Claim, job.Succeed},
	job.Failed:   {job.Claim, job.Fail},
	job.Canceled: {job.Cancel},
}

// with is an Update that every event accepts.
func with(e job.Event) queue.Update {
	u := queue.Update{File: &job.Fingerprint{Size: 7, ModTime: time.Unix(5, 0)}}
	if e == job.Succeed {
		u.Outcome = job.Duplicate
	}
	return u
}

func TestEveryMoveFollowsTheTableOfPackageJob(t *testing.T) {
	q := opened(t)
	items := files(len(job.States()) * len(job.Events()))
	ids := given(t, q, items...)
	for _, from := range job.States() {
		for _, e := range job.Events() {
			id := ids[0]
			ids = ids[1:]
			t.Run(string(from)+" on "+string(e), func(t *testing.T) {
				for _, step := range ways[from] {
					move(t, q, id, step, with(step))
				}
				before := get(t, q, id)
				to, wantErr := from.Next(e)
				got, err := q.Move(t.Context(), id, e, with(e))
				if wantErr != nil {
					if !errors.Is(err, job.ErrTransition) {
						t.Fatalf("got %v, want ErrTransition", err)
					}
					if d := diff(before, get(t, q, id)); d != "" {
						t.Errorf("refused, but changed: %s", d)
					}
				} else if err != nil || got.State != to {
					t.Fatalf("is %q with %v, want %q", got.State, err, to)
				}
				if d := diff(get(t, q, id), got); d != "" {
					t.Errorf("the job returned is not the one kept: -kept +returned\n%s", d)
				}
				if ended := !got.Ended.IsZero(); ended == got.State.Open() {
					t.Errorf("%s, ended %v", got.State, got.Ended)
				}
			})
		}
	}
}

func TestCountsAreThoseOfTheJobs(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(40)...)
	want := make(map[job.State]int)
	for _, state := range job.States() {
		want[state] = 0
	}
	for i, id := range ids {
		state := job.States()[i%len(job.States())]
		for _, step := range ways[state] {
			move(t, q, id, step, with(step))
		}
		want[state]++
	}
	counts := func() map[job.State]int {
		got, err := q.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if d := diff(want, counts()); d != "" {
		t.Error(d)
	}
	removed, err := q.Remove(t.Context(), append(ids, 12345))
	if err != nil {
		t.Fatal(err)
	}
	if len(removed) != want[job.Done]+want[job.Failed]+want[job.Canceled] {
		t.Errorf("%d jobs were removed", len(removed))
	}
	want[job.Done], want[job.Failed], want[job.Canceled] = 0, 0, 0
	if d := diff(want, counts()); d != "" {
		t.Errorf("after ended ones were removed: %s", d)
	}
	if _, err := q.Job(t.Context(), removed[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed job: %v", err)
	}
}

func TestAJobNumberIsNeverGivenAgain(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(3)...)
	last := ids[2]
	move(t, q, last, job.Cancel, queue.Update{})
	if _, err := q.Remove(t.Context(), []job.ID{last}); err != nil {
		t.Fatal(err)
	}
	if next := given(t, q, file("next"))[0]; next <= last {
		t.Errorf("job %d came after job %d", next, last)
	}
}

func TestAnAnswerIsKeptWhole(t *testing.T) {
	q := opened(t)
	id := given(t, q, file("a.png"))[0]
	u := stored(t, "abc", strings.Repeat("0a", 32), `"exif":{"iso":100}`, `"expiration_date_gmt":"2030-01-02 03:04:05"`)
	u.Warnings = []string{"the host did not take the expiration over"}
	got := done(t, q, id, u)
	if d := diff(u.Image, got.Image); d != "" {
		t.Errorf("-given +kept\n%s", d)
	}
	want := got
	want.State, want.Outcome, want.Attempts = job.Done, job.Uploaded, 1
	want.SHA256, want.MD5, want.Verified, want.Warnings = u.SHA256, u.MD5, u.Verified, u.Warnings
	if d := diff(want, get(t, q, id)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got.Text() != "https://img.example/i/abc.png" {
		t.Errorf("its link is %q", got.Text())
	}
}

func TestAnAnswerWithoutItsRawFormIsRefused(t *testing.T) {
	q := opened(t)
	id := given(t, q, file("a.png"))[0]
	move(t, q, id, job.Claim, queue.Update{})
	_, err := q.Move(t.Context(), id, job.Succeed, queue.Update{Outcome: job.Uploaded, Image: &client.Image{URL: "https://img.example/a.png"}})
	if err == nil {
		t.Error("it was taken; the link would be lost at the next start")
	}
	if j := get(t, q, id); j.State != job.Sending {
		t.Errorf("the job is %s", j.State)
	}
	if _, err := q.Move(t.Context(), id, job.Succeed, queue.Update{}); err == nil {
		t.Error("done without an outcome was taken")
	}
}

func TestTheDeleteLinkComesOutByItsOwnDoorOnly(t *testing.T) {
	q := opened(t)
	const secret = "https://img.example/delete/abc/sesame"
	ids := given(t, q, files(3)...)

	// In the Update, in the Image, and in a raw answer that nobody cleaned.
	u := stored(t, "one", "00")
	u.DeleteLink = client.NewDeleteLink(secret)
	done(t, q, ids[0], u)
	u = stored(t, "two", "00")
	u.DeleteLink = client.DeleteLink{}
	u.Image.DeleteLink = client.NewDeleteLink(secret)
	done(t, q, ids[1], u)
	u = stored(t, "three", "00")
	u.DeleteLink = client.DeleteLink{}
	u.Image.Raw = []byte(`{"id_encoded":"three","url":"https://img.example/i/3.png","DELETE_url":"` + secret + `"}`)
	done(t, q, ids[2], u)

	jobs, _, err := q.Jobs(t.Context(), queue.Filter{})
	if err != nil || len(jobs) != 3 {
		t.Fatal(len(jobs), err)
	}
	for _, j := range append(jobs, get(t, q, ids[0]), get(t, q, ids[1]), get(t, q, ids[2])) {
		if !j.Image.DeleteLink.IsZero() || strings.Contains(string(j.Image.Raw), "sesame") {
			t.Errorf("job %d carries it", j.ID)
		}
		link, err := q.DeleteLink(t.Context(), j.ID)
		if err != nil || link.Reveal() != secret {
			t.Errorf("job %d: %v, the right one: %v", j.ID, err, link.Reveal() == secret)
		}
	}
	if found, _, err := q.Jobs(t.Context(), queue.Filter{Search: "sesame"}); err != nil || len(found) != 0 {
		t.Errorf("a search finds it: %d, %v", len(found), err)
	}
}

func TestTheAttemptIsCountedUnlessAGateClosed(t *testing.T) {
	q := opened(t)
	id := given(t, q, file("a.png"))[0]
	attempts := func(e job.Event, u queue.Update, want int) {
		t.Helper()
		if j := move(t, q, id, e, u); j.Attempts != want {
			t.Errorf("after %s there are %d attempts, want %d", e, j.Attempts, want)
		}
	}
	attempts(job.Claim, queue.Update{}, 1)
	attempts(job.Shut, queue.Update{Uncounted: true}, 0)
	attempts(job.Claim, queue.Update{}, 1)
	attempts(job.Shut, queue.Update{}, 0)
	attempts(job.Claim, queue.Update{}, 1)
	attempts(job.Retry, queue.Update{}, 1)
	attempts(job.Due, queue.Update{}, 1)
	attempts(job.Claim, queue.Update{}, 2)
	attempts(job.Stopped, queue.Update{}, 2)
	attempts(job.Claim, queue.Update{}, 3)
	attempts(job.Stopped, queue.Update{Uncounted: true}, 2)
	attempts(job.Claim, queue.Update{}, 3)
	attempts(job.Fail, queue.Update{}, 3)
	attempts(job.Again, queue.Update{}, 0)
}

func TestMaybeSentStaysAlsoWhenALaterTryIsStored(t *testing.T) {
	q := opened(t)
	id := given(t, q, file("a.png"))[0]
	maybe := func(e job.Event, u queue.Update, want bool) {
		t.Helper()
		if j := move(t, q, id, e, u); j.MaybeSent != want {
			t.Errorf("after %s maybe_sent is %v", e, j.MaybeSent)
		}
	}
	maybe(job.Claim, queue.Update{}, false)
	maybe(job.Retry, queue.Update{MaybeSent: true}, true)
	maybe(job.Due, queue.Update{}, true)
	maybe(job.Claim, queue.Update{}, true)
	maybe(job.Fail, queue.Update{}, true)
	maybe(job.Again, queue.Update{}, true)
	maybe(job.Claim, queue.Update{}, true)
	maybe(job.Succeed, stored(t, "a", "00"), true) // there may be two of it now

	for name, c := range map[string]struct {
		u     queue.Update
		stays bool
	}{
		"unapproved": {as(stored(t, "b", "00"), job.Unapproved), true}, // a second copy may wait for the moderator
		"known":      {as(stored(t, "c", "00"), job.Known), false},
		"duplicate":  {queue.Update{Outcome: job.Duplicate}, false}, // the outcome says it
	} {
		id = given(t, q, file(name+".png"))[0]
		maybe(job.Claim, queue.Update{}, false)
		maybe(job.Retry, queue.Update{MaybeSent: true}, true)
		maybe(job.Due, queue.Update{}, true)
		maybe(job.Claim, queue.Update{}, true)
		maybe(job.Succeed, c.u, c.stays)
	}
}

func as(u queue.Update, o job.Outcome) queue.Update {
	u.Outcome = o
	return u
}

func TestAFailureStaysUntilSuccessOrANewBeginning(t *testing.T) {
	q := opened(t)
	id := given(t, q, file("a.png"))[0]
	f := &job.Failure{Kind: client.KindServer, Status: 500, Code: "101", Message: "no room", NoSuchHost: true}
	move(t, q, id, job.Claim, queue.Update{})
	j := move(t, q, id, job.Retry, queue.Update{Failure: f})
	if d := diff(f, j.Failure); d != "" {
		t.Error(d)
	}
	move(t, q, id, job.Due, queue.Update{})
	move(t, q, id, job.Claim, queue.Update{})
	if j = move(t, q, id, job.Fail, queue.Update{}); j.Failure == nil {
		t.Error("it went with a move that brought none")
	}
	if j = move(t, q, id, job.Again, queue.Update{}); j.Failure != nil {
		t.Error("it is still there after a new beginning")
	}
	move(t, q, id, job.Claim, queue.Update{})
	move(t, q, id, job.Stopped, queue.Update{Failure: f})
	move(t, q, id, job.Claim, queue.Update{})
	if j = move(t, q, id, job.Succeed, stored(t, "a", "00")); j.Failure != nil {
		t.Error("it is still there after success")
	}
}

func TestAChangedFileIsCountedAndKeepsNoOldChecksum(t *testing.T) {
	q := opened(t)
	id := given(t, q, file("a.png"))[0]
	move(t, q, id, job.Claim, queue.Update{SHA256: "00", MD5: "11", Verified: client.VerifiedIdentical})
	if _, err := q.Move(t.Context(), id, job.Changed, queue.Update{}); err == nil {
		t.Error("it was taken without the new fingerprint")
	}
	f := job.Fingerprint{Size: 5, ModTime: time.Unix(9, 8).UTC(), Inode: 7}
	j := move(t, q, id, job.Changed, queue.Update{File: &f})
	if j.Changes != 1 || j.SHA256 != "" || j.MD5 != "" || j.Verified != "" || !j.File.Same(f) {
		t.Errorf("got %+v", j)
	}
	if d := diff(j, get(t, q, id)); d != "" {
		t.Error(d)
	}
	move(t, q, id, job.Claim, queue.Update{})
	move(t, q, id, job.Fail, queue.Update{})
	if j = move(t, q, id, job.Again, queue.Update{}); j.Changes != 0 || get(t, q, id).Changes != 0 {
		t.Errorf("after a new beginning it has changed %d times", j.Changes)
	}
}

func TestMovingAJobThatIsNotThereIsNotExist(t *testing.T) {
	if _, err := opened(t).Move(t.Context(), 99, job.Cancel, queue.Update{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestMoveAllMovesThoseThatCanBeMoved(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(4)...)
	move(t, q, ids[1], job.Cancel, queue.Update{})
	move(t, q, ids[2], job.Claim, queue.Update{})
	moved, err := q.MoveAll(t.Context(), append(ids, 99), job.Hold, queue.Update{})
	if err != nil {
		t.Fatal(err)
	}
	if d := diff([]job.ID{ids[0], ids[2], ids[3]}, moved); d != "" {
		t.Error(d)
	}
	for i, want := range []job.State{job.Held, job.Canceled, job.Held, job.Held} {
		if j := get(t, q, ids[i]); j.State != want {
			t.Errorf("job %d is %s, want %s", i, j.State, want)
		}
	}
}

func TestTheOldestQueuedJobsAreClaimedFirst(t *testing.T) {
	q := opened(t)
	const other = "other@https://img.example"
	items := files(10)
	for i := range items {
		if i%2 == 1 {
			items[i].Account = other
		}
	}
	ids := given(t, q, items...)
	move(t, q, ids[0], job.Hold, queue.Update{})

	claimed := func(c queue.Claiming) []job.ID {
		t.Helper()
		jobs, err := q.Claim(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var got []job.ID
		for _, j := range jobs {
			if j.State != job.Sending || j.Attempts != 1 {
				t.Errorf("a claimed job is %s with %d attempts", j.State, j.Attempts)
			}
			if d := diff(get(t, q, j.ID), j); d != "" {
				t.Errorf("not as kept: %s", d)
			}
			got = append(got, j.ID)
		}
		return got
	}
	check := func(what string, got, want []job.ID) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	check("no account", claimed(queue.Claiming{N: 9}), nil)
	check("none asked for", claimed(queue.Claiming{Accounts: []string{account}}), nil)
	check("two of both accounts", claimed(queue.Claiming{Accounts: []string{account, other, account}, N: 2}), []job.ID{ids[1], ids[2]})
	check("of one account", claimed(queue.Claiming{Accounts: []string{other}, N: 2}), []job.ID{ids[3], ids[5]})
	check("the rest", claimed(queue.Claiming{Accounts: []string{account, other}, N: 99}), []job.ID{ids[4], ids[6], ids[7], ids[8], ids[9]})
	check("no more", claimed(queue.Claiming{Accounts: []string{account, other}, N: 99}), nil)
}

func TestAClaimCanBeBoundToBatches(t *testing.T) {
	q := opened(t)
	items := files(6)
	for i, b := range []job.BatchID{"old", "mine", "also mine"} {
		if _, err := q.Add(t.Context(), job.Batch{ID: b}, items[2*i:2*i+2]); err != nil {
			t.Fatal(err)
		}
	}
	// One of the old ones is joined.
	added, err := q.Add(t.Context(), job.Batch{ID: "joins"}, items[1:2])
	if err != nil || !added[0].Joined {
		t.Fatal(added, err)
	}
	names := func(batches ...job.BatchID) (names []string) {
		jobs, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{account}, Batches: batches, N: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			names = append(names, j.Name)
		}
		return names
	}
	if got := names(); len(got) != 6 {
		t.Errorf("without a list of batches it claims %v, want all", got)
	}
	if _, err := q.MoveAll(t.Context(), []job.ID{1, 2, 3, 4, 5, 6}, job.Shut, queue.Update{}); err != nil {
		t.Fatal(err)
	}
	jobs, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{account}, Batches: []job.BatchID{}, N: 10})
	if err != nil || len(jobs) != 0 {
		t.Errorf("an empty list of batches claims %d jobs, %v", len(jobs), err)
	}
	if outside, err := q.OpenOutside(t.Context(), []job.BatchID{"mine", "also mine", "joins"}); err != nil || outside != 1 {
		t.Errorf("%d open jobs are outside, %v, want 1", outside, err)
	}
	if outside, err := q.OpenOutside(t.Context(), nil); err != nil || outside != 6 {
		t.Errorf("%d open jobs are outside of none, %v, want 6", outside, err)
	}
	if d := diff([]string{items[1].Name, items[2].Name, items[3].Name}, names("joins", "mine", "nobody's")); d != "" {
		t.Error(d)
	}
	if _, err := q.MoveAll(t.Context(), []job.ID{2, 3, 4}, job.Shut, queue.Update{}); err != nil {
		t.Fatal(err)
	}
	// Those of the batches left out are left out, also where another has them too.
	jobs, err = q.Claim(t.Context(), queue.Claiming{Accounts: []string{account}, Except: []job.BatchID{"joins", "mine"}, N: 10})
	if err != nil || len(jobs) != 3 || jobs[0].ID != 1 || jobs[1].ID != 5 || jobs[2].ID != 6 {
		t.Errorf("without two batches it claims %v, %v", jobs, err)
	}
}

func TestJobsOfADeadProgramGoBackToTheQueue(t *testing.T) {
	path := t.TempDir() + "/upshot.db"
	q := openAt(t, path)
	ids := given(t, q, files(5)...)
	claim(t, q, 3)
	move(t, q, ids[1], job.Succeed, stored(t, "a", "00"))
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openAt(t, path)
	back, err := q.Recover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := diff([]job.ID{ids[0], ids[2]}, back); d != "" {
		t.Error(d)
	}
	for i, id := range ids {
		j := get(t, q, id)
		wantState, wantMaybe := job.Queued, i == 0 || i == 2
		if i == 1 {
			wantState = job.Done
		}
		if j.State != wantState || j.MaybeSent != wantMaybe {
			t.Errorf("job %d is %s, maybe_sent %v", i, j.State, j.MaybeSent)
		}
	}
	if back, err = q.Recover(t.Context()); err != nil || len(back) != 0 {
		t.Errorf("a second time: %v, %v", back, err)
	}
}

func TestWaitingJobsWakeWhenTheirTimeHasCome(t *testing.T) {
	q := opened(t)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	ids := given(t, q, files(4)...)
	due := func(at time.Time, wantWoken []job.ID, wantNext time.Time) {
		t.Helper()
		woken, next, err := q.Due(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(woken, wantWoken) || !next.Equal(wantNext) {
			t.Errorf("woke %v, next %v; want %v, %v", woken, next, wantWoken, wantNext)
		}
	}
	due(now, nil, time.Time{})
	for i, id := range ids[:3] {
		move(t, q, id, job.Claim, queue.Update{})
		j := move(t, q, id, job.Retry, queue.Update{NotBefore: now.Add(time.Duration(3-i) * time.Minute)})
		if !j.NotBefore.Equal(now.Add(time.Duration(3-i) * time.Minute)) {
			t.Errorf("waits until %v", j.NotBefore)
		}
	}
	due(now, nil, now.Add(time.Minute))
	due(now.Add(time.Minute-1), nil, now.Add(time.Minute))
	due(now.Add(2*time.Minute), []job.ID{ids[1], ids[2]}, now.Add(3*time.Minute))
	if j := get(t, q, ids[1]); j.State != job.Queued || !j.NotBefore.IsZero() {
		t.Errorf("woken, it is %s until %v", j.State, j.NotBefore)
	}
	move(t, q, ids[0], job.Hold, queue.Update{})
	due(now.Add(time.Hour), nil, time.Time{})

	t.Run("at once, if they wait for no time", func(t *testing.T) {
		move(t, q, ids[3], job.Claim, queue.Update{})
		move(t, q, ids[3], job.Retry, queue.Update{})
		due(now, []job.ID{ids[3]}, time.Time{})
	})
}
