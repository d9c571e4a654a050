package queue

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
)

// made gives each test its own copy of a closed database that build has filled
// once for all of them, and what jobs it holds, the first first.
func made(t *testing.T, name string, build func(t *testing.T, q *Queue)) (path string, jobs []job.Job) {
	t.Helper()
	madeOnce.Lock()
	defer madeOnce.Unlock()
	path = filepath.Join(t.TempDir(), "upshot.db")
	m, ok := madeOnce.all[name]
	if !ok {
		q, err := Open(t.Context(), Config{Path: path, Rest: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		build(t, q)
		var rerr error
		m.jobs, _, rerr = q.Jobs(t.Context(), Filter{N: -1, Oldest: true})
		if err := errors.Join(rerr, q.Close()); err != nil {
			t.Fatal(err)
		}
		if m.whole, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		madeOnce.all[name] = m
	} else if err := os.WriteFile(path, m.whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, slices.Clone(m.jobs)
}

type madeOf struct {
	whole []byte
	jobs  []job.Job
}

var madeOnce = struct {
	sync.Mutex
	all map[string]madeOf
}{all: map[string]madeOf{}}

// indexed gives a closed database of 300 jobs, all of whose ended ones are in
// the index and on sheets.
func indexed(t *testing.T) (path string) {
	t.Helper()
	path, _ = made(t, "indexed", func(t *testing.T, q *Queue) {
		history(t, q, 300)
		if err := q.BuildIndex(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	return path
}

// version1 unpacks a database that the program wrote when its schema had one
// step: forty jobs of a batch in all states, some with answers.
func version1(t *testing.T) (path string) {
	t.Helper()
	packed, err := os.ReadFile("testdata/v1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "upshot.db")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// holdsVersion1 looks at what was in it.
func holdsVersion1(t *testing.T, q *Queue) {
	t.Helper()
	if version := one(t, q, "PRAGMA user_version"); version != len(current()) {
		t.Errorf("it has schema %d", version)
	}
	var said string
	if err := q.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("it is %s, %v", said, err)
	}
	counts, err := q.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range map[job.State]int{job.Queued: 8, job.Held: 5, job.Sending: 1, job.Waiting: 5, job.Done: 15, job.Failed: 5, job.Canceled: 1} {
		if counts[state] != want {
			t.Errorf("%d are %s, want %d", counts[state], state, want)
		}
	}
	b, jobs, err := q.Batch(t.Context(), "all of them")
	if err != nil || len(jobs) != 40 || !b.Copy || b.Told {
		t.Fatalf("batch %+v of %d jobs, %v", b, len(jobs), err)
	}
	first := jobs[0]
	if first.State != job.Done || first.Image == nil || first.Image.URL != "https://img.example/i/im00.png" || first.Params.Title != "Urlaub am See" ||
		!jobs[39].Spooled || jobs[3].Failure == nil || jobs[3].Failure.Status != 500 {
		t.Errorf("the first job is %+v, the fourth %+v", first, jobs[3])
	}
	_, gone := q.DeleteLink(t.Context(), first.ID)
	link, err := q.DeleteLink(t.Context(), jobs[1].ID)
	if err != nil || link.Reveal() != "https://img.example/delete/im01/sesame" || gone == nil {
		t.Errorf("delete links: %v, %v", err, gone)
	}
	value, err := q.Meta(t.Context(), "kept")
	made, berr := q.Baseline(t.Context(), "folder")
	if err := errors.Join(err, berr); err != nil || value != "x" || !made {
		t.Errorf("meta %q, baseline %v, %v", value, made, err)
	}
	seen, err := q.IsSeen(t.Context(), "folder", Seen{Path: first.Path, File: first.File})
	if err != nil || !seen {
		t.Errorf("seen: %v, %v", seen, err)
	}
	historyHasItsOrder(t, q)
	agree(t, q, "migrated")
}

// historyHasItsOrder looks whether an index has history by when it ended.
func historyHasItsOrder(t *testing.T, q *Queue) {
	t.Helper()
	if n := one(t, q, "SELECT count(*) FROM pragma_index_info('jobs_state') WHERE name IN ('state', 'ended')"); n != 2 {
		t.Errorf("the index of states has %d of its columns", n)
	}
}

func TestADatabaseOfVersion1IsMigrated(t *testing.T) {
	path := version1(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	q := unattended(t, path)
	if notices := q.Notices(); len(notices) > 0 {
		t.Errorf("it says %q", notices)
	}
	holdsVersion1(t, q)
	if n := one(t, q, notIndexed); n != 21 {
		t.Errorf("%d jobs are to be put into the index", n)
	}
	for step(t, q) {
	}
	agree(t, q, "migrated, with an index")

	t.Run("uploads of the last weeks are counted", func(t *testing.T) {
		_, jobs, err := q.Batch(t.Context(), "all of them")
		if err != nil {
			t.Fatal(err)
		}
		want := 15
		if time.Since(jobs[0].Ended) > sentLife || time.Now().Before(jobs[0].Ended) {
			want = 0 // the file has grown old, or the clock is behind it
		}
		if n, err := q.Sent(t.Context(), jobs[0].Account, time.Time{}); err != nil || n != want {
			t.Errorf("%d, want %d; %v", n, want, err)
		}
	})
	t.Run("its jobs go on", func(t *testing.T) {
		back, err := q.Recover(t.Context())
		if err != nil || len(back) != 1 {
			t.Fatal(back, err)
		}
		woken, _, err := q.Due(t.Context(), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil || len(woken) != 5 {
			t.Errorf("woke %v, %v", woken, err)
		}
		if _, err := q.Reorder(t.Context(), woken[4:], Top); err != nil {
			t.Fatal(err)
		}
		j, err := q.Job(t.Context(), woken[4])
		if err != nil {
			t.Fatal(err)
		}
		claimed, err := q.Claim(t.Context(), Claiming{Accounts: []string{j.Account}, N: 3})
		if err != nil || len(claimed) != 3 || claimed[0].ID != j.ID || claimed[1].ID >= claimed[2].ID {
			t.Errorf("claimed %v, %v", claimed, err)
		}
	})
	t.Run("a copy is kept, for its owner alone, that is as before", func(t *testing.T) {
		kept := path + infixCopy + "2"
		info, err := os.Stat(kept)
		if err != nil {
			t.Fatal(err)
		}
		if os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
			t.Errorf("it is %o", info.Mode().Perm())
		}
		old, err := openWith(t, kept, current()[:1])
		if err != nil {
			t.Fatal(err)
		}
		if _, total, err := old.Jobs(t.Context(), Filter{States: []job.State{job.Done}}); err != nil || total != 15 {
			t.Errorf("%d are done there, %v", total, err)
		}
	})
	t.Run("a migration that a kill cut short is done at the next start", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "upshot.db")
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+infixCopy+"2"+suffixNew, before[:len(before)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		holdsVersion1(t, unattended(t, path))
	})
}

func TestADamagedDatabaseOfVersion1IsSalvagedAndMigrated(t *testing.T) {
	path := version1(t)
	overwrite(t, path, 0, make([]byte, headSize)) // its head is gone
	q := unattended(t, path)
	if notices := q.Notices(); len(notices) != 1 {
		t.Errorf("it says %q", notices)
	}
	_, total, err := q.Jobs(t.Context(), Filter{N: 1})
	if err != nil || total != 40 {
		t.Errorf("%d jobs are left, %v", total, err)
	}
	agree(t, q, "salvaged")
}

// TestRowsOfBothVersionsAreFound loses the pages above rows, some of which
// were written before the last columns were added.
func TestRowsOfBothVersionsAreFound(t *testing.T) {
	path := version1(t)
	q := unattended(t, path)
	addBatch(t, q, job.Batch{ID: "new"}, 5)
	if _, err := q.Reorder(t.Context(), []job.ID{41, 42}, Top); err != nil {
		t.Fatal(err)
	}
	if err := q.SetLimit(t.Context(), "home", Limit{Uploads: 1, Period: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, 0, garbage(pageSize)) // where the way to all tables begins
	q = unattended(t, path)
	_, total, err := q.Jobs(t.Context(), Filter{N: 1})
	if err != nil || total != 45 {
		t.Errorf("%d jobs are left, %v; %q", total, err, q.Notices())
	}
	limits, err := q.Limits(t.Context(), "home")
	if err != nil || len(limits) != 1 {
		t.Errorf("limits: %v, %v", limits, err)
	}
	agree(t, q, "salvaged")
}

// TestAnIndexOfVersion2IsMadeAnew begins with one that knows no sheets.
func TestAnIndexOfVersion2IsMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q, err := openWith(t, path, current()[:2])
	if err != nil {
		t.Fatal(err)
	}
	history(t, q, 300)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, "INSERT INTO words_index (rowid, text) SELECT job, text FROM words WHERE state <> ''; UPDATE words SET indexed = 1 WHERE state <> ''")
	q = unattended(t, path)
	if n := one(t, q, notIndexed); n != 270 {
		t.Errorf("%d jobs are to be put into the index", n)
	}
	historyHasItsOrder(t, q)
	agree(t, q, "migrated")
	for step(t, q) {
	}
	agree(t, q, "indexed anew")
	if n := sheetsAgree(t, q, "indexed anew"); n == 0 {
		t.Error("there are no sheets")
	}
	if n := one(t, q, "SELECT count(*) FROM words_index WHERE words_index MATCH '\"012\"'"); n != one(t, q, "SELECT count(*) FROM words WHERE state <> '' AND text LIKE '%012%'") {
		t.Errorf("the index finds %d", n)
	}
}
