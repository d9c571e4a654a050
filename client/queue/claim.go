package queue

import (
	"context"
	"slices"
	"time"

	"images-uploader.com/upshot/client/job"
)

// Claiming says which jobs a worker may take.
type Claiming struct {
	Accounts []string      // accounts whose gates are open
	Batches  []job.BatchID // nil: all; else only jobs of these batches
	Except   []job.BatchID // no jobs of these
	N        int           // at most
}

// Claim takes up to N queued jobs, oldest first unless Reorder has given them
// another order: they are sending, with their attempts counted, durably,
// before it returns.
func (q *Queue) Claim(ctx context.Context, c Claiming) ([]job.Job, error) {
	if c.N <= 0 || len(c.Accounts) == 0 || c.Batches != nil && len(c.Batches) == 0 {
		return nil, nil
	}
	var claimed []job.Job
	err := q.changeAs(ctx, "claim", wish{knows: true, starts: true, do: func(ctx context.Context, t *tx) error {
		ids, err := t.claimable(ctx, c)
		if err != nil {
			return err
		}
		claimed, err = t.claimEach(ctx, ids)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// claimable asks account by account, so that thousands of jobs of one that
// may not send now are not read over.
func (t *tx) claimable(ctx context.Context, c Claiming) ([]job.ID, error) {
	query := "SELECT id, " + turnOf + " FROM jobs INDEXED BY jobs_queued WHERE state = 'queued' AND account = ?"
	var batches []any
	if c.Batches != nil {
		list, err := encode(c.Batches)
		if err != nil {
			return nil, err
		}
		query += ` AND EXISTS (SELECT 1 FROM batch_jobs JOIN batches ON batches.n = batch_jobs.batch
			WHERE batch_jobs.job = jobs.id AND batches.id IN (SELECT value FROM json_each(?)))`
		batches = append(batches, list)
	}
	if len(c.Except) > 0 {
		list, err := encode(c.Except)
		if err != nil {
			return nil, err
		}
		query += ` AND NOT EXISTS (SELECT 1 FROM batch_jobs JOIN batches ON batches.n = batch_jobs.batch
			WHERE batch_jobs.job = jobs.id AND batches.id IN (SELECT value FROM json_each(?)))`
		batches = append(batches, list)
	}
	query += " ORDER BY " + turnOf + ", id LIMIT ?"
	var first []inLine
	accounts := slices.Clone(c.Accounts)
	slices.Sort(accounts)
	for _, account := range slices.Compact(accounts) {
		args := append([]any{account}, batches...)
		err := t.each(ctx, func(row scan) error {
			var in inLine
			err := row(&in.id, &in.turn)
			first = append(first, in)
			return err
		}, query, append(args, c.N)...)
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(first, inLine.compare)
	return idsOf(first[:min(len(first), c.N)]), nil
}

// ids reads a column of job ids.
func (t *tx) ids(ctx context.Context, query string, args ...any) ([]job.ID, error) {
	var ids []job.ID
	err := t.each(ctx, func(row scan) error {
		var id job.ID
		err := row(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	return ids, err
}

// Recover puts jobs that a dead program left in sending back to queued, with
// maybe_sent, and returns them.
func (q *Queue) Recover(ctx context.Context) ([]job.ID, error) {
	var back []job.ID
	err := q.changeAs(ctx, "recover", wish{must: true, do: func(ctx context.Context, t *tx) error {
		var err error
		back, err = t.ids(ctx, "SELECT id FROM jobs WHERE state = ? ORDER BY id", string(job.Sending))
		if err != nil {
			return err
		}
		_, err = t.moveEach(ctx, back, job.Stopped, Update{MaybeSent: true})
		return err
	}})
	if err != nil {
		return nil, err
	}
	return back, nil
}

// Due moves waiting jobs whose time has come to queued and returns them and
// the time when the next one is due (zero: none waits). A job that began to
// wait at a time that is still to come is due as well: the clock was set back
// since, and it would wait for as long as that.
func (q *Queue) Due(ctx context.Context, now time.Time) (woken []job.ID, next time.Time, err error) {
	first, setBack, err := q.firstDue(ctx)
	if err != nil || first.IsZero() || first.After(now) && !setBack {
		return nil, first, err
	}
	err = q.change(ctx, "due", func(ctx context.Context, t *tx) error {
		var err error
		woken, err = t.ids(ctx, `SELECT id FROM jobs INDEXED BY jobs_waiting
			WHERE state = 'waiting' AND (not_before <= ? OR waiting_since > ?) ORDER BY id`, now.UnixNano(), time.Now().UnixNano())
		if err != nil {
			return err
		}
		_, err = t.moveEach(ctx, woken, job.Due, Update{})
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	next, _, err = q.firstDue(ctx)
	return woken, next, err
}

// firstDue is when the first waiting job is due, zero when none waits. A job
// that waits for no time at all is due since 1970. setBack says that some
// began to wait after now.
func (q *Queue) firstDue(ctx context.Context) (first time.Time, setBack bool, err error) {
	var at, since *int64
	err = q.readers.QueryRowContext(ctx, "SELECT min(not_before), max(waiting_since) FROM jobs INDEXED BY jobs_waiting WHERE state = 'waiting'").Scan(&at, &since)
	if err != nil {
		return time.Time{}, false, q.failed(ctx, "due", err)
	}
	if at == nil {
		return time.Time{}, false, nil
	}
	return time.Unix(0, *at).UTC(), since != nil && *since > time.Now().UnixNano(), nil
}
