package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"images-uploader.com/upshot/client/job"
)

const batchColumns = "batches.id, batches.copy, batches.notify, batches.told, batches.added"

func scanBatch(row scan) (job.Batch, error) {
	var b job.Batch
	var added int64
	err := row(&b.ID, &b.Copy, &b.Notify, &b.Told, &added)
	b.Added = fromNano(added)
	return b, err
}

// Batch returns a batch and its jobs in the order given; fs.ErrNotExist. A
// job that was given twice is there twice; a removed one is not there.
func (q *Queue) Batch(ctx context.Context, id job.BatchID) (job.Batch, []job.Job, error) {
	var b job.Batch
	var jobs []job.Job
	err := q.read(ctx, func(r *sql.Tx) error {
		var err error
		b, err = scanBatch(r.QueryRowContext(ctx, "SELECT "+batchColumns+" FROM batches WHERE id = ?", string(id)).Scan)
		if err != nil {
			return missing(err)
		}
		rows, err := r.QueryContext(ctx, "SELECT "+jobColumns+` FROM batches
			JOIN batch_jobs ON batch_jobs.batch = batches.n
			JOIN jobs ON jobs.id = batch_jobs.job
			LEFT JOIN answers ON answers.job = jobs.id
			WHERE batches.id = ? ORDER BY batch_jobs.place`, string(id))
		if err != nil {
			return err
		}
		jobs, err = q.allJobs(rows)
		return err
	})
	if err != nil {
		return job.Batch{}, nil, q.failed(ctx, "batch", err)
	}
	return b, jobs, nil
}

// Untold returns the batches that asked for copy or notify and have not been
// told, oldest first.
func (q *Queue) Untold(ctx context.Context) ([]job.Batch, error) {
	return q.batches(ctx, "untold", "SELECT "+batchColumns+" FROM batches WHERE told = 0 AND (copy OR notify) ORDER BY n")
}

// BatchesOf returns the batches a job belongs to, oldest first.
func (q *Queue) BatchesOf(ctx context.Context, id job.ID) ([]job.Batch, error) {
	return q.batches(ctx, "batches of", "SELECT "+batchColumns+` FROM batches
		WHERE n IN (SELECT batch FROM batch_jobs WHERE job = ?) ORDER BY n`, int64(id))
}

func (q *Queue) batches(ctx context.Context, doing, query string, args ...any) ([]job.Batch, error) {
	rows, err := q.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, q.failed(ctx, doing, err)
	}
	var all []job.Batch
	err = eachRow(rows, func(row scan) error {
		b, err := scanBatch(row)
		all = append(all, b)
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, doing, err)
	}
	return all, nil
}

// Tell marks a batch as told; fs.ErrNotExist.
func (q *Queue) Tell(ctx context.Context, id job.BatchID) error {
	return q.changeAs(ctx, "tell", wish{must: true, do: func(ctx context.Context, t *tx) error {
		res, err := t.exec(ctx, "UPDATE batches SET told = 1 WHERE id = ?", string(id))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = fmt.Errorf("batch %s: %w", id, fs.ErrNotExist)
		}
		return err
	}})
}

// Moves reports whether a job of the batch is on its way, or queued for one
// of the accounts that may send now. It looks from the end, where jobs of a
// batch are open longest, and stops at the first.
func (q *Queue) Moves(ctx context.Context, id job.BatchID, sending []string) (bool, error) {
	list, err := encode(sending)
	if err != nil {
		return false, q.failed(ctx, "moves", err)
	}
	var one int
	err = q.readers.QueryRowContext(ctx, `SELECT 1 FROM batch_jobs JOIN jobs ON jobs.id = batch_jobs.job
		WHERE batch_jobs.batch = (SELECT n FROM batches WHERE id = ?)
		AND (jobs.state = 'sending' OR jobs.state = 'queued' AND jobs.account IN (SELECT value FROM json_each(?)))
		ORDER BY batch_jobs.place DESC LIMIT 1`, string(id), list).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, q.failed(ctx, "moves", err)
	default:
		return true, nil
	}
}
