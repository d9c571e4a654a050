package queue

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
)

func TestLimitsThatWereLearnedAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	learned := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for _, l := range []Limit{{100, time.Hour, learned}, {9, time.Minute, learned}, {10, time.Minute, learned}, {500, 24 * time.Hour, time.Time{}}, {5, 7 * 24 * time.Hour, learned}} {
		if err := q.SetLimit(t.Context(), "a", l); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.SetLimit(t.Context(), "a", Limit{Period: 7 * 24 * time.Hour}); err != nil { // forgotten
		t.Fatal(err)
	}
	if err := q.SetLimit(t.Context(), "b", Limit{Uploads: 1, Period: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Limit{{Uploads: 1}, {1, -1, learned}} {
		if err := q.SetLimit(t.Context(), "a", bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = unattended(t, path)
	got, err := q.Limits(t.Context(), "a")
	if err != nil || len(got) != 3 || time.Since(got[2].Learned) > time.Minute {
		t.Fatalf("got %v, %v", got, err)
	}
	got[2].Learned = learned
	if want := []Limit{{10, time.Minute, learned}, {100, time.Hour, learned}, {500, 24 * time.Hour, learned}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := q.ForgetLimits(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Limits(t.Context(), "a"); err != nil || len(got) != 0 {
		t.Errorf("forgotten, there are %v, %v", got, err)
	}
	if got, err := q.Limits(t.Context(), "b"); err != nil || len(got) != 1 {
		t.Errorf("the other has %v, %v", got, err)
	}
}

func TestUploadsAreCountedByTheTimeTheyWereStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	ids := addBatch(t, q, job.Batch{ID: "a"}, 9)
	finish(t, q, ids[:4]...)
	for id, u := range map[job.ID]Update{ids[4]: {Outcome: job.Unapproved}, ids[5]: {Outcome: job.Duplicate}, ids[6]: {Outcome: job.Known}} {
		for _, e := range []job.Event{job.Claim, job.Succeed} {
			if _, err := q.Move(t.Context(), id, e, u); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := q.Move(t.Context(), ids[7], job.Fail, Update{}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ages := []time.Duration{30 * time.Second, 10 * time.Minute, 3 * time.Hour, -time.Hour, 0} // one when the clock was ahead
	err := q.change(t.Context(), "test", func(ctx context.Context, t *tx) error {
		for i, age := range ages {
			if _, err := t.exec(ctx, "UPDATE sent SET at = ? WHERE job = ?", now.Add(-age).UnixNano(), int64(ids[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = unattended(t, path)
	for age, want := range map[time.Duration]int{time.Minute: 2, time.Hour: 3, 24 * time.Hour: 4, time.Nanosecond: 1} {
		if n, err := q.Sent(t.Context(), "home", now.Add(-age)); err != nil || n != want {
			t.Errorf("within %v %d, want %d; %v", age, n, want, err)
		}
	}
	if n, err := q.Sent(t.Context(), "another", now.Add(-time.Hour), "home", "a third"); err != nil || n != 3 {
		t.Errorf("of several accounts %d, %v", n, err)
	}
	if at, err := q.NthSent(t.Context(), "another", 2, "home"); err != nil || !at.Equal(now.Add(-30*time.Second)) {
		t.Errorf("the second newest of two accounts was stored at %v, %v", at, err)
	}
	if n, err := q.Sent(t.Context(), "another", time.Time{}); err != nil || n != 0 {
		t.Errorf("of another account %d, %v", n, err)
	}
	for n, age := range map[int]time.Duration{1: 0, 2: 30 * time.Second, 4: 3 * time.Hour} {
		if at, err := q.NthSent(t.Context(), "home", n); err != nil || !at.Equal(now.Add(-age)) {
			t.Errorf("the %d. newest was stored at %v, want %v; %v", n, at, now.Add(-age), err)
		}
	}
	for _, n := range []int{0, 5} {
		if at, err := q.NthSent(t.Context(), "home", n); err != nil || !at.IsZero() {
			t.Errorf("the %d. newest was stored at %v, %v", n, at, err)
		}
	}
}

func TestUploadsOfLongAgoAreForgotten(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := addBatch(t, q, job.Batch{ID: "a"}, 200)
	finish(t, q, ids...)
	err := q.change(t.Context(), "test", func(ctx context.Context, tx *tx) error {
		_, err := tx.exec(ctx, "UPDATE sent SET at = at - ? WHERE job <= ?", int64(sentLife+time.Hour), int64(ids[149]))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for step(t, q) {
	}
	if n := one(t, q, "SELECT count(*) FROM sent"); n != 50 {
		t.Errorf("%d are left", n)
	}
}

func TestAClockThatWasSetBackMakesNobodyWaitForIt(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := addBatch(t, q, job.Batch{ID: "a"}, 2)
	now := time.Now()
	for _, id := range ids {
		for _, e := range []job.Event{job.Claim, job.Retry} {
			if _, err := q.Move(t.Context(), id, e, Update{NotBefore: now.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if woken, next, err := q.Due(t.Context(), now); err != nil || woken != nil || !next.Equal(now.Add(time.Hour)) {
		t.Fatalf("woke %v, next %v, %v", woken, next, err)
	}
	// The first began to wait when the clock was a year ahead.
	err := q.change(t.Context(), "test", func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE jobs SET waiting_since = waiting_since + ?1, not_before = not_before + ?1 WHERE id = ?2", int64(365*24*time.Hour), int64(ids[0]))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	woken, next, err := q.Due(t.Context(), now)
	if err != nil || !slices.Equal(woken, ids[:1]) || !next.Equal(now.Add(time.Hour)) {
		t.Errorf("woke %v, next %v, %v", woken, next, err)
	}
}
