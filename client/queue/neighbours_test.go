package queue

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"images-uploader.com/upshot/client/job"
)

// holds is another program that has begun to write to the database, until let
// go is called.
func holds(t *testing.T, path string) (letGo func()) {
	t.Helper()
	db, err := connect(path, 1, url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do := func(text string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	do("BEGIN IMMEDIATE")
	return func() {
		t.Helper()
		do("ROLLBACK")
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWriterWaitsForAnotherProgramThatHoldsTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	addBatch(t, q, job.Batch{ID: "before"}, 3)
	letGo := holds(t, path)
	added := make(chan error, 1)
	go func() {
		_, err := q.Add(t.Context(), job.Batch{ID: "meanwhile"}, []New{{Account: "home", Path: "/a", Name: "a"}})
		added <- err
	}()
	// Who only asks does not wait.
	if counts, err := q.Counts(t.Context()); err != nil || counts[job.Queued] != 3 {
		t.Errorf("counted %v, %v", counts, err)
	}
	select {
	case err := <-added:
		t.Fatalf("added to a database that another program holds: %v", err)
	default:
	}
	letGo()
	if err := <-added; err != nil {
		t.Errorf("after the other has let go: %v", err)
	}
}

func TestAProgramThatHoldsTheDatabaseForTooLongIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	id := addBatch(t, q, job.Batch{ID: "before"}, 1)[0]
	if err := q.change(t.Context(), "impatience", func(ctx context.Context, t *tx) error { _, err := t.exec(ctx, "PRAGMA busy_timeout = 20"); return err }); err != nil {
		t.Fatal(err)
	}
	letGo := holds(t, path)
	if _, err := q.Move(t.Context(), id, job.Claim, Update{}); !errors.Is(err, ErrBusy) {
		t.Errorf("move: %v", err)
	}
	if _, err := q.Add(t.Context(), job.Batch{ID: "meanwhile"}, []New{{Account: "home", Path: "/a", Name: "a"}}); !errors.Is(err, ErrBusy) {
		t.Errorf("add: %v", err)
	}
	letGo()
	if j, err := q.Move(t.Context(), id, job.Claim, Update{}); err != nil || j.Attempts != 1 {
		t.Errorf("afterwards: %+v, %v", j, err)
	}
	if got := left(t, q); len(got) != 1 {
		t.Errorf("what was refused is there: %v", got)
	}
}

func TestAWishThatCouldNotBeWrittenIsForgottenOnceSomethingElseCame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	id := addBatch(t, q, job.Batch{ID: "one"}, 1)[0]
	if err := q.change(t.Context(), "impatience", func(ctx context.Context, t *tx) error { _, err := t.exec(ctx, "PRAGMA busy_timeout = 20"); return err }); err != nil {
		t.Fatal(err)
	}
	letGo := holds(t, path)
	if _, err := q.Move(t.Context(), id, job.Cancel, Update{}); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
	if now, _ := q.Trouble(); now.Full || len(now.Unwritten) > 0 {
		t.Errorf("a database that is held for a moment is told as %+v", now)
	}
	letGo()
	for _, e := range []job.Event{job.Hold, job.Release} {
		if moved, err := q.MoveAll(t.Context(), []job.ID{id}, e, Update{}); err != nil || len(moved) != 1 {
			t.Fatal(moved, err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if j, err := again.Job(t.Context(), id); err != nil || j.State != job.Queued {
		t.Errorf("at the end it is %s, %v", j.State, err)
	}
}

// crashed are the files of an open database as a power cut would leave them.
func crashed(t *testing.T, path string) (db, wal []byte) {
	t.Helper()
	for _, one := range []struct {
		path string
		into *[]byte
	}{{path, &db}, {path + suffixWAL, &wal}} {
		var err error
		if *one.into, err = os.ReadFile(one.path); err != nil {
			t.Fatal(err)
		}
	}
	return db, wal
}

// standing opens what lies at path and tells its jobs; the database must be
// whole then, however it came about.
func standing(t *testing.T, path string) (jobs []job.Job, notices []string) {
	t.Helper()
	q := unattended(t, path)
	if n := one(t, q, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"); n != 0 {
		t.Errorf("%d faults are in it", n)
	}
	if n := one(t, q, "SELECT count(*) FROM (SELECT state, count(*) AS is_n, (SELECT n FROM counts WHERE counts.state = jobs.state) AS said FROM jobs GROUP BY state) WHERE is_n <> said"); n != 0 {
		t.Errorf("%d counts are wrong", n)
	}
	jobs, _, err := q.Jobs(t.Context(), Filter{N: -1, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	return jobs, q.Notices()
}

func TestYesterdaysBackupOpensWhetherOrNotTodaysLogLiesBesideIt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "upshot.db")
	q, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, q, addBatch(t, q, job.Batch{ID: "yesterday"}, 40)...)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	q = unattended(t, path)
	finish(t, q, addBatch(t, q, job.Batch{ID: "today"}, 40)...)
	addBatch(t, q, job.Batch{ID: "today, open"}, 40)
	_, wal := crashed(t, path)
	for name, log := range map[string][]byte{"alone": nil, "with todays log": wal, "with half of it": wal[:len(wal)/2]} {
		t.Run(name, func(t *testing.T) {
			at := filepath.Join(t.TempDir(), "upshot.db")
			if err := os.WriteFile(at, backup, 0o600); err != nil {
				t.Fatal(err)
			}
			if log != nil {
				if err := os.WriteFile(at+suffixWAL, log, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			jobs, notices := standing(t, at)
			done := 0
			for _, j := range jobs {
				if j.State == job.Done {
					done++
				}
			}
			if done < 40 {
				t.Errorf("%d of yesterday's 40 are there, %q", done, notices)
			}
			t.Logf("%d jobs, %d done, %q", len(jobs), done, notices)
		})
	}
}

func TestAWriteAheadLogThatACleanerHasRemovedTakesOnlyWhatStoodThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, q, addBatch(t, q, job.Batch{ID: "before"}, 10)...)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = unattended(t, path)
	addBatch(t, q, job.Batch{ID: "in the log"}, 10)
	db, _ := crashed(t, path)
	at := filepath.Join(t.TempDir(), "upshot.db")
	if err := os.WriteFile(at, db, 0o600); err != nil {
		t.Fatal(err)
	}
	if jobs, notices := standing(t, at); len(jobs) != 10 || len(notices) != 0 {
		t.Errorf("%d jobs are there, %q", len(jobs), notices)
	}
}
