package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// endedAt sets when a job ended.
func endedAt(t *testing.T, q *Queue, id job.ID, at time.Time) {
	t.Helper()
	err := q.change(t.Context(), "test", func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE jobs SET ended = ? WHERE id = ? AND ended <> 0", at.UnixNano(), int64(id))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func addBatch(t *testing.T, q *Queue, b job.Batch, n int) (ids []job.ID) {
	t.Helper()
	items := make([]New, n)
	for i := range items {
		items[i] = New{Account: "home", Path: fmt.Sprintf("/%s/%d", b.ID, i), Name: "n", Input: "i", File: job.Fingerprint{Size: 5}}
	}
	added, err := q.Add(t.Context(), b, items)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range added {
		ids = append(ids, a.ID)
	}
	return ids
}

func finish(t *testing.T, q *Queue, ids ...job.ID) {
	t.Helper()
	im, err := client.DecodeImage([]byte(`{"id_encoded":"a","url":"https://img.example/i/abc.png","is_approved":1}`))
	if err != nil {
		t.Fatal(err)
	}
	u := Update{Outcome: job.Uploaded, Image: &im, SHA256: "00ff", DeleteLink: client.NewDeleteLink("https://img.example/delete/a")}
	for _, e := range []job.Event{job.Claim, job.Succeed} {
		if moved, err := q.MoveAll(t.Context(), ids, e, u); err != nil || len(moved) != len(ids) {
			t.Fatal(moved, err)
		}
	}
}

func left(t *testing.T, q *Queue) (ids []job.ID) {
	t.Helper()
	jobs, _, err := q.Jobs(t.Context(), Filter{N: -1, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func TestHistoryIsKeptByAgeAndCount(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		keep Retention
		want []int // of ten jobs; 0 to 7 ended 8 to 1 days ago, 8 is queued, 9 is held
	}{
		"no bound":        {Retention{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"by age":          {Retention{Age: 5*day + day/2}, []int{3, 4, 5, 6, 7, 8, 9}},
		"by count":        {Retention{Count: 2}, []int{6, 7, 8, 9}},
		"by both, age":    {Retention{Age: 2*day + day/2, Count: 4}, []int{6, 7, 8, 9}},
		"by both, count":  {Retention{Age: 6 * day, Count: 1}, []int{7, 8, 9}},
		"nothing is kept": {Retention{Age: 1}, []int{8, 9}},
		"all are young":   {Retention{Age: 30 * day, Count: 100}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
			ended, open := addBatch(t, q, job.Batch{ID: "a"}, 8), addBatch(t, q, job.Batch{ID: "b"}, 2)
			finish(t, q, ended[:6]...)
			if _, err := q.MoveAll(t.Context(), ended[6:], job.Cancel, Update{}); err != nil {
				t.Fatal(err)
			}
			for i, id := range ended {
				endedAt(t, q, id, time.Now().Add(time.Duration(i-8)*day))
			}
			if _, err := q.Move(t.Context(), open[1], job.Hold, Update{}); err != nil {
				t.Fatal(err)
			}
			var want []job.ID
			all := slices.Concat(ended, open)
			for _, i := range c.want {
				want = append(want, all[i])
			}
			removed, err := q.Trim(t.Context(), c.keep)
			if got := left(t, q); err != nil || removed != 10-len(want) || !slices.Equal(got, want) {
				t.Errorf("%d were removed, %v is left, want %v; %v", removed, got, want, err)
			}
		})
	}
}

func TestAJobThatGoesTakesAllOfItAlong(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := addBatch(t, q, job.Batch{ID: "a"}, 100)
	finish(t, q, ids...)
	for step(t, q) {
	}
	if n, err := q.Sent(t.Context(), "home", time.Time{}); err != nil || n != 100 {
		t.Fatalf("%d were sent, %v", n, err)
	}
	removed, err := q.Trim(t.Context(), Retention{Count: 1})
	if err != nil || removed != 99 {
		t.Fatal(removed, err)
	}
	for _, table := range []string{"answers", "words"} {
		if n := one(t, q, "SELECT count(*) FROM "+table); n != 1 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
	if n := one(t, q, "SELECT count(*) FROM words_index WHERE words_index MATCH '\"img\"'"); n != 1 {
		t.Errorf("the index has %d", n)
	}
	if _, err := q.Trim(t.Context(), Retention{Age: 1}); err != nil {
		t.Fatal(err)
	}
	known, err := q.Known(t.Context(), "home", 5, "00ff")
	sums, _, herr := q.SumsOf(t.Context(), "home", 5, 10)
	if err := errors.Join(err, herr); err != nil || len(known) != 0 || len(sums) != 0 {
		t.Errorf("its bytes are known: %v, %v, %v", known, sums, err)
	}
	if n, err := q.Sent(t.Context(), "home", time.Time{}); err != nil || n != 100 {
		t.Errorf("pacing has forgotten: %d were sent, %v", n, err)
	}
}

func TestWhatSomebodyWaitsForIsNotTrimmed(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	running := addBatch(t, q, job.Batch{ID: "still has an open job"}, 2)
	untold := addBatch(t, q, job.Batch{ID: "not told", Copy: true}, 1)
	unnoted := addBatch(t, q, job.Batch{ID: "no notification was shown", Notify: true}, 1)
	told := addBatch(t, q, job.Batch{ID: "told", Notify: true}, 1)
	finish(t, q, running[0], untold[0], unnoted[0], told[0])
	if err := q.Tell(t.Context(), "told"); err != nil {
		t.Fatal(err)
	}
	removed, err := q.Trim(t.Context(), Retention{Age: 1})
	if got := left(t, q); err != nil || removed != 1 || !slices.Equal(got, []job.ID{running[0], running[1], untold[0], unnoted[0]}) {
		t.Errorf("%d removed, left %v, %v", removed, got, err)
	}
	finish(t, q, running[1])
	for _, id := range []job.BatchID{"not told", "no notification was shown"} {
		if err := q.Tell(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := q.Trim(t.Context(), Retention{Age: 1}); err != nil || removed != 4 {
		t.Errorf("later %d, %v", removed, err)
	}
}

func TestADeleteLinkThatHasServedIsKeptNoMore(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := addBatch(t, q, job.Batch{ID: "a"}, 2)
	finish(t, q, ids...)
	const links = "SELECT count(*) FROM answers WHERE delete_link <> ''"
	if n := one(t, q, links); n != 2 {
		t.Fatalf("%d delete links are kept", n)
	}
	if err := q.Deleted(t.Context(), ids[0]); err != nil { // both have the same image
		t.Fatal(err)
	}
	if n := one(t, q, links); n != 0 {
		t.Errorf("%d delete links are kept", n)
	}
}

func TestAnOldBatchGoesWithItsLastJob(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	old, young := time.Now().Add(-batchLife-time.Hour), time.Now()
	for id, added := range map[job.BatchID]time.Time{"old": old, "old, with a job": old, "young": young} {
		finish(t, q, addBatch(t, q, job.Batch{ID: id, Added: added}, 1)...)
	}
	_, jobs, err := q.Batch(t.Context(), "old, with a job")
	if err != nil {
		t.Fatal(err)
	}
	endedAt(t, q, jobs[0].ID, time.Now().Add(time.Hour))
	if removed, err := q.Trim(t.Context(), Retention{Count: 1}); err != nil || removed != 2 {
		t.Fatal(removed, err)
	}
	for id, want := range map[job.BatchID]bool{"old": false, "old, with a job": true, "young": true} {
		if _, _, err := q.Batch(t.Context(), id); (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestEndedJobsAreCleared(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := addBatch(t, q, job.Batch{ID: "a"}, 80)
	for e, group := range map[job.Event][]job.ID{job.Fail: ids[:40], job.Cancel: ids[40:60], job.Hold: ids[70:]} {
		if _, err := q.MoveAll(t.Context(), group, e, Update{}); err != nil {
			t.Fatal(err)
		}
	}
	finish(t, q, ids[60:70]...)
	for _, c := range []struct {
		states []job.State
		want   int
	}{
		{nil, 0},
		{[]job.State{job.Failed}, 40},
		{[]job.State{job.Failed, job.Canceled}, 20},
		{[]job.State{job.Done}, 0}, // its batch has open jobs
	} {
		if removed, err := q.Clear(t.Context(), c.states...); err != nil || removed != c.want {
			t.Errorf("of %v %d were removed, want %d; %v", c.states, removed, c.want, err)
		}
	}
	if _, err := q.Clear(t.Context(), job.Failed, job.Held); !errors.Is(err, job.ErrTransition) {
		t.Errorf("open jobs: %v", err)
	}
	if _, err := q.MoveAll(t.Context(), ids[70:], job.Cancel, Update{}); err != nil {
		t.Fatal(err)
	}
	if removed, err := q.Clear(t.Context(), job.Done); err != nil || removed != 10 {
		t.Errorf("at last %d, %v", removed, err)
	}
}

func TestAJobRetriedWhileHistoryIsTrimmedStays(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := addBatch(t, q, job.Batch{ID: "a"}, 2)
	if _, err := q.MoveAll(t.Context(), ids, job.Cancel, Update{}); err != nil {
		t.Fatal(err)
	}
	var removed int
	var trimmed error
	done := make(chan struct{})
	retry := q.change(t.Context(), "test", func(ctx context.Context, tx *tx) error {
		// The trimming has looked already and waits behind this.
		go func() {
			defer close(done)
			removed, trimmed = q.Clear(context.WithoutCancel(ctx), job.Canceled)
		}()
		waitUntil(t, func() bool {
			q.writer.mu.Lock()
			defer q.writer.mu.Unlock()
			return len(q.writer.waiting) > 0
		})
		j, err := tx.job(ctx, ids[0])
		if err == nil {
			_, err = tx.move(ctx, j, job.Again, Update{})
		}
		return err
	})
	<-done
	if retry != nil || trimmed != nil || removed != 1 || !slices.Equal(left(t, q), ids[:1]) {
		t.Errorf("%d removed, left %v; %v, %v", removed, left(t, q), retry, trimmed)
	}
}

func TestFilesOfNoJobAreOrphans(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	spool := filepath.Join(t.TempDir(), "spool")
	now := time.Now()
	if orphans, err := q.Orphans(t.Context(), spool, now); err != nil || orphans != nil {
		t.Errorf("without a spool: %v, %v", orphans, err)
	}
	if err := os.MkdirAll(filepath.Join(spool, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"open": 2 * time.Hour, "failed": 2 * time.Hour, "lost": 2 * time.Hour, "lost long ago": 9 * time.Hour, "just written": 0} {
		path := filepath.Join(spool, name)
		if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	added, err := q.Add(t.Context(), job.Batch{ID: "a"}, []New{
		{Account: "a", Path: filepath.Join(spool, "open"), Spooled: true},
		{Account: "a", Path: filepath.Join(spool, "failed"), Spooled: true},
		{Account: "a", Path: "/elsewhere/lost"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Move(t.Context(), added[1].ID, job.Fail, Update{}); err != nil {
		t.Fatal(err)
	}
	orphans, err := q.Orphans(t.Context(), spool, now.Add(-time.Hour))
	var found []string
	for _, o := range orphans {
		found = append(found, filepath.Base(o.Path))
		if o.Size != 3 || !o.ModTime.Before(now) || filepath.Dir(o.Path) != spool {
			t.Errorf("it is %+v", o)
		}
	}
	if err != nil || !slices.Equal(found, []string{"lost long ago", "lost"}) {
		t.Errorf("found %q, %v", found, err)
	}
	if entries, err := os.ReadDir(spool); err != nil || len(entries) != 6 {
		t.Errorf("there are %d files left, %v", len(entries), err)
	}
}

func TestEachGoesThroughAllThatIsSelected(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	history(t, q, 2*eachPage+50)
	for name, f := range map[string]Filter{
		"all":              {},
		"oldest first":     {Oldest: true},
		"of a state":       {States: []job.State{job.Failed}},
		"a whole page":     {States: []job.State{job.Done}, Search: "tag1"},
		"found":            {Search: "urlaub"},
		"none":             {Search: "nothing at all"},
		"as they ended":    {ByEnded: true},
		"a state's ends":   {ByEnded: true, Oldest: true, States: []job.State{job.Done}},
		"two states' ends": {ByEnded: true, States: []job.State{job.Done, job.Canceled}},
		"found ends":       {ByEnded: true, Oldest: true, Search: "tag1"},
		"of a batch":       {Batch: "nobody's"},
		"too long to find": {Search: string(make([]byte, 5000)) + "x"},
	} {
		f.N = -1
		want, _, err := q.Jobs(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.N, f.From = 3, 9
		var got []job.Job
		for j, err := range q.Each(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, j)
		}
		if !slices.EqualFunc(got, want, sameJob) {
			t.Errorf("%s: %d jobs, want %d", name, len(got), len(want))
		}
	}
	t.Run("and changes meanwhile harm nobody", func(t *testing.T) {
		last := job.ID(1 << 40)
		n := 0
		for j, err := range q.Each(t.Context(), Filter{}) {
			if err != nil || j.ID >= last {
				t.Fatal(j.ID, last, err)
			}
			last = j.ID
			if n++; n%100 == 0 {
				addBatch(t, q, job.Batch{ID: job.NewBatchID()}, 1)
				if _, err := q.Remove(t.Context(), []job.ID{j.ID - 1, j.ID - 2}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n < 2*eachPage {
			t.Errorf("%d jobs came", n)
		}
	})
	t.Run("and what ends meanwhile comes at the end, once", func(t *testing.T) {
		f := Filter{States: []job.State{job.Done, job.Failed}, ByEnded: true, Oldest: true}
		want, _, err := q.Jobs(t.Context(), Filter{States: f.States, ByEnded: true, Oldest: true, N: -1})
		if err != nil {
			t.Fatal(err)
		}
		open, _, err := q.Jobs(t.Context(), Filter{States: []job.State{job.Queued}, Oldest: true, N: 5})
		if err != nil || len(open) != 5 {
			t.Fatal(len(open), err)
		}
		end := func(id job.ID, e job.Event) {
			t.Helper()
			if _, err := q.Move(t.Context(), id, e, Update{Outcome: job.Uploaded}); err != nil {
				t.Fatal(err)
			}
		}
		var got []job.ID
		last := job.End{}
		for j, err := range q.Each(t.Context(), f) {
			if err != nil || !last.IsZero() && !endsBefore(last, j.End()) {
				t.Fatalf("%+v comes behind %+v, %v", j.End(), last, err)
			}
			got, last = append(got, j.ID), j.End()
			if n := len(got); n%100 == 0 && n/100 <= len(open) {
				end(open[n/100-1].ID, job.Succeed) // given long ago
			}
		}
		old := idsAsListed(want)
		if len(got) < len(old) || !slices.Equal(got[:len(old)], old) {
			t.Errorf("what had ended before comes otherwise: %d of %d", len(got), len(old))
		}
		if late := idsAsListed(open)[:len(old)/100]; !slices.Equal(got[len(old):], late) {
			t.Errorf("behind it come %v, want %v", got[len(old):], late)
		}
	})
	t.Run("and an end comes when it is asked for", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range q.Each(ctx, Filter{}) {
			cancel()
			n, last = n+1, err
		}
		if n != eachPage+1 || !errors.Is(last, context.Canceled) {
			t.Errorf("%d came, then %v", n, last)
		}
		for range q.Each(t.Context(), Filter{}) {
			break
		}
	})
}
