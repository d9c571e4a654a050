package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
)

func openWith(t *testing.T, path string, s schema) (*Queue, error) {
	t.Helper()
	q, err := open(t.Context(), Config{Path: path}, s)
	if err == nil {
		t.Cleanup(func() { _ = q.Close() })
	}
	return q, err
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestTheDatabaseIsItsOwnersAlone(t *testing.T) {
	if os.PathSeparator == '\\' {
		t.Skip("Windows has no such permissions")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "upshot.db")
	check := func(when string) {
		t.Helper()
		for _, name := range names(t, dir) {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s is %o", when, name, info.Mode().Perm())
			}
		}
	}
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	if err := q.SetMeta(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 4 {
		t.Errorf("while open there are %v, want database, log, shared memory and room for a full disk", got)
	}
	check("while open")
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("when closed there are %v", got)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openWith(t, path, current()); err != nil {
		t.Fatal(err)
	}
	check("open again, after somebody made it readable to all")
}

func TestAPathMayHoldAnyCharacters(t *testing.T) {
	for _, name := range []string{"a b", "50% #1 ?x=y&mode=memory", "ä湖", "a'b\"c", "-wal", "file:x"} {
		t.Run(name, func(t *testing.T) {
			if os.PathSeparator == '\\' && strings.ContainsAny(name, `?":`) {
				t.Skip("not on Windows")
			}
			path := filepath.Join(t.TempDir(), name, name+".db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				q, err := openWith(t, path, current())
				if err != nil {
					t.Fatal(err)
				}
				if err := q.SetMeta(t.Context(), "a", "b"); err != nil {
					t.Fatal(err)
				}
				if notices := q.Notices(); len(notices) != 0 {
					t.Errorf("it says %q", notices)
				}
				if err := q.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{name + ".db", name + ".db" + suffixReserve}) {
				t.Errorf("there are %v", got)
			}
		})
	}
}

func TestALinkedDatabaseStaysALink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.db"), filepath.Join(dir, "link.db")
	q, err := openWith(t, real, current())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(q.SetMeta(t.Context(), "a", "b"), q.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	if q, err = openWith(t, link, current()); err != nil {
		t.Fatal(err)
	}
	if value, err := q.Meta(t.Context(), "a"); err != nil || value != "b" {
		t.Errorf("got %q, %v", value, err)
	}
}

// next is a schema with one more step than ours.
func next(sql string) schema {
	return append(current(), migration{needs: "9.8.7", sql: sql})
}

const addColumn = `ALTER TABLE jobs ADD COLUMN place INTEGER NOT NULL DEFAULT 0; UPDATE jobs SET place = id;`

func TestAnOlderDatabaseIsMigratedAndACopyKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "upshot.db")
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Add(t.Context(), job.Batch{ID: "b"}, []New{{Account: "a", Path: "/p"}}); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if q, err = openWith(t, path, next(addColumn)); err != nil {
		t.Fatal(err)
	}
	if j, err := q.Job(t.Context(), 1); err != nil || j.Path != "/p" {
		t.Errorf("the job is %+v, %v", j, err)
	}
	var place int
	if err := q.readers.QueryRowContext(t.Context(), "SELECT place FROM jobs").Scan(&place); err != nil || place != 1 {
		t.Errorf("the step was not taken: %d, %v", place, err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	kept := path + infixCopy + fmt.Sprint(len(current())+1)
	t.Run("the copy is the owner's alone and opens with the older program", func(t *testing.T) {
		info, err := os.Stat(kept)
		if err != nil {
			t.Fatal(err)
		}
		if os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
			t.Errorf("it is %o", info.Mode().Perm())
		}
		other := filepath.Join(t.TempDir(), "upshot.db")
		if err := copyFile(other, kept); err != nil {
			t.Fatal(err)
		}
		q, err := openWith(t, other, current())
		if err != nil {
			t.Fatal(err)
		}
		if j, err := q.Job(t.Context(), 1); err != nil || j.Path != "/p" {
			t.Errorf("the job is %+v, %v", j, err)
		}
	})
	t.Run("the older program refuses the newer database and says what it needs", func(t *testing.T) {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = openWith(t, path, current())
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "use version 9.8.7 or later") {
			t.Errorf("got %v", err)
		}
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(before) != string(after) {
			t.Error("it has changed the file")
		}
	})
	t.Run("the copy goes after a while", func(t *testing.T) {
		for _, age := range []time.Duration{copyLife - time.Hour, copyLife + time.Hour} {
			want := age < copyLife
			when := time.Now().Add(-age)
			if err := os.Chtimes(kept, when, when); err != nil {
				t.Fatal(err)
			}
			q, err := openWith(t, path, next(addColumn))
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			if there, err := exists(kept); err != nil || there != want {
				t.Errorf("after %v it is there: %v, %v", age, there, err)
			}
		}
	})
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(q.SetMeta(t.Context(), "a", "b"), q.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := openWith(t, path, next(addColumn+"SELECT nonsense FROM nowhere;")); err == nil {
			t.Fatal("it did not fail")
		}
	}
	if q, err = openWith(t, path, current()); err != nil {
		t.Fatal(err)
	}
	if value, err := q.Meta(t.Context(), "a"); err != nil || value != "b" {
		t.Errorf("got %q, %v", value, err)
	}
}

func TestEveryIndexThatIsAskedForByNameIsUsed(t *testing.T) {
	// INDEXED BY fails where it cannot be used; this shows that it is there
	// for a claim bound to batches and for the joining rule too.
	q := openInside(t)
	for _, c := range []struct{ query, index string }{
		{"SELECT id FROM jobs INDEXED BY jobs_queued WHERE state = 'queued' AND account = 'a' ORDER BY " + turnOf + ", id LIMIT 1", "jobs_queued (account=?)"},
		{"SELECT id FROM jobs INDEXED BY jobs_path WHERE path = 'p' AND ended = 0", "jobs_path (path=?)"},
		{"SELECT 1" + strings.NewReplacer("account = ?", "account = 'a'", "size = ?", "size = 1").Replace(knownWhere) + " AND jobs.sha256 = 'x'", "jobs_bytes (account=? AND size=? AND sha256=?)"},
		{"SELECT id FROM jobs INDEXED BY jobs_state WHERE state IN ('held') AND jobs.ended = 0 ORDER BY id DESC LIMIT 9", "jobs_state (state=? AND ended=?)"},
		{alongEnds(Filter{States: []job.State{job.Done}}), "jobs_state (state=?)"},
		{alongEnds(Filter{States: []job.State{job.Done, job.Canceled}, Oldest: true}), "MERGE (UNION ALL)"},
		{alongEnds(Filter{States: []job.State{job.Done}, Behind: job.End{ID: 5}}), "COVERING INDEX jobs_state (state=? AND ended<?)"},
		{alongEnds(Filter{States: []job.State{job.Done}, Oldest: true, Behind: job.End{ID: 5}}), "COVERING INDEX jobs_state (state=? AND ended>?)"},
	} {
		rows, err := q.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+c.query)
		if err != nil {
			t.Fatal(err)
		}
		var plan string
		err = eachRow(rows, func(row scan) error {
			var id, parent, unused int
			var detail string
			err := row(&id, &parent, &unused, &detail)
			plan += detail + "\n"
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, c.index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nis done by\n%s", c.query, plan)
		}
	}
}

// alongEnds is the query for history with its arguments in it.
func alongEnds(f Filter) string {
	f.ByEnded = true
	query, args := f.alongEnds(nil)
	for _, arg := range args {
		query = strings.Replace(query, "?", strings.ReplaceAll(fmt.Sprintf("%#v", arg), `"`, "'"), 1)
	}
	return query + " LIMIT 9"
}

func TestAReaderCannotWrite(t *testing.T) {
	q := openInside(t)
	_, err := q.readers.ExecContext(t.Context(), "INSERT INTO meta (name, value) VALUES ('a', 'b')")
	if !errors.Is(named(context.Background(), err), ErrReadOnly) {
		t.Errorf("got %v", err)
	}
}

func TestTheDatabaseKeepsWhatIsToldDurable(t *testing.T) {
	q := openInside(t)
	var mode string
	var synchronous, keys int
	err := q.change(t.Context(), "look", func(ctx context.Context, tx *tx) error {
		return errors.Join(
			tx.row(ctx, "PRAGMA journal_mode", nil, &mode),
			tx.row(ctx, "PRAGMA synchronous", nil, &synchronous),
			tx.row(ctx, "PRAGMA foreign_keys", nil, &keys))
	})
	const full = 2
	if err != nil || mode != "wal" || synchronous != full || keys != 1 {
		t.Errorf("journal %s, synchronous %d, foreign keys %d, %v", mode, synchronous, keys, err)
	}
}

func TestWithoutADirectoryThereIsAnError(t *testing.T) {
	_, err := openWith(t, filepath.Join(t.TempDir(), "missing", "upshot.db"), current())
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	dir := t.TempDir()
	if _, err := openWith(t, dir, current()); err == nil {
		t.Error("a directory was opened as a database")
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

func TestAWholeNewDatabaseStandsAtItsPlaceOrNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	// What a kill in the middle of making it leaves.
	if err := os.WriteFile(path+suffixNew, []byte("half a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	if notices := q.Notices(); len(notices) != 0 {
		t.Errorf("it says %q", notices)
	}
	if there, err := exists(path + suffixNew); err != nil || there {
		t.Errorf("the half one is still there: %v, %v", there, err)
	}
}

// rawExec changes a closed database behind our back.
func rawExec(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
