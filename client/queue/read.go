package queue

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"images-uploader.com/upshot/client/job"
)

// Job returns one job; fs.ErrNotExist if there is none.
func (q *Queue) Job(ctx context.Context, id job.ID) (job.Job, error) {
	j, err := oneJob(id, q.readers.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM "+jobTables+" WHERE jobs.id = ?", int64(id)))
	if err != nil {
		return job.Job{}, q.failed(ctx, "job", err)
	}
	return j, nil
}

// Filter selects jobs.
type Filter struct {
	States []job.State
	IDs    []job.ID // nil: all
	Batch  job.BatchID
	Search string // words that must all be found in name, title, tags, links or day
	From   int
	N      int // 0: 100; -1: all
	Oldest bool
}

// Jobs returns a page of jobs, newest first unless Oldest, and how many there are.
func (q *Queue) Jobs(ctx context.Context, f Filter) ([]job.Job, int, error) {
	where, args, err := f.where()
	if err != nil {
		return nil, 0, err
	}
	jobs, total := []job.Job{}, 0
	err = q.read(ctx, func(r *sql.Tx) error {
		if err := r.QueryRowContext(ctx, "SELECT count(*) FROM jobs"+where, args...).Scan(&total); err != nil {
			return err
		}
		var err error
		jobs, err = pageOf(ctx, r, f, where, args)
		return err
	})
	if err != nil {
		return nil, 0, q.failed(ctx, "jobs", err)
	}
	return jobs, total, nil
}

// pageOf finds the ids of the page first, which needs the indexes only, and
// reads no more rows than it returns.
func pageOf(ctx context.Context, r *sql.Tx, f Filter, where string, args []any) ([]job.Job, error) {
	order := "DESC"
	if f.Oldest {
		order = "ASC"
	}
	n := f.N
	if n == 0 {
		n = 100
	}
	query := "SELECT " + jobColumns + " FROM " + jobTables +
		" WHERE jobs.id IN (SELECT id FROM jobs" + where + " ORDER BY id " + order + " LIMIT ? OFFSET ?) ORDER BY jobs.id " + order
	rows, err := r.QueryContext(ctx, query, append(slices.Clone(args), n, max(f.From, 0))...)
	if err != nil {
		return nil, err
	}
	return allJobs(rows)
}

func allJobs(rows *sql.Rows) ([]job.Job, error) {
	jobs := []job.Job{}
	err := eachRow(rows, func(row scan) error {
		j, err := scanJob(row)
		jobs = append(jobs, j)
		return err
	})
	return jobs, err
}

// where is the WHERE clause of f, with a space before it, or nothing.
func (f Filter) where() (clause string, args []any, err error) {
	var terms []string
	if len(f.States) > 0 {
		states, err := list(f.States)
		if err != nil {
			return "", nil, err
		}
		terms = append(terms, "state IN (SELECT value FROM json_each(?))")
		args = append(args, states)
	}
	if f.IDs != nil {
		ids, err := list(f.IDs)
		if err != nil {
			return "", nil, err
		}
		terms = append(terms, "id IN (SELECT value FROM json_each(?))")
		args = append(args, ids)
	}
	if f.Batch != "" {
		terms = append(terms, "id IN (SELECT job FROM batch_jobs WHERE batch = (SELECT n FROM batches WHERE batches.id = ?))")
		args = append(args, string(f.Batch))
	}
	if words, more := likeWords(f.Search); words != "" {
		terms = append(terms, "id IN (SELECT job FROM words WHERE "+words+")")
		args = append(args, more...)
	}
	if len(terms) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args, nil
}

// read runs several queries over one state of the database.
func (q *Queue) read(ctx context.Context, do func(*sql.Tx) error) error {
	r, err := q.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	err = do(r)
	// Nothing was written; ending a read cannot lose anything.
	if rerr := r.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
		err = errors.Join(err, rerr)
	}
	return err
}

// Counts returns how many jobs are in each state; every state is there.
func (q *Queue) Counts(ctx context.Context) (map[job.State]int, error) {
	counts := make(map[job.State]int)
	for _, state := range job.States() {
		counts[state] = 0
	}
	rows, err := q.readers.QueryContext(ctx, "SELECT state, count(*) FROM jobs GROUP BY state")
	if err != nil {
		return nil, q.failed(ctx, "counts", err)
	}
	err = eachRow(rows, func(row scan) error {
		var state job.State
		var n int
		err := row(&state, &n)
		counts[state] = n
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, "counts", err)
	}
	return counts, nil
}

// OpenOutside counts open jobs that belong to none of the batches.
func (q *Queue) OpenOutside(ctx context.Context, batches []job.BatchID) (int, error) {
	ids, err := list(batches)
	if err != nil {
		return 0, err
	}
	var n int
	err = q.readers.QueryRowContext(ctx, `SELECT count(*) FROM jobs INDEXED BY jobs_path WHERE ended = 0
		AND NOT EXISTS (SELECT 1 FROM batch_jobs JOIN batches ON batches.n = batch_jobs.batch
			WHERE batch_jobs.job = jobs.id AND batches.id IN (SELECT value FROM json_each(?)))`, ids).Scan(&n)
	if err != nil {
		return 0, q.failed(ctx, "open outside", err)
	}
	return n, nil
}

// Remove deletes ended jobs from the list and returns those it deleted. It
// never touches their files.
func (q *Queue) Remove(ctx context.Context, ids []job.ID) ([]job.ID, error) {
	var removed []job.ID
	err := q.change(ctx, "remove", func(ctx context.Context, t *tx) error {
		removed = nil
		for _, id := range ids {
			res, err := t.exec(ctx, "DELETE FROM jobs WHERE id = ? AND ended <> 0", int64(id))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if n > 0 {
				removed = append(removed, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// readOpen reads every job that is still to be sent.
func readOpen(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT "+jobColumns+" FROM "+jobTables+" WHERE jobs.ended = 0")
	if err != nil {
		return err
	}
	return eachRow(rows, func(row scan) error {
		_, err := scanJob(row)
		return err
	})
}

// missing is the error for something that is not there.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fs.ErrNotExist
	}
	return err
}
