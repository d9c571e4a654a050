package queue

import (
	"context"
	"fmt"
	"math"
	"time"

	"images-uploader.com/upshot/client/job"
)

// Retention says how much of history is kept. Zero fields set no bound.
type Retention struct {
	Age   time.Duration // jobs that ended longer ago go
	Count int           // of the rest, so many stay: those that ended last
}

// removeStep is how many jobs go in one transaction: few enough that nobody
// who adds meanwhile has to wait for more than some milliseconds.
const removeStep = 32

// batchLife is how long a batch is remembered when none of its jobs is left,
// so that giving it again returns what it returned the first time.
const batchLife = 7 * 24 * time.Hour

// Trim removes jobs from history, the ones that ended first before others,
// and returns how many. Never removed are open jobs, and those of a batch
// that still has open jobs or has not been told. A job with a delete link is
// history as any other: the link goes with it, and so does the knowledge that
// its bytes are stored (Known, SumsOf). What pacing counts (Sent) stays.
//
// It goes in small steps, each durable; ended early, it can be called again.
func (q *Queue) Trim(ctx context.Context, keep Retention) (removed int, err error) {
	if keep.Age <= 0 && keep.Count <= 0 {
		return 0, nil
	}
	before := int64(0) // nothing ended before that
	if keep.Age > 0 {
		before = time.Now().Add(-keep.Age).UnixNano()
	}
	most := int64(math.MaxInt64)
	if keep.Count > 0 {
		most = int64(keep.Count)
	}
	removed, err = q.removeEach(ctx, "trim", `
		WITH ranked AS (SELECT id, ended, row_number() OVER (ORDER BY ended DESC, id DESC) AS place FROM jobs WHERE ended <> 0)
		SELECT id, ended FROM ranked AS jobs WHERE (ended < ? OR place > ?) AND `+finished+" ORDER BY ended, id", before, most)
	if err != nil {
		return removed, err
	}
	return removed, q.dropBatches(ctx, time.Now().Add(-batchLife))
}

// finished is the condition that nobody waits for a job's batches any more.
const finished = `NOT EXISTS (SELECT 1 FROM batch_jobs JOIN batches ON batches.n = batch_jobs.batch
	WHERE batch_jobs.job = jobs.id AND (` + unfinishedBatch + `))`

const unfinishedBatch = `batches.told = 0 AND (batches.copy OR batches.notify) OR EXISTS (
	SELECT 1 FROM batch_jobs AS others JOIN jobs AS its ON its.id = others.job
	WHERE others.batch = batches.n AND its.ended = 0)`

// Clear removes all ended jobs of the given states and returns how many, in
// small steps as Trim does. Done jobs stay as long as somebody waits for
// their batch: its links are still to be copied. An open state is refused
// with job.ErrTransition; without states nothing is removed.
func (q *Queue) Clear(ctx context.Context, states ...job.State) (removed int, err error) {
	for _, state := range states {
		if state.Open() {
			return removed, fmt.Errorf("queue: clear: %s jobs: %w", state, job.ErrTransition)
		}
	}
	list, err := encode(states)
	if err != nil {
		return 0, fmt.Errorf("queue: clear: %w", err)
	}
	return q.removeEach(ctx, "clear", `SELECT id, ended FROM jobs WHERE ended <> 0 AND state IN (SELECT value FROM json_each(?))
		AND (state <> 'done' OR `+finished+`) ORDER BY id`, list)
}

// endedJob is a job that may go if it has not been retried meanwhile.
type endedJob struct{ id, at int64 }

// removeEach removes what the query of ids and times finds.
func (q *Queue) removeEach(ctx context.Context, doing, query string, args ...any) (removed int, err error) {
	rows, err := q.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, q.failed(ctx, doing, err)
	}
	var list []endedJob
	err = eachRow(rows, func(row scan) error {
		var e endedJob
		err := row(&e.id, &e.at)
		list = append(list, e)
		return err
	})
	if err != nil {
		return 0, q.failed(ctx, doing, err)
	}
	for len(list) > 0 {
		step := list[:min(len(list), removeStep)]
		list = list[len(step):]
		n := 0
		err := q.change(ctx, doing, func(ctx context.Context, t *tx) error {
			n = 0
			for _, e := range step {
				res, err := t.exec(ctx, "DELETE FROM jobs WHERE id = ? AND ended = ?", e.id, e.at)
				if err != nil {
					return err
				}
				gone, err := res.RowsAffected()
				if err != nil {
					return err
				}
				n += int(gone)
			}
			return nil
		})
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// dropBatches forgets old batches of which no job is left.
func (q *Queue) dropBatches(ctx context.Context, before time.Time) error {
	const empty = ` added < ? AND NOT EXISTS (SELECT 1 FROM batch_jobs JOIN jobs ON jobs.id = batch_jobs.job WHERE batch_jobs.batch = batches.n)`
	rows, err := q.readers.QueryContext(ctx, "SELECT n FROM batches WHERE"+empty, toNano(before))
	if err != nil {
		return q.failed(ctx, "trim", err)
	}
	var list []int64
	err = eachRow(rows, func(row scan) error {
		var n int64
		err := row(&n)
		list = append(list, n)
		return err
	})
	if err != nil {
		return q.failed(ctx, "trim", err)
	}
	for len(list) > 0 {
		step := list[:min(len(list), removeStep)]
		list = list[len(step):]
		err := q.change(ctx, "trim", func(ctx context.Context, t *tx) error {
			for _, n := range step {
				if _, err := t.exec(ctx, "DELETE FROM batches WHERE n = ? AND"+empty, n, toNano(before)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
