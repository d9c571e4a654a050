package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
)

// A salvage goes through these steps, each of which can be cut short by a
// kill and gone on with at the next start, for path.salvage names the
// damaged file until the end:
//
//  1. the damaged database is moved aside, with its log,
//  2. path.new is built and filled from it,
//  3. path.new is put in place.

// beginSalvage begins and does it.
func (p *place) beginSalvage(ctx context.Context) error {
	stem := filepath.Base(p.path) + infixDamaged + time.Now().UTC().Format("20060102-150405")
	name := stem
	for n := 2; ; n++ {
		taken, err := exists(filepath.Join(filepath.Dir(p.path), name))
		if err != nil {
			return err
		}
		if !taken {
			break
		}
		name = fmt.Sprintf("%s-%d", stem, n)
	}
	if err := leaveWord(p.path+suffixSalvage, name); err != nil {
		return err
	}
	return p.resumeSalvage(ctx)
}

// resumeSalvage does, or goes on with, a salvage that has begun.
func (p *place) resumeSalvage(ctx context.Context) error {
	word, err := os.ReadFile(p.path + suffixSalvage)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	name := string(word)
	if !strings.HasPrefix(name, filepath.Base(p.path)+infixDamaged) || filepath.Base(name) != name {
		return os.Remove(p.path + suffixSalvage) // killed while it was written: nothing was moved yet
	}
	aside := filepath.Join(filepath.Dir(p.path), name)
	finished, err := p.setAside(aside)
	if err != nil {
		return err
	}
	if !finished {
		if err := p.fill(ctx, aside); err != nil {
			return err
		}
	}
	for _, suffix := range []string{suffixCheck, suffixLater, suffixSalvage} {
		if err := os.Remove(p.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// setAside moves the damaged database. finished says that a new one stands
// in its place already.
func (p *place) setAside(aside string) (finished bool, err error) {
	here, err := exists(p.path)
	if err != nil {
		return false, err
	}
	there, err := exists(aside)
	if err != nil {
		return false, err
	}
	if here && there {
		return true, nil
	}
	moves := sides()
	if here {
		if err := private(p.path); err != nil {
			return false, err
		}
		moves = append([]string{""}, moves...)
	}
	for _, suffix := range moves {
		err := rename(p.path+suffix, aside+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	err = os.Remove(p.path + suffixSHM)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return false, nil
}

// fill builds a new database from what can be read of the one set aside.
func (p *place) fill(ctx context.Context, aside string) error {
	src, err := p.openDamaged(ctx, aside)
	if err != nil {
		return err
	}
	var got salvaged
	if src == nil {
		err = p.build(ctx, len(p.schema))
	} else {
		got, err = p.transfer(ctx, src)
		err = errors.Join(err, src.close())
	}
	if err != nil {
		return err
	}
	p.log.Warn("database salvaged", "jobs", got.jobs, "held", got.held, "lost_some", got.lost, "kept", aside)
	p.notices = append(p.notices, got.sentence()+" The damaged file is kept as "+aside+".")
	return p.putInPlace()
}

// sentence tells a person what came of it.
func (s salvaged) sentence() string {
	if s.jobs == 0 {
		return "The queue was damaged and no job could be read from it. Upshot goes on with an empty one."
	}
	text := "The queue was damaged and has been built again. " + plural(s.jobs, "job") + " could be read from it"
	if s.lost {
		text += ", some perhaps not"
	}
	text += "."
	if s.held > 0 {
		text += " " + plural(s.held, "job") + " may have been uploaded already: look at them and release or cancel them."
	}
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// salvaged is what came of a transfer.
type salvaged struct {
	jobs int
	held int  // jobs that wait for the person to decide
	lost bool // some of it could not be read in the ordinary way
}

// transfer builds path.new of the damaged database's schema version and
// copies every row that can be read and that SQLite's checks let in.
func (p *place) transfer(ctx context.Context, src *damaged) (got salvaged, err error) {
	if err := p.build(ctx, src.version); err != nil {
		return got, err
	}
	db, _, err := openWriter(ctx, p.path+suffixNew)
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return got, err
	}
	got, err = refill(ctx, tx, src)
	if err != nil {
		return got, errors.Join(err, tx.Rollback())
	}
	return got, tx.Commit()
}

func refill(ctx context.Context, tx *sql.Tx, src *damaged) (got salvaged, err error) {
	tables, err := tablesOf(ctx, tx)
	if err != nil {
		return got, err
	}
	got.lost = src.bare
	for _, t := range tables {
		if src.bare {
			break
		}
		lost, err := src.copyTable(ctx, tx, t)
		if err != nil {
			return got, fmt.Errorf("table %s: %w", t.name, err)
		}
		got.lost = got.lost || lost
	}
	if got.lost {
		if got.held, err = src.carve(ctx, tx, tables); err != nil {
			return got, err
		}
	}
	dropped, err := dropUnreadable(ctx, tx)
	if err != nil {
		return got, err
	}
	got.lost = got.lost || dropped
	if err := keepNumbers(ctx, tx, src); err != nil {
		return got, err
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM jobs").Scan(&got.jobs)
	return got, err
}

// dropUnreadable removes answers, and then jobs, whose columns hold what we
// never wrote, and makes the others found by search again.
func dropUnreadable(ctx context.Context, tx *sql.Tx) (dropped bool, err error) {
	last := job.ID(0)
	for {
		next, bad, err := dropPage(ctx, tx, last)
		if err != nil || next == last {
			return dropped, err
		}
		dropped = dropped || bad
		last = next
	}
}

// dropPage does that for some jobs behind one.
func dropPage(ctx context.Context, tx *sql.Tx, behind job.ID) (last job.ID, dropped bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT jobs.id, "+jobColumns+" FROM "+jobTables+" WHERE jobs.id > ? ORDER BY jobs.id LIMIT 1000", int64(behind))
	if err != nil {
		return 0, false, err
	}
	last = behind
	var good []job.Job
	var bad []job.ID
	err = eachRow(rows, func(row scan) error {
		j, err := (*images)(nil).scanJob(func(dest ...any) error { return row(append([]any{&last}, dest...)...) })
		if err != nil {
			bad = append(bad, last)
		} else {
			good = append(good, j)
		}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	for _, id := range bad {
		j, ok, err := dropBad(ctx, tx, id)
		if err != nil {
			return 0, false, err
		}
		if ok {
			good = append(good, j)
		}
	}
	for _, j := range good {
		_, err := tx.ExecContext(ctx, "INSERT INTO words (job, text) VALUES (?, ?)", int64(j.ID), wordsOf(j.Name, j.Input, j.Params, j.Image, j.Added))
		if err != nil {
			return 0, false, err
		}
	}
	return last, len(bad) > 0, nil
}

// dropBad removes a job's answer, and the job itself when it cannot be read
// without either.
func dropBad(ctx context.Context, tx *sql.Tx, id job.ID) (j job.Job, ok bool, err error) {
	if _, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE job = ?", int64(id)); err != nil {
		return j, false, err
	}
	j, err = (*images)(nil).oneJob(id, tx.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM "+jobTables+" WHERE jobs.id = ?", int64(id)))
	if err == nil {
		return j, true, nil
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM jobs WHERE id = ?", int64(id))
	return j, false, err
}

// keepNumbers sees to it that the number of a lost job is not given again.
func keepNumbers(ctx context.Context, tx *sql.Tx, src *damaged) error {
	var last int64
	// Not readable is as good as zero: the other sources remain.
	_ = src.db.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").Scan(&last)
	var known int64
	err := tx.QueryRowContext(ctx, `SELECT max(
		(SELECT ifnull(max(id), 0) FROM jobs),
		(SELECT ifnull(max(job), 0) FROM batch_jobs))`).Scan(&known)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = 'jobs'"); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", max(last, known))
	return err
}
